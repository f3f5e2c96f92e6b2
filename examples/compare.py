"""compare.py -- what the recounts share: the last values of a topic, and where two sides differ."""

import sys

import topics


def last_values(servers, topic, count):
    """({key: last value}, {key of a value whose count did not grow}) of an output topic.

    `count` reads a count from a value. With each change of a key its count has to grow: one that
    does not was written twice, or counted from an older state.
    """
    last, wrong = {}, set()
    for raw_key, value in topics.consume(servers, topic):
        key = raw_key.decode()
        if key in last and count(value) <= count(last[key]):
            wrong.add(key)
        last[key] = value
    return last, wrong


def differences(topic, expected, found, wrong):
    """Compare {key: value} of both sides, say where they differ, and return in how many keys."""
    keys = {key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)}
    for key in sorted(keys)[:10]:
        print(f"{topic}: {key}: {expected.get(key, 'nothing')} by the recount, "
              f"{found.get(key, 'nothing')} by Weir")
    for key in sorted(wrong)[:10]:
        print(f"{topic}: {key}: a count did not grow")
    return len(keys | wrong)


def conclude(what, by_weir, by_recount, different):
    """Print the line that compares, and end the program; code 1 if anything differs."""
    print(f"{by_weir} {what} counted by Weir, {by_recount} by the recount, {different} differences")
    sys.exit(1 if different or by_weir != by_recount else 0)
