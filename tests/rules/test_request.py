import pytest

from kb.errors import InvalidInput
from ontology.text import Text
from ontology.vocabulary import Channel
from rules.serving.request import Categories, Request, with_moment

FOUND = Categories.of({"PASTA": Text(zh="意大利面", en="pasta"), "PASTA SAUCE": Text(zh="意面酱", en="pasta sauce")})


def moment(customer, **context):
    facts = with_moment(customer(), Request(channel=Channel.WEB, context=context), FOUND)
    return [row.values for row in facts.related["moment"]]


def test_the_channel_is_always_told(customer):
    assert moment(customer) == [{"signal": "channel", "value": "web"}]


@pytest.mark.parametrize(("words", "category"), [
    ("PASTA", "PASTA"), (" Pasta ", "PASTA"), ("意大利面", "PASTA"), ("cheap pasta sauce please", "PASTA SAUCE"),
    ("有没有意面酱", "PASTA SAUCE"), ("antipasta", None), ("", None),
])
def test_a_category_is_found_by_notation_by_label_and_within_a_search(words, category):
    assert FOUND.named_in(words) == category


def test_cart_search_and_page_become_rows_with_their_category(customer):
    rows = moment(customer, cart=["pasta", {"category": "PASTA SAUCE", "number": 2}], search="soap", page="意大利面")
    assert rows[1:] == [
        {"signal": "cart", "value": "pasta", "category": "PASTA"},
        {"signal": "cart", "category": "PASTA SAUCE", "number": 2.0},
        {"signal": "search", "value": "soap"},
        {"signal": "page", "value": "意大利面", "category": "PASTA"},
    ]


def test_the_moment_of_an_earlier_request_is_replaced(customer):
    once = with_moment(customer(), Request(channel=Channel.WEB, context={"cart": ["pasta"]}), FOUND)
    again = with_moment(once, Request(channel=Channel.PHONE), FOUND)
    assert [row.values["value"] for row in again.related["moment"]] == ["phone"]


def test_words_too_long_to_be_tested_are_left_out(customer):
    assert moment(customer, search="长" * 1_000)[1:] == [{"signal": "search"}]


@pytest.mark.parametrize(("wrong", "told"), [
    ({"limit": 0}, "limit must be at least 1"),
    ({"context": {"direction": "up"}}, "unknown direction 'up'"),
    ({"context": {"family": "magic"}}, "unknown family 'magic'"),
])
def test_a_request_that_cannot_be_answered_is_refused(wrong, told):
    with pytest.raises(InvalidInput, match=told):
        Request(channel=Channel.WEB, **wrong)


def test_a_request_survives_its_plain_form():
    request = Request(channel=Channel.WEB, context={"cart": ["pasta"], "direction": "outbound"}, limit=2)
    assert Request.from_plain(request.plain()) == request
