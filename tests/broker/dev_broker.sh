# shellcheck shell=bash
# dev_broker.sh -- for scripts that run clients against `weir dev` and speak TAP: the broker, and what
# they check. Makes $dir, which goes with the script, and $BOOTSTRAP. PORT, default 0 (one that is
# free), is the broker's.

dir=$(mktemp -d)
broker=
children=() # more processes to end with the script

end_all() {
    kill -KILL ${broker:+"$broker"} "${children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true # the shell then does not say that they were killed
    rm -rf "$dir"
}
trap end_all EXIT

start_broker() { # BUILD_DIR OPTION...
    "$1/tools/weir" dev --listen "127.0.0.1:${PORT:-0}" --no-auto-create "${@:2}" >"$dir/address" &
    broker=$!
    within 5 test -s "$dir/address"
    BOOTSTRAP=$(cat "$dir/address")
    export BOOTSTRAP
}

stop_broker() {
    kill -TERM "$broker"
    check "the broker ends cleanly" wait "$broker"
    broker=
}

within() { # SECONDS COMMAND...: until it succeeds
    local end=$((SECONDS + $1))
    until "${@:2}"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

check() { # NAME COMMAND...
    local name=$1
    shift
    : >"$dir/errors"
    if "$@"; then
        echo "ok - $name"
    else
        echo "not ok - $name"
        sed 's/^/# /' "$dir/errors"
    fi
}

client() { # KCAT-ARGUMENT...
    timeout 60 kcat -b "$BOOTSTRAP" -q "$@" 2>>"$dir/errors"
}
