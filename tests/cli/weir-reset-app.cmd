# weir reset asks the application for its topics and settings, but secrets are not told
# not with ThreadSanitizer
app=$BUILD/examples/word-count/word-count
run() {
    weir reset -t 3 "$@" 2>&1 | sed -E 's/: [^ ]*127.0.0.1:1[^ ]*.*/: .../'
    echo "code ${PIPESTATUS[0]}"
}
echo 'bootstrap.servers=127.0.0.1:1' >app.conf
run "$app"
run -c app.conf "$app" -s sasl.password=secret -s security.protocol=sasl_plaintext -s sasl.mechanism=PLAIN
run "$app" -c app.conf
run -s bootstrap.servers=127.0.0.1:1 "$app"
printf '#!/bin/sh\necho hello\n' >app
chmod +x app
run ./app
# shellcheck disable=SC2016 # for the other shell
printf '#!/bin/sh\ncase $* in *describe*) exec "%s" describe -o json;; esac\necho "{}"\n' "$app" >app
run ./app
# shellcheck disable=SC2016 # for the other shell
printf '#!/bin/sh\ncase $* in *describe*) exec "%s" describe -o json;; esac\necho "{\\"settings\\":[{\\"name\\":\\"a\\"}]}"\n' "$app" >app
run ./app
