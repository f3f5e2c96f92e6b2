# describe refuses a format that it does not have, and says when it cannot print
"$BUILD/examples/word-count/word-count" describe -o yaml
echo "code $?" >&2
"$BUILD/examples/word-count/word-count" describe >/dev/full
