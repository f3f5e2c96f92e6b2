# weir dev keeps its data in a directory, which is then its own
start() {
    exec {out}< <(timeout 20 weir dev --listen 127.0.0.1:0 --dir data "$@" & echo $!; wait $!; echo "code $?")
    read -r pid <&$out
    read -r address <&$out
    sed 's/:[0-9]*$/:PORT/' <<<"$address"
}
stop() { # SIGNAL
    kill "-$1" "$pid"
    cat <&$out
}
start --topic lines:3
timeout 10 weir dev --listen 127.0.0.1:0 --dir data 2>&1 | sed 's/process [0-9]*/process PID/'
stop TERM
head -n 1 data/journal
ls data

echo "a part of a record" | head -c 10 >>data/journal
start --topic lines:3 2>&1
stop TERM 2>&1

sed -i 's/journal 1/journal 2/' data/journal
timeout 10 weir dev --listen 127.0.0.1:0 --dir data
echo "code $?"
mkdir letters
echo dear >letters/to-you
timeout 10 weir dev --listen 127.0.0.1:0 --dir letters
echo "code $?"
ls letters
