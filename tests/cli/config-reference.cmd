# config reference lists all settings, as Markdown or for a man page, whatever they are set to
app=$BUILD/examples/word-count/word-count
"$app" -s num.stream.threads=wrong config reference | cut -c 1-60 | head -n 7
"$app" -o man config reference | head -n 5
"$app" -o json config reference
echo "code $?"
"$app" config reference all
