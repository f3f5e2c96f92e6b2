# describe refuses a format that it does not have
"$BUILD/examples/word-count/word-count" describe -o yaml
