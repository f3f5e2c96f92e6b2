# --set takes KEY=VALUE
for s in commit.interval.ms =5 ''; do "$BUILD/examples/word-count/word-count" -s "$s" version; done
