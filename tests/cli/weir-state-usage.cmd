# weir state refuses verbs, options and words that it does not take
while read -r words; do
    # shellcheck disable=SC2086 # several words
    weir state $words 2>&1
    echo "code $?"
done <<'END'

show dir
list
list dir store
get dir store
scan dir
scan dir store key
count
list dir --limit 3
get dir store key --prefix a
count dir --key-format i64
scan dir store -o yaml
scan dir store -k text
scan dir store --limit 0
scan dir store --limit -1
scan dir store --limit 3x
scan dir store --prefix a --from b
scan dir store --frm b
scan dir store --from
END
