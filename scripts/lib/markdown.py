"""markdown.py -- the pages of the documentation: which there are, and the examples in them."""

import os
import re

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
_EXAMPLE = re.compile(r"^```c\n(/\* example: ([\w-]+) \*/\n.*?)^```$", re.M | re.S)


def pages(root):
    """Paths relative to root: the pages at the top and in docs/, and any folder's README."""
    found = [page for page in PAGES if os.path.exists(os.path.join(root, page))]
    for where, below, names in os.walk(root):
        below[:] = sorted(d for d in below if d != "build" and not d.startswith("."))
        path = os.path.relpath(where, root)
        if path != ".":
            found += [os.path.join(path, name) for name in names
                      if name == "README.md" or (name.endswith(".md") and path.startswith("docs"))]
    return found


def examples(text):
    """(line, name, code) of every C block that opens with a comment "example: NAME"."""
    for match in _EXAMPLE.finditer(text):
        yield text.count("\n", 0, match.start(1)) + 1, match[2], match[1]
