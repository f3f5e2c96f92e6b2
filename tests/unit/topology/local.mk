# unit tests of topology
