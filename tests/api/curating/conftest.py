"""The base of forty customers that the tests of steering use, and a service over it: release 1 is live."""

import pytest

from ontology.schema import load_schema
from tests.api.steering.conftest import ending, home, made, opened, server, service  # noqa: F401 - fixtures
from tests.rule_files import read_rules, write_rules

SCHEMA = load_schema()


@pytest.fixture
def rule_file(tmp_path):
    """Write a file of rules: ``rule_file(*rules)`` is its path."""
    def write(*rules, name="规则.txt"):
        path = tmp_path / name
        write_rules(path, rules, SCHEMA, "zh")
        assert len(read_rules(path, SCHEMA)) == len(rules)
        return path

    return write
