# what is required and missing is named
WEIR_BOOTSTRAP_SERVERS='' "$BUILD/examples/word-count/word-count" run
