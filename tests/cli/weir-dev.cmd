# weir dev prints its address, makes the topics that it was given and ends on SIGTERM
exec {out}< <(timeout 20 weir dev --listen 127.0.0.1:0 --topic lines:3 \
    --topic counts:1:cleanup.policy=compact,delete,retention.ms=1000 & echo $!; wait $!; echo "code $?")
read -r pid <&$out
read -r address <&$out
sed 's/:[0-9]*$/:PORT/' <<<"$address"
timeout 10 weir dev --listen "$address" 2>&1 | sed 's/:[0-9]*:/:PORT:/'
kill -TERM "$pid"
cat <&$out
