"""The proof that the readings agree: random rules on random customers, and a release's own rules before it is served.

``draw`` draws rule sets over the whole language, ``naive`` is a fourth reading that follows the definition word for
word, ``readings`` are the three that serve, ``reasons`` says what a firing must tell, ``compare`` holds all that serves
against what must be, ``prove`` does so many times, and ``release`` once for a release.
"""

from rules.conformance.compare import REASONS, Agreement, Difference, compare
from rules.conformance.naive import naively_fired
from rules.conformance.prove import prove
from rules.conformance.random_rules import ACTIONS, draw_rules
from rules.conformance.readings import Reading, open_readings
from rules.conformance.reasons import traced_firing
from rules.conformance.release import demand_agreement

__all__ = [
           "ACTIONS",
           "REASONS",
           "Agreement",
           "Difference",
           "Reading",
           "compare",
           "demand_agreement",
           "draw_rules",
           "naively_fired",
           "open_readings",
           "prove",
           "traced_firing",
]
