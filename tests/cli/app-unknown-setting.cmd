# unknown and wrong settings are told all at once, with the nearest name
app=$BUILD/examples/word-count/word-count
"$app" -s bootstrap.servers=b:9092 -s commit.intervall.ms=5 -s num.stream.threads=0 \
    -s processing.guarantee=sometimes -s producer.linger.msec=5 -s buffer.memory=1 run
