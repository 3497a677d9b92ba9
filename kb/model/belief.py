"""What people in the trade hold to be true, in a form that data can test."""

from dataclasses import dataclass
from typing import TypeAlias

from kb.model.ids import ItemId
from ontology.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherClaim:
    """Who buys all of ``antecedent`` buys ``consequent`` in the same order more often than in other such orders."""

    antecedent: tuple[str, ...]
    consequent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorClaim:
    """Customers with more of ``feature`` show the outcome ``label`` more often (``higher``), or less often.

    Args:
        label: An outcome that a miner foretells: ``lapsed``, ``silent``, ``cancelled`` or ``responded``.
        feature: A property of the customer.
        higher: Whether more of the feature is claimed to mean more of the outcome.
    """

    label: str
    feature: str
    higher: bool


Claim: TypeAlias = TogetherClaim | FactorClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """One claim with the words in which people say it.

    Args:
        author: Who holds it; never a run.
    """

    id: ItemId
    statement: Text
    claim: Claim
    author: str
