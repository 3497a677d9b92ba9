"""The live release stays compiled, whichever releases replays ask for."""

from contextlib import closing

from api.service import Service
from kb.home import Home
from ontology.vocabulary import ActionFamily
from tests.homes import open_base


def test_a_release_that_was_rolled_back_to_is_not_compiled_anew_after_replays_of_later_ones(home):
    with closing(Service(open_base(Home(home)))) as service:
        for weight in range(2, 8):
            service.set_levers({ActionFamily.SURVEY: float(weight)}, "li")
            service.publish("eve")
        service.rollback(1, "eve")
        live = service._live.compiled()
        for number in range(2, 8):
            service._live.of(number)
        assert service._live.compiled() is live
        assert len(service._live._compiled) == 4
