"""One request about one customer under one release: what every step of a decision looks at."""

from collections.abc import Iterable
from dataclasses import dataclass

from kb.model.facts import Facts
from ontology.vocabulary import FactName, Signal
from rules.serving.request import Request
from rules.serving.served import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointers:
    """The categories that the moment speaks of."""

    in_cart: frozenset[str]
    looked_at: frozenset[str]

    @classmethod
    def of(cls, facts: Facts) -> "Pointers":
        """What the ``moment`` rows of ``facts`` speak of."""
        named = [(row.values["signal"], str(row.values["category"]))
                 for row in facts.related.get(FactName.MOMENT.value, ()) if "category" in row.values]
        return cls(in_cart=frozenset(category for signal, category in named if signal == Signal.CART),
                   looked_at=frozenset(category for signal, category in named if signal != Signal.CART))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One request about one customer under one release. ``facts`` are prepared (``Served.prepare``)."""

    request: Request
    facts: Facts
    served: Served
    pointers: Pointers

    @classmethod
    def of(cls, request: Request, facts: Facts, served: Served) -> "Occasion":
        """The occasion, its facts prepared."""
        prepared = served.prepare(facts, request)
        return cls(request=request, facts=prepared, served=served, pointers=Pointers.of(prepared))

    def is_known(self, properties: Iterable[str]) -> bool:
        """Whether one of these properties of the customer has a value."""
        return any(name in self.facts.customer for name in properties)
