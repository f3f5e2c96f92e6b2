"""csource.py -- C source files as the checks see them.

A scanner, not a compiler: it knows comments, literals, preprocessor lines and brackets, and so can
tell code from text. All views of a file have the length of the file, so that an offset in one of
them is an offset in all of them.
"""

import re

_LITERAL = re.compile(
    r"""(?P<line>//(?:\\\n|[^\n])*)
      | (?P<block>/\*.*?(?:\*/|\Z))
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<char>'(?:\\.|[^'\\\n])*')""", re.S | re.X)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
_INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]*)[>"]')
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|\b(?:WR|WEIR)_[A-Z_]+\s*\([^()]*\)", re.S)
_POINTER_MEMBER = re.compile(r"\(\s*\*\s*(?:const\s+)?(\w+)\s*(?:\[[^]]*\])?\s*\)\s*\(")
_CALLABLE = re.compile(r"\b([A-Za-z_]\w*)\s*\((?!\s*\*)")
_BLOCK_WORDS = ("else", "do")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class Function:
    """A function with a body, or a declaration of one (body is then None)."""

    def __init__(self, name, line, parameters):
        self.name = name
        self.line = line
        self.parameters = parameters  # how many; "void" is none, "..." is not counted
        self.head = ""  # its text up to the body
        self.body = None  # (offset of the opening brace, offset of the closing one)
        self.last_line = line


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.comments = []  # (offset, text)
        self.slash_comments = []  # offsets of // comments

        def no_comment(match):
            if match["line"] is None and match["block"] is None:
                return match[0]
            self.comments.append((match.start(), match[0]))
            if match["line"] is not None:
                self.slash_comments.append(match.start())
            return _blank(match[0])

        def no_text(match):
            return match[0][0] + _blank(match[0][1:-1]) + match[0][-1]

        self.uncommented = _LITERAL.sub(no_comment, text)
        self.code = _LITERAL.sub(no_text, self.uncommented)  # and nothing in literals
        self.bare = _DIRECTIVE.sub(lambda m: _blank(m[0]), self.code)  # and no directives

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """(line, '<' or '"', what) of every #include."""
        for match in _DIRECTIVE.finditer(self.uncommented):
            include = _INCLUDE.match(match[0])
            if include:
                yield self.line(match.start()), include[1], include[2]

    def defines(self):
        """(line, name) of every macro."""
        for match in re.finditer(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", self.code, re.M):
            yield self.line(match.start()), match[1]

    def balanced(self):
        return self.bare.count("{") == self.bare.count("}")

    def close(self, start):
        """The offset of the bracket that closes the one at start; the end of the file if none."""
        pairs = {"(": ")", "{": "}", "[": "]"}
        opening, closing = self.bare[start], pairs[self.bare[start]]
        depth = 0
        for match in re.compile(r"[%s]" % re.escape(opening + closing)).finditer(self.bare, start):
            depth += 1 if match[0] == opening else -1
            if depth == 0:
                return match.start()
        return len(self.bare) - 1

    def outer(self):
        """The declarations at file scope: (offset, text up to the body or ';', body or None).

        What stands in the braces of types and initializers is blanked in the text.
        """
        at = start = 0
        code = self.bare
        mark = re.compile(r"[{};]")
        while match := mark.search(code, at):
            at = match.end()
            head = code[start:match.start()]
            if match[0] == "{":
                if re.fullmatch(r'\s*extern\s*" *"\s*', head):
                    start = at  # what is inside extern "C" is at file scope too
                    continue
                at = self.close(match.start()) + 1
                if head.rstrip().endswith(")") and not _has_initializer(head):
                    yield start, head, (match.start(), at - 1)
                    start = at
                else:
                    code = code[:match.end()] + _blank(code[match.end():at - 1]) + code[at - 1:]
                continue
            if match[0] == ";":
                yield start, head, None
            start = at

    def functions(self):
        """Definitions, declarations, function types and pointers to functions in structures."""
        found = []
        for start, head, body in self.outer():
            if _has_initializer(head):
                continue
            plain = _ATTRIBUTE.sub(lambda m: _blank(m[0]), head)
            match = _CALLABLE.search(plain)
            if match is None or match[1] == "_Static_assert":
                continue
            function = self._function(match[1], start + match.start(), start + match.end() - 1)
            function.head = head
            if body is not None:
                function.body = body
                function.line = self.line(start + len(head) - len(head.lstrip()))
                function.last_line = self.line(body[1])
            found.append(function)
        for match in _POINTER_MEMBER.finditer(self.bare):
            found.append(self._function(match[1], match.start(), match.end() - 1))
        return found

    def _function(self, name, offset, opening):
        inside = self.bare[opening + 1:self.close(opening)].strip()
        depth, commas = 0, 0
        for c in inside:
            depth += c in "([{"
            depth -= c in ")]}"
            commas += c == "," and depth == 0
        count = commas + 1 - inside.endswith("...")
        return Function(name, self.line(offset), 0 if inside in ("", "void") else count)

    def deepest(self, function):
        """(levels, line) of the deepest nesting of statements in a function."""
        stack, deepest, line = [], 0, function.line
        first, last = function.body
        for match in re.compile(r"[{}]").finditer(self.bare, first + 1, last):
            if match[0] == "}":
                stack = stack[:-1]
                continue
            stack.append(self._is_block(match.start()))
            if sum(stack) > deepest:
                deepest, line = sum(stack), self.line(match.start())
        return deepest, line

    def _is_block(self, brace):
        """Whether a brace inside a function opens statements, not an initializer or a type."""
        before = self.bare[:brace].rstrip()
        if before.endswith((";", "{", "}", ":")):
            return not before.endswith("{") or self._is_block(len(before) - 1)
        if not before.endswith(")"):
            return re.search(r"\w*$", before)[0] in _BLOCK_WORDS
        depth = 0
        for at in range(len(before) - 1, -1, -1):
            depth += (before[at] == ")") - (before[at] == "(")
            if depth == 0:
                word = re.search(r"(\w*)\s*$", before[:at])[1]
                return word not in ("", "return", "sizeof")
        return False


def _has_initializer(head):
    depth = 0
    for c in head:
        depth += (c in "([") - (c in ")]")
        if c == "=" and depth == 0:
            return True
    return False
