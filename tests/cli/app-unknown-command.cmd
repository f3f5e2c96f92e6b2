# an application refuses a command that it does not know, with the nearest name
"$BUILD/examples/word-count/word-count" describ
"$BUILD/examples/word-count/word-count" fly
