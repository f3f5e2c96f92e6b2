# scripts/dev without a command lists its commands
"$SRC/scripts/dev"
