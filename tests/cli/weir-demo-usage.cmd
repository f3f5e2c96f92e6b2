# weir demo says what it takes, and what it cannot do
for words in "--help" "--seconds 0" "--seconds 601" "--seconds 1x" "--brokers" "--loud" "clicks"; do
    weir demo $words
    echo "code $?"
done
TMPDIR=$PWD/none weir demo --check | tail -n 1
echo "code ${PIPESTATUS[0]}"
