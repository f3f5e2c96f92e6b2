# mistakes in a file are told with file and line
app=$BUILD/examples/word-count/word-count
printf 'bootstrap.servers=b:9092\n\nstate.dirr=/x\nreplication.factor=many\n' >app.conf
"$app" -c app.conf run
"$app" -c missing.conf -s bootstrap.servers=b:9092 run
