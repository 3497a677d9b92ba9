"""Finding knowledge by status, kind and words."""

import pytest

from kb.curation.listing import ItemQuery
from kb.errors import InvalidInput
from ontology.vocabulary import KnowledgeStatus, PatternKind


@pytest.fixture
def many(curation, item_of):
    curation.propose([item_of(f"assoc-{n}", strength=n % 4 / 10) for n in range(10)])
    curation.approve("assoc-3", "li")
    return curation


def test_pages_tell_each_item_once_strongest_first(many):
    seen, cursor = [], ""
    while True:
        page = many.items(cursor=cursor, limit=3)
        seen += [(-item.strength, item.id) for item in page.items]
        cursor = page.next
        if not cursor:
            break
    assert len(seen) == 10
    assert seen == sorted(seen)


@pytest.mark.parametrize(("asked", "count"), [
    ({"status": KnowledgeStatus.APPROVED}, 1), ({"status": KnowledgeStatus.PROPOSED}, 9),
    ({"kind": PatternKind.SEGMENT}, 0), ({"kind": PatternKind.ASSOCIATION}, 10), ({"q": "MILK"}, 10),
    ({"q": "牛奶"}, 10), ({"q": "assoc-7"}, 1), ({"q": "（assoc-7）"}, 1), ({"q": "nothing of the kind"}, 0),
    ({"q": "  "}, 10), ({"q": "who buys milk", "status": KnowledgeStatus.APPROVED}, 1), ({"q": "100%' OR 1=1"}, 0),
])
def test_filters_combine(many, asked, count):
    assert len(many.items(ItemQuery(**asked)).items) == count


def test_counts_tell_every_status_whatever_is_asked(many):
    assert many.items(ItemQuery(q="nothing")).counts == {KnowledgeStatus.APPROVED: 1, KnowledgeStatus.PROPOSED: 9}


def test_a_made_up_cursor_is_refused(many):
    with pytest.raises(InvalidInput, match="cursor 'abc'"):
        many.items(cursor="abc")
