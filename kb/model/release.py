"""A numbered, immutable, approved set of rules, actions and policy, and the knowledge they rest on."""

from dataclasses import dataclass, field

from kb.model.action import Action, ContactPolicy, Levers
from kb.model.canonical import digest
from kb.model.figures import CustomerProduct
from kb.model.harm import HarmAcceptance
from kb.model.ids import Digest
from kb.model.knowledge import KnowledgeItem
from kb.model.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is served. Rules, actions and items are sorted by id.

    Args:
        number: 1, 2, 3 ...; a rollback makes no new number, it moves the pointer.
        published_at: Wall clock, epoch seconds.
        publisher: Who published it.
        accepted_harm: What must never be seen and was seen in it, and why it was published all the same.
    """

    number: int
    published_at: int
    publisher: str
    rules: tuple[Rule, ...]
    actions: tuple[Action, ...]
    items: tuple[KnowledgeItem, ...]
    policy: ContactPolicy
    levers: Levers = field(default_factory=Levers)
    accepted_harm: HarmAcceptance | None = None

    @property
    def fingerprint(self) -> Digest:
        """Digest of rules, actions, policies, statements and measures, and of nothing that names a run or a time.

        Numbers count to nine significant digits; see ``kb.model.canonical``.
        """
        return digest({
            "rules": [{"id": r.id, "when": r.when, "then": r.then, "level": r.level, "propensity": r.propensity,
                       "value": r.value, "sentence": r.sentence, "rests_on": r.rests_on} | _own(r) for r in self.rules],
            "actions": self.actions,
            "policy": self.policy,
            "levers": self.levers,
            "items": [{"id": i.id, "statement": i.statement, "measures": i.measures, "strength": i.strength}
                      for i in self.items],
        })


def _own(rule: Rule) -> dict[str, CustomerProduct]:
    """What a rule takes from the customer; nothing of a rule that takes nothing, so that it keeps its digest."""
    told = {"own_propensity": rule.own_propensity, "own_value": rule.own_value}
    return {name: product for name, product in told.items() if product is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSummary:
    """A release as a listing tells it: how much is in it, and what it is steered by.

    Args:
        rules: How many, as ``items`` and ``actions``.
        accepted_harm: Why it was published although a row of the harm table was seen in it; ``None``: none was.
    """

    number: int
    published_at: int
    publisher: str
    fingerprint: Digest
    rules: int
    items: int
    actions: int
    policy: ContactPolicy
    levers: Levers
    accepted_harm: str | None = None


def summary_of(release: Release) -> ReleaseSummary:
    """The summary of a release at hand."""
    return ReleaseSummary(
        number=release.number, published_at=release.published_at, publisher=release.publisher,
        fingerprint=release.fingerprint, rules=len(release.rules), items=len(release.items),
        actions=len(release.actions), policy=release.policy, levers=release.levers,
        accepted_harm=None if release.accepted_harm is None else release.accepted_harm.reason)
