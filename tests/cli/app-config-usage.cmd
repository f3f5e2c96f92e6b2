# config without more says what it takes
app=$BUILD/examples/word-count/word-count
"$app" config
echo "exit $?" >&2
"$app" config dumb
