# weir lists its commands, and refuses what it does not know
weir --help
weir version | sed 's/[0-9.]*$/VERSION/'
weir
echo "code $?"
weir topologie
echo "code $?"
weir help >/dev/full
echo "code $?"
weir version now
