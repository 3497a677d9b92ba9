"""Rules in files on the disk, as commands bring them in and write them out."""

from rules.formats.files import rules_from_bytes, rules_to_bytes


def write_rules(path, rules, schema, language):
    path.write_bytes(rules_to_bytes(path, rules, schema, language))


def read_rules(path, schema):
    return rules_from_bytes(path.read_bytes(), path, schema)
