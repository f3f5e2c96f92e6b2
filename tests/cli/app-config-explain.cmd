# config explain says all about a setting of Weir, of the client library, and of Java alone
app=$BUILD/examples/word-count/word-count
for key in commit.interval.ms producer.linger.ms buffer.memory WEIR_STATE_DIR commit.intervall.ms; do
    "$app" config explain "$key" 2>&1
    echo "exit $?"
done
