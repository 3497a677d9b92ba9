"""How findings speak of conditions."""

from collections.abc import Callable
from typing import TypeAlias

from kb.model.condition import Condition
from ontology.text import Text

Wording: TypeAlias = Callable[[Condition], Text]
"""A condition in words."""
