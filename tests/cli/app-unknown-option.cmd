# an application refuses an option that it does not know
"$BUILD/examples/word-count/word-count" --verbose 2>&1 | sed 's,^.*/word-count:,word-count:,'
exit "${PIPESTATUS[0]}"
