# a recount finds what was counted wrong, what is missing and what was written twice
mkdir bin
cat >bin/kcat <<'END'
#!/bin/bash
while [[ $1 != -t ]]; do shift; done
cat "$2"
END
chmod +x bin/kcat
PATH=$PWD/bin:$PATH
record() { # KEY VALUE [LENGTH]: as kcat prints it
    printf '%d %d\n%s%b' "${#1}" "${3:-${#2}}" "$1" "$2"
}
count() { # PAGE COUNT
    record "$1" "\\0\\0\\0\\0\\0\\0\\0\\$2" 8
}
recount() { # WHAT PAGE COUNT...
    echo "$1:"
    shift
    while (($# > 0)); do
        count "$1" "$2"
        shift 2
    done >page-views
    "$SRC/examples/click-counts/recount.py" --servers none:1
    echo "code $?"
}
for page in /a /b /a; do
    record user "{\"page\":\"$page\"}"
done >clicks
recount right /a 1 /b 1 /a 2
recount "too many" /a 1 /b 1 /a 3
recount missing /a 2
recount "what nobody clicked" /a 2 /b 1 /c 1
recount "written twice" /a 2 /b 1 /a 2
