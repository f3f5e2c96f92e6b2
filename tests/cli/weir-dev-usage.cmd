# weir dev refuses options, addresses and topics that it cannot serve
for options in 'extra' '--listen' '--listen 9092' '--listen 127.0.0.1:' '--listen 127.0.0.1:65536' \
    '--listen 0.0.0.0:21390' '--listen example.org:21390' '--data DIR' '--dir' '--clean-interval soon' '--topic a:0' '--topic a:x' \
    '--topic a:1:' '--topic a:1:x' '--topic a:1:=x' '--topic a/b' \
    '--topic a:1:no.such.setting=1' '--topic a:1:retention.ms=x' '--topic a --topic a'; do
    # shellcheck disable=SC2086 # several options
    timeout 10 weir dev $options 2>&1
    echo "code $?"
done
