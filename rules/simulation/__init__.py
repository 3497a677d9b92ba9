"""What if: a draft release against the live one over the whole base.

``simulate`` is the whole of it; ``difference`` says whose answers can differ, ``tally`` counts what became of their
first actions, ``estimate`` carries counts of a sample over to all, and ``effects`` holds what comes out.
"""

from rules.simulation.effects import Balance, Move, RuleChange, RuleEffect, Simulation, Step, Transition
from rules.simulation.estimate import Estimate, Shift
from rules.simulation.simulate import SAMPLE_ABOVE, simulate

__all__ = [
           "SAMPLE_ABOVE",
           "Balance",
           "Estimate",
           "Move",
           "RuleChange",
           "RuleEffect",
           "Shift",
           "Simulation",
           "Step",
           "Transition",
           "simulate",
]
