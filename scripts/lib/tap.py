"""tap.py -- test programs in Python that speak TAP, for automake's driver."""

import traceback

class Skip(Exception):
    """Raised by a test that cannot run here; the text says why."""


def run(tests):
    """Run tests, (name, function) pairs. A test fails by raising; what it raises is shown."""
    tests = list(tests)
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except Exception as error:  # whatever goes wrong in a test is its failure
            print(f"not ok {number} - {name}", flush=True)
            text = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
            for line in text.splitlines():
                print(f"# {line}")
