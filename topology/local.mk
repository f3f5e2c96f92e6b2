# topology
