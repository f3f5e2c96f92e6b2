# settings come from WEIR_* variables; one that is nearly a setting is a mistake
app=$BUILD/examples/word-count/word-count
export WEIR_BOOTSTRAP_SERVERS=b:9092 WEIR_COMMIT_INTERVAL_MS=70 WEIR_EMIT=each
export WEIR_COMIT_INTERVAL_MS=5 WEIR_MOON=full
"$app" config dump | grep -E 'commit.interval|weir.emit|bootstrap'
