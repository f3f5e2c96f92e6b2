# describe prints the topology and needs no cluster
"$BUILD/examples/word-count/word-count" describe
