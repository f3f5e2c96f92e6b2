# shellcheck shell=bash
# stages.sh -- running many test commands and adding up what they count.
#
# A stage is a command that prints a line "N passed, N failed[, N skipped]"; the last one counts. A
# stage that ends without such a line, or has run nothing, counts as one failed test.

passed=0 failed=0 skipped=0

stage() { # NAME COMMAND...
    local name=$1 log=build/check/${1// /-}.log start=$SECONDS status=0 counts
    local p=0 f=0 s=0 why=
    shift
    mkdir -p build/check
    "$@" >"$log" 2>&1 || status=$?
    counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1) || true
    read -r p f s <<<"$(tr -cd '0-9 \n' <<<"$counts")" || true
    p=${p:-0} f=${f:-0} s=${s:-0}
    if [[ -z $counts ]]; then
        why="could not run" f=1
    elif ((p + f == 0)); then
        why="nothing was run" f=1
    elif ((status != 0 && f == 0)); then
        why="ended with code $status" f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-28s %s in %d s%s\n' "$name" "$(totals "$p" "$f" "$s")" $((SECONDS - start)) \
        "${why:+ ($why)}"
    if ((f > 0)); then
        tail -n 60 "$log" | sed 's/^/    /'
        note "all of it is in $log"
    fi
}

counted() { # COMMAND...: a command that passes or fails as one test, as a stage
    if "$@"; then
        echo "1 passed, 0 failed"
    else
        echo "0 passed, 1 failed"
        return 1
    fi
}

totals() { # PASSED FAILED SKIPPED
    printf '%d passed, %d failed' "$1" "$2"
    if (($3 > 0)); then
        printf ', %d skipped' "$3"
    fi
}

all_stages() { # the last line of a run; fails if anything did
    totals "$passed" "$failed" "$skipped"
    echo
    ((failed == 0))
}
