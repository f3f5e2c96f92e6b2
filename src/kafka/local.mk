# kafka
