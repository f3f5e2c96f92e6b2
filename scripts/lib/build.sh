# shellcheck shell=bash
# build.sh -- the variants of the build, each in its own build/VARIANT, and the tests of one.

jobs=${WEIR_JOBS:-$(nproc)}

quiet() { # LOG COMMAND...: the output goes to LOG; after a failure, show what matters and end
    local log=$1
    shift
    "$@" >"$log" 2>&1 || {
        show_errors "$log"
        die "failed: $*"
    }
}

show_errors() { # LOG
    local telling='^E: |\b(error|warning)\b[: ]|undefined reference|^(FAIL|XPASS|ERROR): |\*\*\* '
    if ! grep -nE -m 30 "$telling" "$1" >&2; then
        tail -n 30 "$1" >&2
    fi
    note "all of it is in $1"
}

configure_options() { # VARIANT: one option a line
    case $1 in
    gcc) ;;
    asan) echo --enable-sanitizer=address ;;
    tsan) echo --enable-sanitizer=thread ;;
    valgrind) echo 'CFLAGS=-g -O2 -ftrivial-auto-var-init=uninitialized' ;; # what is read unset
    clang) printf '%s\n' CC=clang CXX=clang++ ;;
    failpoints) echo --enable-failpoints ;;
    broken) printf '%s\n' --enable-failpoints --enable-broken-rules ;;
    fuzz)
        printf '%s\n' CC=clang CXX=clang++ --enable-sanitizer=address \
            'CFLAGS=-g -O1 -fsanitize=fuzzer-no-link'
        ;;
    analyze) printf '%s\n' --disable-werror 'CFLAGS=-g -O2 -fanalyzer' ;;
    *) die "no variant is called $1: gcc, asan, tsan, clang, valgrind, failpoints, broken," \
        "fuzz, analyze" ;;
    esac
}

# configure is made again when what it is made from is newer than the last time. Makefiles look
# after the local.mk files themselves.
bootstrap() {
    local stamp=build/autoreconf.stamp
    if [[ -x configure && -e $stamp ]]; then
        [[ -n $(find configure.ac m4 -newer "$stamp" -print -quit) ]] || return 0
    fi
    mkdir -p build
    quiet build/autoreconf.log autoreconf -fi
    touch "$stamp"
}

build() { # VARIANT [TARGET...]: configure it once, then make
    local variant=$1 dir=build/$1 options start=$SECONDS
    shift
    options=$(configure_options "$variant")
    bootstrap
    mkdir -p "$dir"
    if [[ ! -e $dir/config.status || $(cat "$dir/options" 2>/dev/null) != "$options" ]]; then
        local list=(--enable-werror)
        [[ -z $options ]] || mapfile -t -O 1 list <<<"$options"
        quiet "$dir/configure.log" env -C "$dir" ../../configure "${list[@]}"
        echo "$options" >"$dir/options"
    fi
    quiet "$dir/make.log" make -C "$dir" -j"$jobs" "$@"
    note "$variant: built in $((SECONDS - start)) s ($dir)"
}

# gcc 12's sanitizers cannot live with as much randomness of addresses as newer kernels have.
sanitizer_shell() {
    if setarch -R true 2>/dev/null; then
        echo setarch -R
    fi
}

run_tests() { # VARIANT [MAKE-VARIABLE...]: make check, its failures, its totals
    local dir=build/$1 log=build/$1/check.log status=0 prefix=()
    shift
    case $dir in
    build/asan | build/tsan) read -ra prefix <<<"$(sanitizer_shell)" ;;
    esac
    ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
        UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:suppressions=$PWD/tests/tsan.supp \
        "${prefix[@]}" make -C "$dir" -j"$jobs" check "$@" >"$log" 2>&1 || status=$?
    if ! grep -q '^# TOTAL:' "$log"; then
        show_errors "$log"
        die "the tests could not be built or run"
    fi
    if ((status != 0)); then
        show_failed_tests "$dir"
    fi
    totals_of_automake "$log"
    return "$status"
}

show_failed_tests() { # DIR: all that the failed programs of the last run said, but what passed
    local log
    grep -E '^(FAIL|XPASS|ERROR): ' "$1/check.log" || true
    while read -r log; do
        grep -vE '^(ok|PASS:|SKIP:|FAIL:|XPASS:|ERROR:|[0-9]+\.\.)' "$1/$log" | head -n 80 || true
    done < <(sed -nE 's/^(FAIL|XPASS|ERROR): ([^ ]+)\.tap .*/\2.log/p' "$1/check.log" | sort -u)
}

totals_of_automake() { # LOG: "N passed, N failed[, N skipped]" from automake's summary
    awk '
        /^# (PASS|XFAIL):/ { passed += $3 }
        /^# (FAIL|XPASS|ERROR):/ { failed += $3 }
        /^# SKIP:/ { skipped += $3 }
        END {
            printf "%d passed, %d failed", passed, failed
            if (skipped) printf ", %d skipped", skipped
            print ""
        }' "$1"
}

run_tap() { # LOG COMMAND...: each a program and its arguments in one word; what failed, the totals
    local log=$1 command status=0
    shift
    for command in "$@"; do
        # shellcheck disable=SC2086 # a command's words
        $command || echo "not ok - $command ended with code $?"
    done >"$log" 2>&1
    grep -A 30 '^not ok' "$log" || true
    totals_of_tap "$log" || status=1
    return "$status"
}

totals_of_tap() { # LOG: the same from the lines of test programs; fails if one of them failed
    awk '
        /^ok .*# SKIP/ { skipped++; next }
        /^ok / { passed++ }
        /^not ok / { failed++ }
        END {
            printf "%d passed, %d failed", passed, failed
            if (skipped) printf ", %d skipped", skipped
            print ""
            exit failed > 0
        }' "$1"
}
