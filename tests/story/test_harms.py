"""The demo as it is published shows no household what must never be seen, and says what it looked at."""

from api.settings import Settings
from api.startup import open_service


def test_nobody_sees_what_must_never_be_seen(demo_copy):
    with open_service(Settings(home=demo_copy, engine_workers=0)) as service:
        found = service.harms.of_next()
    assert (found["customers"], found["findings"]) == (2_469, [])
    assert {"courting-the-unhappy", "thanks-while-an-order-is-missing", "contact-on-a-refused-channel"} == {
        row["harm_id"] for row in found["without_facts"]}
