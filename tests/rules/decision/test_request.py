import pytest

from kb.errors import InvalidInput
from ontology.vocabulary import ActionFamily, Channel
from rules.decision.request import Request


@pytest.mark.parametrize(("wrong", "told"), [
    ({"limit": 0}, "limit must be at least 1"),
    ({"context": {"direction": "up"}}, "unknown direction 'up'"),
    ({"context": {"family": "magic"}}, "unknown family 'magic'"),
    ({"context": {"family": ["care"]}}, "unknown family"),
])
def test_a_request_that_cannot_be_answered_is_refused(wrong, told):
    with pytest.raises(InvalidInput, match=told):
        Request(channel=Channel.WEB, **wrong)


@pytest.mark.parametrize(("channel", "is_outbound"), [
    ("phone", False), ("store", False), ("web", False), ("app", False), ("wechat", False),
    ("email", True), ("sms", True), ("mail", True),
])
def test_the_channel_tells_who_addresses_whom_unless_the_context_does(channel, is_outbound):
    assert Request(channel=Channel(channel)).is_outbound is is_outbound
    assert Request(channel=Channel(channel), context={"direction": "outbound"}).is_outbound
    assert not Request(channel=Channel(channel), context={"direction": "inbound"}).is_outbound


def test_one_family_may_be_asked_for():
    assert Request(channel=Channel.WEB, context={"family": "care"}).family is ActionFamily.CARE
    assert Request(channel=Channel.WEB).family is None


def test_a_request_survives_its_plain_form():
    request = Request(channel=Channel.WEB, context={"cart": ["pasta"], "direction": "outbound"}, limit=2)
    assert Request.from_plain(request.plain()) == request
