"""tree.py -- what all checks share: finding the files, printing the findings, the exit code.

A check is a program `scripts/check-NAME [ROOT]`. It prints one line per finding, "file:line: what",
and exits 0 without findings, 1 with some. ROOT is the tree to look at, by default this one.
"""

import os
import sys

# Every folder that holds code of ours. Build folders lie in build/, outside of them all.
FOLDERS = (
    "include", "src", "state", "topology", "connect", "broker", "testkit", "tools", "examples",
    "tests", "bench",
)


def repository():
    """The tree that this file is part of."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def files(root, suffixes, folders=FOLDERS):
    """Paths below root's folders that end in one of suffixes, relative to root, sorted."""
    found = []
    for folder in folders:
        for where, below, names in os.walk(os.path.join(root, folder)):
            below.sort()
            found += [os.path.relpath(os.path.join(where, name), root)
                      for name in names if name.endswith(suffixes)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def run(check, root=1):
    """The main function of a check; check(root) yields (path, line, what).

    `root` says which argument of the command line may name the tree.
    """
    arguments = [a for a in sys.argv if not a.startswith("-")]
    findings = sorted(check(arguments[root] if len(arguments) > root else repository()))
    for path, line, what in findings:
        print(f"{path}:{line}: {what}")
    sys.exit(1 if findings else 0)
