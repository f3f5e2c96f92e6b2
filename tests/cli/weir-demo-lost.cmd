# weir demo fails when the example misses clicks
# not with ThreadSanitizer
mkdir -p tools examples/click-counts tmp
cp "$BUILD/tools/weir" tools
cat >examples/click-counts/click-counts <<END
#!/bin/sh
[ "\$*" != "\${*%describe*}" ] || sleep 1 # clicks come first
exec "$BUILD/examples/click-counts/click-counts" --set=auto.offset.reset=latest "\$@"
END
chmod +x examples/click-counts/click-counts
TMPDIR=$PWD/tmp timeout 55 tools/weir demo --seconds 3 --check >out
code=$?
sed -nE '/^events in /{ s/in [0-9,]+, counted [0-9,]+, lost [1-9][0-9,]*,/in N, counted N, lost some,/; p }' out
grep -cE '^page /[^ ]* has [0-9]+ clicks and the count [0-9]+$' out
exit $code
