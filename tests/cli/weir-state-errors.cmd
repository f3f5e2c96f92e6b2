# weir state says what is missing, in use or damaged, and shows the rest
make=$BUILD/tests/cli/make_state
"$make" state
cd state || exit
run() {
    echo "\$ weir state $*"
    weir state "$@" 2>&1
    echo "code $?"
}
run get words counts cherry
run scan words colours
run scan words passing
run list .
run list missing
run scan words counts -v i32
run scan words counts -k i64
run get words counts 12x -k i64
run get words counts abc -k hex

echo "in use:"
exec 9>words/.lock
flock 9
echo $$ >words/.lock
run list words | sed "s/process $$/process PID/"
run list words/0_0 | sed "s/process $$/process PID/"
echo 4194305 >words/.lock # more than any pid
run list words
exec 9>&-

echo "a damaged row:"
LC_ALL=C sed -i 's/apricot/apricOT/' words/0_0/data.mdb
run scan words counts -v i64
run count words
run get words counts apricOT

echo "one of the two files is damaged:"
head -c 12288 words/0_0/data.mdb >cut
cat cut >words/0_0/data.mdb
run list words
run scan words counts -v i64

echo "the owner file is damaged:"
rm -r words/0_0
sed -i '/crc32c/d; s/^boot.id=.*/boot.id=another/' words/0_1/owner
run scan words counts -v i64
