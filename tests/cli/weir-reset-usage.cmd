# weir reset refuses options that it does not have, and says what it needs
while read -r words; do
    # shellcheck disable=SC2086 # several words
    weir reset $words 2>&1
    echo "code $?"
done <<'END'

--application-id words
--application-id words --to-latest
--what
--set words ./app
--to-offset
--to-offset -1 ./app
--to-offset 1 --to-latest ./app
--shift-by x ./app
--to-datetime yesterday ./app
--by-duration 7d ./app
-o text ./app
-t 0 ./app
-t 2s ./app
--set comit.interval.ms=5 --application-id words --bootstrap-servers none:1
--config missing.conf --application-id words --bootstrap-servers none:1
./missing
END
