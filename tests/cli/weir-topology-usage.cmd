# weir topology refuses options that it does not have
for options in '' '-o' '-o svg app' '-t 0 app' '-t 1s app' '-x app'; do
    # shellcheck disable=SC2086 # several options
    weir topology $options 2>&1
    echo "code $?"
done
