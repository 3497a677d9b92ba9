"""A release made ready to decide: its rules compiled, its actions and knowledge at hand by id."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from kb.model.action import Action
from kb.model.condition import Condition, Scalar
from kb.model.decision import Evidence
from kb.model.facts import Facts, Row
from kb.model.ids import ActionId, ItemId, RuleId, RunId
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern_kinds import PATTERN_KINDS
from kb.model.pauses import PausedRule, RulePauses
from kb.model.release import Release
from kb.model.rule import Recommend, Require, Rule
from ontology.quantities import NO, YES
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, FactName
from rules.decision.figures import MeasuredRates
from rules.decision.reads import Reads
from rules.explain import sentence
from rules.interpreter import RuleSet, compile_rules
from rules.packs.pack import Ask, load_questions
from rules.reasoning import Logic, Region

_REMEMBERED = 20_000
_DECIMALS = 4



@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRelease:
    """What one release needs to decide and to say why.

    Args:
        labels: Words for the values that facts and arguments hold: categories, knowledge items, actions.
        zone: Of the base; quiet hours are local.
        logic: What follows from the rules' conditions.
        regions: For each rule that recommends, the alternatives under which it holds.
        describe: Puts a condition into words; it remembers what it has said, as why-not says much again and again.
        stakes: For each customer property that a recommending rule tests, the most expected money that hangs on it.
        rates: What outcomes say, in the state under which it decides; ``None``: nothing is learned.
        paused: The rules that recommend nothing for now, in the state ``pauses``; none where that is ``None``.
    """

    release: Release
    ruleset: RuleSet
    schema: Schema
    labels: Mapping[str, Text]
    zone: ZoneInfo
    rules: Mapping[RuleId, Rule]
    actions: Mapping[ActionId, Action]
    items: Mapping[ItemId, KnowledgeItem]
    requirements: tuple[Rule, ...]
    reads: Reads
    reads_of: Mapping[RuleId, Reads]
    logic: Logic
    regions: Mapping[RuleId, tuple[Region, ...]]
    describe: Callable[[Condition], Text]
    questions: tuple[Ask, ...]
    protected: frozenset[Ask]
    stakes: Mapping[str, float]
    rates: MeasuredRates | None = None
    pauses: int | None = None
    paused: Mapping[RuleId, PausedRule] = field(default_factory=dict)

    @classmethod
    def compile(cls, release: Release, schema: Schema, labels: Mapping[str, Text], *, zone: str = "UTC",
                questions: Iterable[Ask] | None = None) -> "CompiledRelease":
        """The release, compiled: once when it is published, not for each request.

        Args:
            release: What was published.
            schema: The ontology's, with the base's local attributes.
            labels: Words for categories and other values of the data.
            zone: The base's time zone, an IANA name.
            questions: What may be asked, the shipped ones unless others are given; those about tables that none of
                the release's knowledge was mined with are left out.
        """
        words: dict[str, Text] = dict(labels)
        words.update({item.id: _called(item) for item in release.items})
        words.update({action.id: action.name for action in release.actions})
        actions = {action.id: action for action in release.actions}
        describe = lru_cache(_REMEMBERED)(partial(sentence, schema=schema, labels=words))
        held = {data.name for item in release.items for data in item.datasets}
        asks = tuple(ask for ask in (load_questions() if questions is None else questions)
                     if not held or ask.table is None or ask.table in held)
        logic = Logic.of(release.rules, schema)
        return cls(
            release=release, ruleset=compile_rules(release.rules, schema), schema=schema, labels=words,
            zone=ZoneInfo(zone),
            rules={rule.id: rule for rule in release.rules}, actions=actions,
            items={item.id: item for item in release.items},
            logic=logic, regions={rule.id: logic.regions(rule.when) for rule in release.rules
                                  if isinstance(rule.then, Recommend)},
            describe=describe, reads_of={rule.id: Reads.of([rule]) for rule in release.rules},
            requirements=tuple(rule for rule in release.rules if isinstance(rule.then, Require)),
            reads=Reads.of(release.rules, also=[name for ask in asks for name in ask.properties]),
            questions=asks, protected=frozenset(ask for ask in asks if _is_protected(ask, schema)),
            stakes=_stakes(release.rules, actions))

    @property
    def rates_number(self) -> int | None:
        """Number of the rates under which it decides."""
        return None if self.rates is None else self.rates.state.number

    def under(self, rates: MeasuredRates | None) -> "CompiledRelease":
        """The same release under another state of the rates; nothing is compiled anew."""
        return self if rates is self.rates else replace(self, rates=rates)

    def pausing(self, number: int | None, state: RulePauses | None) -> "CompiledRelease":
        """The same release under a state of the pauses and its number."""
        if number is None or state is None:
            return self if self.pauses is None else replace(self, pauses=None, paused={})
        return self if number == self.pauses else replace(self, pauses=number,
                                                          paused={one.rule: one for one in state.rules})

    def under_states_of(self, other: "CompiledRelease") -> "CompiledRelease":
        """The same release under the rates and the pauses of another."""
        return replace(self, rates=other.rates, pauses=other.pauses, paused=other.paused)

    def prepare(self, facts: Facts) -> Facts:
        """``facts`` without what no rule can read, as a decision reads and keeps them; twice changes nothing."""
        return self.reads.keep(facts)

    @property
    def fallback(self) -> Action | None:
        """The first action of the fallback family, if the catalogue has one."""
        return next((action for action in self.release.actions if action.family is ActionFamily.FALLBACK), None)

    def say(self, text: Text, arguments: Mapping[str, Scalar]) -> Text:
        """``text`` with the arguments in it, each value in words where there are words for it.

        Only the arguments' own placeholders are touched: a sentence may quote names from the data, braces and all.
        """
        for name, value in arguments.items():
            word, place = self.word(value), f"{{{name}}}"
            text = Text(zh=text.zh.replace(place, word.zh), en=text.en.replace(place, word.en))
        return text

    def word(self, value: Scalar) -> Text:
        """The value in words, a number set off from Chinese by a space."""
        if isinstance(value, str):
            return self.labels.get(value, Text.same(value))
        digits = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
        return Text(zh=f" {digits}", en=digits)

    def word_of(self, fact: str, name: str, value: Scalar) -> Text:
        """The value of one property in words: yes or no, a term of its vocabulary, or a label."""
        if isinstance(value, bool):
            return YES if value else NO
        known = self.schema.facts[fact].properties.get(name)
        scheme = known.vocabulary if known is not None and known.vocabulary else name
        return self.schema.labels.get(f"{scheme}.{value}") or self.word(value)

    def evidence(self, rule: Rule, facts: Facts) -> tuple[Evidence, ...]:
        """The knowledge that ``rule`` rests on, with the customer's own score where the rules read it."""
        own = {row.values.get("item"): row for row in facts.related.get(FactName.KNOWLEDGE.value, ())}
        return tuple(_evidence(self.items[item], own.get(item)) for item in rule.rests_on if item in self.items)


def _called(item: KnowledgeItem) -> Text:
    """What sentences call an item: a group by its name, any other by its statement."""
    name, called = item.details.get("name"), PATTERN_KINDS[item.pattern_kind].called
    if called is None or not isinstance(name, Mapping):
        return item.statement
    return called.fill(name=Text(zh=str(name["zh"]), en=str(name["en"])))


def _evidence(item: KnowledgeItem, own: Row | None) -> Evidence:
    wanted = PATTERN_KINDS[item.pattern_kind].counts
    ranked = sorted(item.datasets, key=lambda data: (data.name not in wanted, data.name))
    score, run = (None, None) if own is None else (own.values.get("score"), own.values.get("run_id"))
    return Evidence(id=item.id, statement=item.statement, measures=item.measures, run_id=item.run_id,
                    dataset=ranked[0].digest if ranked else None,
                    score=score if isinstance(score, float) else None,
                    scored_by=RunId(run) if isinstance(run, str) else None)


def _is_protected(ask: Ask, schema: Schema) -> bool:
    known = schema.facts[FactName.CUSTOMER.value].properties
    return any(name in known and known[name].protected for name in ask.properties)


def _stakes(rules: Iterable[Rule], actions: Mapping[ActionId, Action]) -> Mapping[str, float]:
    stakes: dict[str, float] = {}
    for name, money in _tested(rules, actions):
        stakes[name] = max(money, stakes.get(name, 0.0))
    return stakes


def _tested(rules: Iterable[Rule], actions: Mapping[ActionId, Action]) -> Iterator[tuple[str, float]]:
    for rule in rules:
        action = actions.get(rule.then.action) if isinstance(rule.then, Recommend) else None
        if action is not None:
            for name in Reads.of([rule]).customer:
                yield name, worth(rule, action)


def worth(rule: Rule, action: Action) -> float:
    """Expected net money of offering ``action`` for the reason ``rule`` gives: chance times value, less the cost."""
    chance = action.prior if rule.propensity is None else rule.propensity
    return chance * (action.value if rule.value is None else rule.value) - action.cost
