"""validate.py SCHEMA DOCUMENT...

Fails, naming each place, where a document is not what its schema says, or has
a member of which the schema says nothing.
"""
import json
import os
import sys

from jsonschema import Draft202012Validator, RefResolver


def closed(schema):
    """The schema, where an object has only members that it describes."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {name: closed(part) for name, part in schema.items()}
    if "properties" in copy and copy.get("type") == "object":
        copy.setdefault("additionalProperties", False)
    return copy


def read(file):
    with open(file, encoding="utf-8") as stream:
        return json.load(stream)


file = os.path.abspath(sys.argv[1])
schema = read(file)
Draft202012Validator.check_schema(schema)
schema = closed(schema)
resolver = RefResolver("file://" + file, schema, handlers={
    "file": lambda url: closed(read(url[len("file://"):]))})
validator = Draft202012Validator(schema, resolver=resolver)
bad = False
for document in sys.argv[2:]:
    for error in validator.iter_errors(read(document)):
        place = "/".join(str(part) for part in error.absolute_path)
        print(f"{os.path.basename(document)}: /{place}: {error.message[:300]}")
        bad = True
sys.exit(1 if bad else 0)
