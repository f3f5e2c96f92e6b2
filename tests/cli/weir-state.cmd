# weir state shows the stores of a stopped instance: tasks, single keys, ranges, counts
make=$BUILD/tests/cli/make_state
"$make" state
cd state || exit
run() {
    echo "\$ weir state $*"
    weir state "$@" 2>&1
    echo "code $?"
}
run list words
run list words -o ndjson
run scan words counts -v i64
run scan words/0_0/ counts -v i64 -o json
run scan words counts
run scan words counts -o ndjson -k hex -v hex --limit 1
run scan words counts -v i64 --prefix ap
run scan words counts -v i64 --from apricot --to banana
run scan words notes -v json -o ndjson
run scan words notes
run scan words notes --from x -o json
run get words counts banana -v i64
run get words counts '' -v i64
run get words counts 0x62616e616E61 -k hex -o ndjson
run count words
run count words counts -o ndjson
run count words counts --prefix a
