# weir demo loses and duplicates nothing while it kills an instance, and leaves nothing behind
# not with ThreadSanitizer
mkdir tmp
TMPDIR=$PWD/tmp timeout 50 weir demo --seconds 5 --check >out
code=$?
sed -n '/^click-counts: /,/^ *[0-9.]* s /p' out | sed '$d'
grep -vE ' s  [0-9,]+ clicks' out | grep -E ' s  |^events|^[0-9,]+ counts' |
    sed -E -e 's/^events in ([0-9,]+), counted \1,/events in N, counted N,/' \
        -e 's/^ +[0-9.]+ s /TIME/' -e 's/127\.0\.0\.1:[0-9]+/ADDRESS/g' -e 's/ [0-9.]+ s / N s /g' \
        -e 's/-9 [0-9]+/-9 PID/; s/(pids?) [0-9]+( and [0-9]+)?/\1 PID/' -e 's/^[0-9,]+ counts/N counts/' \
        -e 's/ [0-9]+ ms \([0-9]+ records/ N ms (N records/; s/for them: [0-9]+/for them: N/' \
        -e 's/instance [12] /instance I /'
ls -A tmp
exit $code
