"""How long an answer takes with a challenger in shadow and without one, in turns within one run.

It reads the base in ``ZHIKE_HOME``, for instance that of ``zhike demo --no-serve``, whose live release is taken again
with another lever as the challenger; the base is copied first and left as it is.
"""

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from api.composition import UseCases, open_use_cases
from api.open_base import OpenBase
from api.settings import Settings
from kb.experiments.challenge import ChallengeMode
from kb.home import Home
from ontology.vocabulary import ActionFamily, Channel

TURNS, IN_A_TURN = 40, 10


def main() -> None:
    """Print the median and the 95th percentile of each."""
    home = Home(Settings().home)
    if not home.exists():
        print("skipped: there is no base in ZHIKE_HOME; make one with `zhike demo --no-serve`")
        return
    with home.own(), TemporaryDirectory() as folder:
        copy = Home(Path(shutil.copytree(home.path, Path(folder) / "home")))
        with open_use_cases(OpenBase(copy), engine_workers=1) as service:
            _report(service)


def _report(service: UseCases) -> None:
    service.steering.set_levers({ActionFamily.CROSS_SELL: 0.5}, "bench")
    challenger = service.publishing.publish("bench", aside=True)["number"]
    people = [found["customer_id"] for found in service.customers.find("", TURNS * IN_A_TURN)]
    _answers(service, people[:IN_A_TURN])
    taken: dict[str, list[float]] = {"alone": [], "shadow": []}
    for turn in range(TURNS):
        asked = people[turn * IN_A_TURN:(turn + 1) * IN_A_TURN]
        taken["alone"] += _answers(service, asked)
        service.challenging.start(challenger, ChallengeMode.SHADOW, 0.0, "bench")
        taken["shadow"] += _answers(service, asked)
        service.challenging.report()  # waits until the shadow has followed
        service.challenging.stop("bench")
    for name, seconds in taken.items():
        ranked = sorted(seconds)
        median, late = ranked[len(ranked) // 2], ranked[len(ranked) * 95 // 100]
        print(f"{name:8} {len(ranked)} answers: p50 {1e3 * median:.1f} ms, p95 {1e3 * late:.1f} ms")


def _answers(service: UseCases, people: list[str]) -> list[float]:
    taken = []
    for customer in people:
        begun = time.perf_counter()
        service.deciding.decide([customer], Channel.PHONE, {})
        taken.append(time.perf_counter() - begun)
    return taken


if __name__ == "__main__":
    main()
