"""Shows a verifier, snippet.py, the tokens of a file, and prints those that it judges otherwise."""

import json
import sys

import jwt

from snippet import verify

with open(sys.argv[1], encoding="utf-8") as file:
    tokens = json.load(file)["tokens"]
for vector in tokens:
    try:
        accepted = "sub" in verify(vector["token"])
    except jwt.InvalidTokenError:
        accepted = False
    except jwt.PyJWKClientError:  # no key of that name
        accepted = False
    if accepted != vector["accept"]:
        print(vector["name"])
print("judged", len(tokens))
