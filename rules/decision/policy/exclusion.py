"""Actions that exclude each other: at most one in an answer, and none soon after another."""

from collections.abc import Iterable, Iterator

from kb.model.action import Action, Exclusion
from kb.model.facts import Row
from ontology.text import Text
from rules.decision.context import DecisionContext
from rules.decision.policy.block import Block, BlockKind, quiet_block
from rules.decision.policy.contacts import contacts_of, family_of, is_within

_SHUT_OUT = Text(zh="触达策略：与本次已推荐的“{other}”互斥，本次不再提出",
                 en='contact policy: not together with "{other}", which comes first in this answer')
_TOO_SOON = Text(zh="{ago}已提出与之互斥的“{other}”", en='"{other}", which excludes it, was offered {ago}')
_TODAY = Text(zh="今天", en="today")
_DAYS_AGO = Text(zh=" {days} 天前", en="{days} days ago")


def contact_exclusions(action: Action, context: DecisionContext) -> Iterator[Block]:
    """A block for each exclusion whose days are not over since a contact with another action that it covers."""
    for exclusion in context.compiled.release.policy.exclusions:
        if exclusion.covers(action.id, action.family):
            others = [row for row in contacts_of(context)
                      if is_within(row, exclusion.days) and _is_other(row, action, exclusion)]
            if others:
                yield _too_soon(min(others, key=lambda row: (row.days_ago or 0, row.key)), exclusion, context)


def shut_out(action: Action, taken: Iterable[Action], exclusions: Iterable[Exclusion]) -> tuple[Block, ...]:
    """A block for each exclusion of which another action stands in the answer already."""
    standing = [other for other in taken if other.id != action.id]
    return tuple(Block(kind=BlockKind.EXCLUSION, sentence=_SHUT_OUT.fill(other=first.name))
                 for exclusion in exclusions if exclusion.covers(action.id, action.family)
                 for first in [other for other in standing if exclusion.covers(other.id, other.family)][:1])


def _is_other(row: Row, action: Action, exclusion: Exclusion) -> bool:
    """Whether the contact is one with another action; one that names no action is told apart by its family."""
    made, family = row.values.get("action_id"), family_of(row)
    is_same = family == action.family.value if made is None else made == action.id
    return not is_same and exclusion.covers(made, family)


def _too_soon(row: Row, exclusion: Exclusion, context: DecisionContext) -> Block:
    days = row.days_ago or 0
    why = _TOO_SOON.fill(other=_name(row, context), ago=_DAYS_AGO.fill(days=days) if days else _TODAY)
    return quiet_block(BlockKind.EXCLUSION, context.calendar, days=exclusion.days - days, why=why)


def _name(row: Row, context: DecisionContext) -> Text:
    """What people call the action of a contact, or else its family."""
    compiled, family = context.compiled, str(family_of(row))
    made = [action.name for action in compiled.release.actions if action.id == row.values.get("action_id")]
    return made[0] if made else compiled.schema.labels.get(f"action_family.{family}", Text.same(family))
