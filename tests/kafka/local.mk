# tests: kafka
