# unit tests of kafka
