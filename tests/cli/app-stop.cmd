# SIGTERM ends an application in good order, also while its cluster is away and after another signal
# not with ThreadSanitizer
: >log
"$BUILD/examples/word-count/word-count" -s bootstrap.servers=127.0.0.1:1 -s state.dir="$PWD" \
    -s weir.state.allow.temporary=true -s weir.http.listen=off run 2>log &
for _ in {1..300}; do
    grep -q 'event=instance.start ' log && break
    sleep 0.1
done
kill -USR2 $!
sleep 0.3
kill -TERM $!
wait $!
code=$?
grep -oE 'event=instance\.(stop|end|state).*' log
exit $code
