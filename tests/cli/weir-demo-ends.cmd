# weir demo takes its children with it, however it ends
# not with ThreadSanitizer
mkdir tmp
export TMPDIR=$PWD/tmp
gone() { # PID...: within some seconds
    local pid i
    for pid in "$@"; do
        for i in {1..50}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -0 "$pid" 2>/dev/null && echo "$pid runs on"
    done
}
end_by() { # SIGNAL PATTERN: once it has printed the pattern
    local pid children i
    : >out
    weir demo --check >>out 2>errors &
    pid=$!
    for i in {1..300}; do
        grep -q "$2" out && break
        sleep 0.1
    done
    children=$(pgrep -P "$pid")
    echo "SIG$1 after \"$2\"$(grep -q . <<<"$children" || echo ", without children")"
    kill "-$1" "$pid"
    wait "$pid" 2>/dev/null
    echo "code $?"
    gone $children
    cat errors
    ls -A tmp | sed 's/-[^-]*$/-NAME/'
}
end_by INT 'Clicks in a shop'
end_by TERM 'two instances are started'
end_by INT 'kill -9'
end_by KILL 'clicks, '
rm -r tmp/*
weir demo --check | head -n 1
echo "code ${PIPESTATUS[0]}"
ls -A tmp
