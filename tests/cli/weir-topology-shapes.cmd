# weir topology draws forks, merges, what is computed and what is missing
cat >app <<'END'
#!/bin/sh
[ "$*" = "-c file describe -o json" ] || exit 9
cat <<JSON
{"application": "shapes", "newer": 1, "subtopologies": [{"id": 0, "nodes": [
  {"name": "a", "kind": "source", "topics": ["one", "two"], "stores": [], "children": ["split"]},
  {"name": "b", "kind": "source", "topics": ["s-changelog"], "stores": [], "children": ["merge"]},
  {"name": "split", "kind": "processor", "stores": [], "children": ["left", "right"]},
  {"name": "left", "kind": "processor", "stores": ["s", "t"], "children": ["deep", "merge"]},
  {"name": "deep", "kind": "sink", "topics": [], "stores": [], "children": []},
  {"name": "right", "kind": "processor", "stores": [], "children": ["merge"]},
  {"name": "merge", "kind": "processor", "stores": [], "children": ["out"]},
  {"name": "out", "kind": "sink", "topics": ["x-repartition"], "stores": [], "children": []}]}],
 "stores": [{"name": "s", "type": "kv", "key": "bytes", "value": "bytes", "backend": "memory",
             "changelog": null, "subtopology": 0}],
 "topics": [{"name": "shapes-x-repartition", "kind": "repartition", "partitions": 3,
             "config": {}},
            {"name": "shapes-s-changelog", "kind": "changelog", "config": {}}]}
JSON
END
chmod +x app
weir topology ./app -c file
