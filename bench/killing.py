"""Engine workers killed at random under load, for a minute: how many answers failed or were wrong."""

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from ontology.schema import load_schema
from rules.conformance import draw_rules, naively_fired
from rules.engine.pool import EnginePool
from rules.engine.random_customers import draw_customers
from rules.interpreter import compile_rules

SECONDS = 60.0
WORKERS, THREADS = 2, 4
TOGETHER = (1, 1, 20, 60)  # how many customers one call may ask about
_SECONDS_BETWEEN = (0.05, 0.5)


@dataclass(slots=True)
class Count:
    """What came of the calls."""

    answers: int = 0
    engine: int = 0
    wrong: int = 0
    failed: int = 0
    killed: int = 0


def main() -> None:
    count = kill_under_load(SECONDS)
    print(f"{count.answers:,} answers in {SECONDS:.0f} s, {count.killed} workers killed: {count.failed} failed,"
          f" {count.wrong} wrong; {count.engine / count.answers:.1%} from the engine")
    assert (count.failed, count.wrong) == (0, 0)


def kill_under_load(seconds: float, *, seed: int = 7) -> Count:
    """Ask of one and of many while a worker is killed every now and then; the naive reading tells what is right."""
    ruleset = compile_rules(draw_rules(load_schema(), seed=seed), load_schema())
    people = [(facts, naively_fired(ruleset.rules.values(), facts))
              for facts in draw_customers(ruleset, count=200, seed=seed)]
    count, lock, ends = Count(), threading.Lock(), time.monotonic() + seconds
    with EnginePool(ruleset, workers=WORKERS) as pool:
        def ask(chance: Random) -> None:
            while time.monotonic() < ends:
                asked = chance.choices(people, k=chance.choice(TOGETHER))
                try:
                    answers = pool.fire_all(ruleset, [facts for facts, _ in asked])
                except Exception:  # noqa: BLE001  # any failure counts
                    with lock:
                        count.failed += len(asked)
                    continue
                with lock:
                    count.answers += len(answers)
                    count.engine += sum(answer.engine == "durable_rules" for answer in answers)
                    count.wrong += sum((answer.rule_ids, answer.conclusions) != expected
                                       for answer, (_, expected) in zip(answers, asked, strict=True))

        threads = [threading.Thread(target=ask, args=(Random(number),)) for number in range(THREADS)]  # noqa: S311
        for thread in threads:
            thread.start()
        count.killed = _kill(pool, Random(seed), ends)  # noqa: S311  # no secret
        for thread in threads:
            thread.join()
        count.wrong += pool.counters.disagreed
    return count


def _kill(pool: EnginePool, chance: Random, ends: float) -> int:
    killed = 0
    while time.monotonic() < ends:
        time.sleep(chance.uniform(*_SECONDS_BETWEEN))
        pids = pool.pids
        if pids:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(pids), signal.SIGKILL)
                killed += 1
    return killed


if __name__ == "__main__":
    main()
