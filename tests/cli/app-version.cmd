# an application tells its version and that of librdkafka
"$BUILD/examples/word-count/word-count" version | sed 's/[0-9][0-9.]*/N/'
