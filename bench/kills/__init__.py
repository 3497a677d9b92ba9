"""``python -m bench kills [--kills N] [--seed S] [--neo4j]``: SIGKILL under load, again and again, and what was lost.

A small shop is served by the real ``zhike serve`` under a load of decisions, outcomes, interactions, notes and
releases. Each round kills at a random moment: the service, the service while it takes up what miners found, an import,
or (with ``--neo4j``) the graph's server. Then the base is opened and held against everything that was acknowledged.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.kills.rounds import Proof


def main() -> None:
    """Print what was acknowledged and what is wrong; exit with 1 where anything is."""
    asked = argparse.ArgumentParser(prog="python -m bench kills")
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--neo4j", action="store_true", help="on a Neo4j of tests/neo4j, which is killed too")
    given = asked.parse_args()
    begun = time.perf_counter()
    with TemporaryDirectory() as folder, Proof(Path(folder), given.seed, on_neo4j=given.neo4j) as proof:
        for number in range(given.kills):
            print(f"  {number + 1}: {proof.kill_once()}", file=sys.stderr, flush=True)
        wrong = proof.check_all()
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(proof.kills.items()))
    print(f"{given.kills} kills in {time.perf_counter() - begun:.0f} s, seed {given.seed}: {kinds}")
    print(f"acknowledged: {proof.told}")
    print(f"lost or wrong: {len(wrong)}")
    for line in wrong[:20]:
        print(f"  {line}")
    if wrong:
        sys.exit(1)
