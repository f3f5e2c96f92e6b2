# weir topology draws what an application describes
weir topology "$BUILD/examples/word-count/word-count"
