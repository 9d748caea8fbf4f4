"""Reads YAML texts as LiteLLM does, and says of each what is wrong with it.

Standard input: a list of {"text": …, "keys": [… the keys on the way to a value], "value": …} in JSON. Standard output: a list
of as many problems, null for none.
"""

import json
import sys

import yaml


def problem(case):
    try:
        found = yaml.safe_load(case["text"])
        for key in case["keys"]:
            found = found[key]
    except Exception as failure:  # Whatever a constructor raises ends LiteLLM's start.
        return f"{type(failure).__name__}: {failure}"
    return None if found == case["value"] else f"read as {found!r}"


json.dump([problem(case) for case in json.load(sys.stdin)], sys.stdout)
