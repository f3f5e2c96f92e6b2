# config dump shows values with where they come from, and no secrets
app=$BUILD/examples/word-count/word-count
echo 'commit.interval.ms=50' >app.conf
WEIR_STATE_DIR=/var/lib/x "$app" -c app.conf -s sasl.password=secret -s bootstrap.servers=b:9092 \
    -s producer.linger.ms=7 config dump |
    grep -E 'commit.interval|state.dir|sasl|bootstrap|linger|session.timeout'
