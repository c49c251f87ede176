#!/usr/bin/env python3
"""Compares the service with python-social-auth, provider by provider.

Each fixture in tests/fixtures/providers says what a provider answers and whom the service has to
see in it (`expected`). This program gives the same answers to the backend of social-core 7.0.0
and says where the two come out differently. `social_core` in a fixture is what that backend
computes, `differs` has a reason for each field in which the service deliberately differs.

    pip install social-auth-core==7.0.0
    compare.py [FILE...]           check: `social_core` is what is computed, every difference has
                                   its reason and every reason its difference; exit status 1 and a
                                   list when not. Without files: all fixtures, and the list of names
    compare.py --show FILE...      print what is computed and what differs; change nothing
    compare.py --write FILE...     fill in `social_core`, and print which reasons are missing
    compare.py --names             print every backend: name, kind, class, separated by tabs
                                   (tests/fixtures/python_social_auth_backends.txt)

Names are as python-social-auth's pipeline has them after `social_names`: a full name is split at
the first space where there is no first or last name, and joined where there is no full name. An
empty text counts as null.

Where the backend fails, `social_core` is {"error": "..."}, and one reason under `differs.error`
stands for all fields.

Calls are found by host and path of `url` or of `was`. Two more members help where it asks in
another way: `was_body` in a call is the same answer in the form in which it wants it,
`social_core_settings` has settings that it alone knows. `"backend": null` skips a fixture.
"""

import argparse
import importlib.metadata
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import backends
from replay import compute, text

VERSION = "7.0.0"
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
NAMES = FIXTURES / "python_social_auth_backends.txt"
# The service's word and python-social-auth's.
FIELDS = {
    "id": "uid",
    "username": "username",
    "email": "email",
    "name": "fullname",
    "first_name": "first_name",
    "last_name": "last_name",
}


def listed_names():
    """Returns the list of all backends as it is committed."""
    rows = (f"{name}\t{kind}\t{backends.path(cls)}\n" for name, kind, cls in backends.all_backends())
    return "".join(rows)


def backend_of(fixture):
    """Returns the class, or None when there is none to compare with."""
    name = fixture.get("backend", fixture["row"])
    cls = name and backends.find(name, fixture.get("class"))
    if cls is None and fixture.get("backend"):
        raise ValueError(f"python-social-auth {VERSION} has no backend {name}")
    return cls


def complaints(fixture, computed):
    """Returns what is wrong with a fixture, in sentences."""
    expected, reasons = fixture["expected"], dict(fixture.get("differs", {}))
    absent = [field for field in FIELDS if field not in expected]
    yield from (f"expected has no {field}, which may be null but not absent" for field in absent)
    if "error" in computed:
        if not reasons.pop("error", None):
            yield f"python-social-auth fails ({computed['error']}) and differs.error has no reason"
        return
    for ours, theirs in FIELDS.items():
        reason = reasons.pop(ours, None) or reasons.pop(theirs, None)
        here, there = text(expected.get(ours)), computed[theirs]
        if here != there and not reason:
            yield f"{ours} is {here!r} here and {there!r} in python-social-auth, without a reason"
        if here == there and reason:
            yield f"{ours} does not differ, and yet differs has a reason: {reason}"
    yield from (f"differs has {name}, which is no field that is compared" for name in reasons)


def layout(value, depth=0, width=100, lead=0):
    """Writes JSON with what fits on a line on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value:
        return line
    if depth and len(line) + 2 * depth + lead <= width:
        return line
    pad, parts = "  " * (depth + 1), []
    for item in value.items() if isinstance(value, dict) else ((None, v) for v in value):
        key = "" if item[0] is None else f"{json.dumps(item[0], ensure_ascii=False)}: "
        parts.append(f"{pad}{key}{layout(item[1], depth + 1, width, len(key) + 1)}")
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin}\n" + ",\n".join(parts) + f"\n{'  ' * depth}{end}"


def write(file, fixture, computed):
    """Puts what was computed after what is expected."""
    fixture.pop("social_core", None)
    result = {}
    for name, value in fixture.items():
        result[name] = value
        if name == "expected":
            result["social_core"] = computed
    file.write_text(layout(result) + "\n", encoding="utf-8")


def treat(file, options):
    """Checks or fills in a fixture, and returns what is wrong with it."""
    fixture = json.loads(file.read_text(encoding="utf-8"))
    cls = backend_of(fixture)
    if cls is None:
        print(f"{file.name}: skipped, python-social-auth has no backend for {fixture['row']}")
        return ["social_core stands there, and there is no backend"] * ("social_core" in fixture)
    computed, unknown = compute(cls, fixture)
    wrong = list(complaints(fixture, computed))
    if unknown and (wrong or options.show):
        wrong.append(f"it asks {', '.join(unknown)}, which the fixture does not answer (see `was`)")
    if options.show:
        print(f"{file.name}: {backends.path(cls)}\n{layout(computed)}")
    elif options.write:
        write(file, fixture, computed)
    elif fixture.get("social_core") != computed:
        wrong.insert(0, f"social_core is not what is computed: {json.dumps(computed)}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    modes = parser.add_mutually_exclusive_group()
    for mode in ("--write", "--show", "--names"):
        modes.add_argument(mode, action="store_true")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    if (found := importlib.metadata.version("social-auth-core")) != VERSION:
        return f"social-auth-core {VERSION} is needed, {found} is installed"
    if options.names:
        print(listed_names(), end="")
        return 0
    files = options.files or sorted((FIXTURES / "providers").glob("*.json"))
    failures = []
    for file in files:
        try:
            failures += [f"{file.name}: {what}" for what in treat(file, options)]
        except (ValueError, KeyError, ImportError) as error:
            failures.append(f"{file.name}: {type(error).__name__}: {error}")
    if not options.files and NAMES.read_text(encoding="utf-8") != listed_names():
        failures.append(f"{NAMES.name}: not what --names prints")
    print("\n".join(failures) if failures else f"{len(files)} fixtures: nothing to complain of")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
