"""Keys and the names under which acts are recorded."""

import pytest

from api.security.keys import AccessKeys
from kb.errors import InvalidInput
from ontology.vocabulary import Role


def test_nobody_bears_the_name_under_which_pages_record_by_themselves(tmp_path):
    keys = AccessKeys(tmp_path / "access")
    with pytest.raises(InvalidInput, match="'console' is kept"):
        keys.issue("console", Role.AGENT)
    assert keys.is_empty()
