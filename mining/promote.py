"""From a pattern that passed the gate to a knowledge item, and to the draft of a rule.

What differs by kind of pattern is in ``mining.kinds``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from kb.model.ids import ItemId, RuleId, RunId
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset, Pattern, Refusal
from kb.model.rule import Require, Rule
from mining.gate import GateVerdict
from mining.kinds import MINED_KINDS, mined_id
from ontology.quantities import measure
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, Level, Standing

_AND = Text(zh="和", en=" and ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What promotion needs to know of the run.

    Args:
        as_of: From then the item is true; ``now`` is when it is recorded.
        categories: Words for the categories of products.
    """

    schema: Schema
    categories: Mapping[str, Text]
    run_id: RunId
    as_of: int
    now: int
    datasets: tuple[Dataset, ...]


def item_id(pattern: Pattern) -> ItemId:
    """The id of the pattern's knowledge: from its kind and subject, whatever its numbers are."""
    return ItemId(pattern.subject) if MINED_KINDS[pattern.kind].is_own_id else mined_id(pattern.kind, pattern.subject)


def promote(pattern: Pattern, run: Promotion) -> KnowledgeItem:
    """The proposed knowledge item of a pattern.

    Raises:
        ValueError: If a measure is not a finite number.
    """
    odd = [name for name, value in pattern.measures.items() if not isfinite(value)]
    if odd:
        msg = f"pattern {pattern.subject!r} has measures that are not finite: {', '.join(odd)}"
        raise ValueError(msg)
    return KnowledgeItem(
        id=item_id(pattern), kind=run.schema.kinds[pattern.kind], pattern_kind=pattern.kind,
        status=KnowledgeStatus.PROPOSED, statement=state(pattern, run),
        strength=MINED_KINDS[pattern.kind].strength(pattern), subject=pattern.subject, standing=_standing(pattern),
        measures=dict(sorted(pattern.measures.items())), antecedent=pattern.antecedent, consequent=pattern.consequent,
        population=pattern.population, later_population=pattern.later_population, details=_plain(pattern.details),
        valid_from=run.as_of, recorded_at=run.now, run_id=run.run_id, datasets=run.datasets,
        author=str(pattern.details.get("author", run.run_id)))


def refuse(verdict: GateVerdict, run: Promotion) -> Refusal:
    """The record of a pattern that did not pass.

    Raises:
        ValueError: If the verdict has no reason.
    """
    if verdict.reason is None:
        msg = f"pattern {verdict.pattern.subject!r} passed and cannot be refused"
        raise ValueError(msg)
    pattern = verdict.pattern
    return Refusal(item_id=item_id(pattern), pattern_kind=pattern.kind, subject=pattern.subject,
                   statement=state(pattern, run), reason=verdict.reason, measures=pattern.measures)


def state(pattern: Pattern, run: Promotion) -> Text:
    """What the pattern says, in words with its numbers in them."""
    kind = MINED_KINDS[pattern.kind]
    said = [_filled(kind.other_statements.get(_standing(pattern), kind.statement), pattern, run)]
    if kind.taken is not None and "take_rate" in pattern.measures:
        said.append(_filled(kind.taken, pattern, run))
    return Text.joined(said, zh="", en="")


def draft_rule(pattern: Pattern, run: Promotion) -> Rule | None:
    """The rule that the pattern can become, as a proposal; ``None`` where there is nothing to do about it."""
    rule, item = MINED_KINDS[pattern.kind].rule, item_id(pattern)
    draft = rule.draft(pattern, item) if rule is not None else None
    if rule is None or draft is None:
        return None
    worth = pattern.details.get("worth")
    level = Level.SUITABILITY if isinstance(draft.then, Require) else Level.APPLICABILITY
    return Rule(id=RuleId(f"rule-{item}"), name=_filled(rule.name, pattern, run), when=draft.when, then=draft.then,
                level=level, propensity=draft.propensity, own_propensity=draft.own_propensity,
                value=worth if isinstance(worth, float) else None, own_value=draft.own_value,
                sentence=_filled(rule.sentence, pattern, run), rests_on=(item,), author=str(run.run_id))


def _standing(pattern: Pattern) -> Standing:
    return Standing(str(pattern.details.get("standing", Standing.HOLDS)))


def _filled(template: Text, pattern: Pattern, run: Promotion) -> Text:
    words: dict[str, object] = {name: measure(name, value) for name, value in pattern.measures.items()}
    words |= {name: value for name, value in pattern.details.items() if isinstance(value, Text)}
    words |= {"antecedent": _listed(pattern.antecedent, run.categories),
              "consequent": _listed(pattern.consequent, run.categories),
              "outcome": pattern.details.get("outcome_words", ""),
              "model": pattern.details.get("model_words", ""), "plain": pattern.details.get("plain_words", ""),
              "back": pattern.details.get("back_words", "")}
    words |= MINED_KINDS[pattern.kind].words(pattern)
    return template.fill(**words)


def _listed(items: tuple[str, ...], words: Mapping[str, Text]) -> Text:
    said = [words.get(item, Text.same(item)) for item in items]
    return Text(zh=_AND.zh.join(t.zh for t in said), en=_AND.en.join(t.en for t in said))


def _plain(value: Any) -> Any:
    """Details as JSON values: texts become objects of both languages."""
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value
