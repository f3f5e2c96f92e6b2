# weir topology says what is wrong with an application that gives no answer
try() { # TEXT-OF-SCRIPT [OPTION...]
    printf '#!/bin/sh\n%s\n' "$1" >app
    chmod +x app
    shift
    weir topology "$@" ./app 2>&1
    echo "code $?"
}
weir topology ./missing 2>&1
echo "code $?"
try 'echo "app: cannot start: no settings" >&2; exit 78'
try 'kill -SEGV $$'
try 'echo hello'
try 'echo "{}"'
try 'echo "[]"'
try 'echo "{\"application\":\"a\",\"subtopologies\":[{\"id\":0,\"nodes\":[
    {\"name\":\"n\",\"kind\":\"sink\",\"stores\":[],\"children\":[\"m\"]}]}],\"stores\":[],\"topics\":[]}"'
try 'echo "{\"application\":\"a\",\"subtopologies\":[],\"stores\":[{\"name\":1}],\"topics\":[]}"'
try 'echo "{\"application\":\"a\",\"subtopologies\":{},\"stores\":[],\"topics\":[]}"'
try 'exec sleep 60' -t 1
try 'exec >&-; exec sleep 60' -t 1
try 'exec yes'
