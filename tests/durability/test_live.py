"""The live release stays compiled, whichever releases replays ask for."""


from api.composition import open_use_cases
from kb.home import Home
from ontology.vocabulary import ActionFamily
from tests.homes import open_base


def test_a_release_that_was_rolled_back_to_is_not_compiled_anew_after_replays_of_later_ones(home):
    with open_use_cases(open_base(Home(home))) as service:
        for weight in range(2, 8):
            service.steering.set_levers({ActionFamily.SURVEY: float(weight)}, "li")
            service.publishing.publish("eve")
        service.publishing.rollback(1, "eve")
        live = service.releases.compiled()
        for number in range(2, 8):
            service.releases.of(number)
        assert service.releases.compiled() is live
        assert len(service.releases._compiled) == 4
