# weir topology -o kafka prints the text of Kafka Streams, with the application's own settings
weir topology -o kafka "$BUILD/examples/word-count/word-count" -s application.id=words
