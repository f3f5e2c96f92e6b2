# an application lists its commands and options
"$BUILD/examples/word-count/word-count" --help
