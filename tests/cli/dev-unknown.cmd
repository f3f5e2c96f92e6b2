# scripts/dev refuses a command that it does not know
"$SRC/scripts/dev" chekc 2>&1 | sed -n 1p
exit "${PIPESTATUS[0]}"
