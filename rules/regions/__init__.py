"""When a condition holds, as alternatives: in each, what every thing that it speaks of may be.

Sound, not complete: what is called impossible is impossible, whatever a customer is like; not everything impossible
is found.
"""

from rules.regions.keys import Conclusion, Count, Key, Pair, Place, by_depth, universe
from rules.regions.logic import Asked, Logic, Region
from rules.regions.values import Numbers, States, Words

__all__ = ["Asked", "Conclusion", "Count", "Key", "Logic", "Numbers", "Pair", "Place", "Region", "States", "Words",
           "by_depth", "universe"]
