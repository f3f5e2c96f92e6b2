# describe -o json is for programs
"$BUILD/examples/word-count/word-count" describe -o json | python3 -m json.tool
