# an application refuses options that it does not know, and words behind run
word_count=$BUILD/examples/word-count/word-count
"$word_count" --verbose 2>&1
"$word_count" -v 2>&1
"$word_count" version --set 2>&1
"$word_count" -s bootstrap.servers=127.0.0.1:1 run now 2>&1
