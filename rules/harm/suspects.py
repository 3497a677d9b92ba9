"""For whom it can come to a harm: by tables, over everybody, before anything is decided.

A card is seen where a rule raises it, every requirement on its action holds, and, in what we send, the customer has
consented. So nobody sees a card that a row forbids but those for whom all that and the row hold together. The fallback
counts as raised for everybody: it is shown where nothing else is, and that may be so for whoever asks for one family
alone. What hangs on the moment, and on an argument that is read from a fact, counts as possible here; the decision
knows it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from kb.model.action import Action
from kb.model.condition import ALWAYS, And, Condition, Or, Ref
from kb.model.harm import CategoryState, Harm
from kb.model.ids import CustomerKey, HarmId, RuleId
from kb.model.rule import Conclude, Recommend, Rule
from ontology.text import Text
from ontology.vocabulary import Channel, FactName
from rules.batch import Source, compile_tables, unfilled
from rules.condition.walk import reads
from rules.decision.compiled_release import CompiledRelease
from rules.decision.policy import may_be_sent
from rules.decision.reads import Reads
from rules.decision.request import ContactDirection, Request
from rules.harm.binding import about_card, about_items, arguments_in, can_hold, is_of_the_moment, named_now, possible
from rules.interpreter import compile_rules

_MOST_CARDS = 1_000  # every card there is: another family, or a higher limit, would show it
_NOTE = "harm"
_FALLBACK = RuleId("harm fallback")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where answers are looked at: on a channel, with the categories of a cart.

    Args:
        channel: The channel.
        direction: Who addresses whom.
        cart: Categories, sorted.
    """

    channel: Channel
    direction: ContactDirection
    cart: tuple[str, ...] = ()

    @property
    def request(self) -> Request:
        """What is asked there."""
        context = {"direction": self.direction} | ({"cart": list(self.cart)} if self.cart else {})
        return Request(channel=self.channel, context=context, limit=_MOST_CARDS)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A row, a rule that raises a card of which it speaks, and the row about that card as far as the rule tells it."""

    harm: Harm
    rule: Rule
    action: Action
    when: Condition

    @property
    def subject(self) -> tuple[str, ...]:
        """The row and the action; the rule too, where the row asks about its arguments."""
        is_of_arguments = bool(arguments_in(self.harm.when)) or self.harm.seen.category is not None
        return (self.harm.id, self.action.id, *((self.rule.id,) if is_of_arguments else ()))

    def settings(self) -> Iterator[Setting]:
        """Where the card would be seen: where customers call, also with the cart the rule asks for, and where we write.

        What we send ourselves is looked at without a cart.
        """
        if not self.harm.seen.is_outbound:
            carts = dict.fromkeys(((), tuple(sorted(set(named_now(self.rule.when))))))
            yield from (Setting(Channel.PHONE, "inbound", cart) for cart in carts)
        yield from (Setting(channel, "outbound") for channel in outbound_channels(self.harm))


@dataclass(frozen=True)
class Suspects:
    """The rows of a table against the rules of a release.

    Args:
        compiled: The release.
        harms: The rows.
        categories: The categories that are in a state now.
    """

    compiled: CompiledRelease
    harms: tuple[Harm, ...]
    categories: Mapping[CategoryState, frozenset[str]]

    @cached_property
    def rows(self) -> tuple[Harm, ...]:
        """The rows with the measures of the release's knowledge in them."""
        items = tuple(self.compiled.items.values())
        return tuple(replace(harm, when=about_items(harm.when, items)) for harm in self.harms)

    @cached_property
    def suspicions(self) -> tuple[Suspicion, ...]:
        """Every row with every rule that raises a card of which it may speak; those that ask nothing of now first."""
        return tuple(sorted(self._suspicions(), key=lambda one: (is_of_the_moment(one.rule.when), one.rule.id)))

    def by_customer(self, source: Source, as_of: int) -> dict[CustomerKey, tuple[Suspicion, ...]]:
        """Everybody for whom some suspicion can come true, with those that can."""
        wanted = self.suspicions
        if not wanted:
            return {}
        each = dict.fromkeys(one.when for one in wanted)
        asks = {when: RuleId(f"{_NOTE} {place}") for place, when in enumerate(each)}
        rules = compile_rules((*self._relaxed(), *_asking(asks)), self.compiled.schema)
        guards = {action.id: self._guards(action, as_of) for action in self.compiled.actions.values()}
        together = [{one.rule.id, asks[one.when], *guards[one.action.id]} for one in wanted]
        found = compile_tables(rules, self.compiled.schema).together(source, together, as_of=as_of)
        return {key: tuple(wanted[place] for place in places) for key, places in found.items()}

    def without_facts(self, source: Source) -> dict[HarmId, tuple[str, ...]]:
        """Rows that cannot hold for anybody, for want of a fact, and what nobody has: ``fact.property``."""
        asked = {harm.id: possible(harm.when) for harm in self.rows}
        read = {harm_id: frozenset(reads(when)) for harm_id, when in asked.items()}
        empty = unfilled(source, (pair for pairs in read.values() for pair in pairs if pair[0] in source))
        return {harm_id: tuple(sorted(".".join(pair) for pair in read[harm_id] & empty))
                for harm_id, when in asked.items() if not can_hold(when, empty)}

    def _suspicions(self) -> Iterator[Suspicion]:
        for harm in self.rows:
            for rule, effect, action in self._raised():
                is_sent = rule.id != _FALLBACK  # which is never sent
                if harm.seen.cover(action, is_outbound=is_sent) and is_about(harm, effect.arguments, self.categories):
                    when = And(parts=(about_card(harm.when, effect.arguments), _reached(harm, action)))
                    yield Suspicion(harm, rule, action, possible(when))

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        """Those of the release, and one that always speaks for the fallback."""
        fallback = self.compiled.fallback
        if fallback is None:
            return self.compiled.release.rules
        always = Rule(id=_FALLBACK, name=fallback.name, when=ALWAYS, then=Recommend(action=fallback.id), author=_NOTE)
        return (*self.compiled.release.rules, always)

    def _raised(self) -> Iterator[tuple[Rule, Recommend, Action]]:
        for rule in self._rules:
            if isinstance(rule.then, Recommend) and rule.then.action in self.compiled.actions:
                yield rule, rule.then, self.compiled.actions[rule.then.action]

    def _relaxed(self) -> Iterator[Rule]:
        """The rules as they may hold at some moment; what is concluded is concluded at the moment of the base."""
        for rule in self._rules:
            yield rule if isinstance(rule.then, Conclude) else replace(rule, when=possible(rule.when))

    def _guards(self, action: Action, as_of: int) -> frozenset[RuleId]:
        return frozenset(rule.id for rule in self.compiled.requirements
                         if rule.is_in_effect(as_of) and rule.guards(action))


def outbound_channels(harm: Harm) -> tuple[Channel, ...]:
    """Where what we send is looked at for a row."""
    return harm.seen.channels or (Channel.EMAIL,)


def _reached(harm: Harm, action: Action) -> Condition:
    """Whom an answer reaches: everybody who calls; what we send, those who let us."""
    if not harm.seen.is_outbound:
        return ALWAYS
    return Or(parts=tuple(may_be_sent(action, channel) for channel in outbound_channels(harm)))


def items_read(compiled: CompiledRelease, harms: Iterable[Harm]) -> frozenset[str] | None:
    """The knowledge that a rule or a row can read; ``None`` where one asks for more than named items."""
    rows = Suspects(compiled, tuple(harms), {}).rows
    asking = _asking({possible(row.when): RuleId(row.id) for row in rows})
    read = Reads.of((*compiled.release.rules, *asking)).related.get(FactName.KNOWLEDGE.value)
    if read is None:
        return frozenset()
    name, accepted = read.selector or ("", frozenset())
    return frozenset(map(str, accepted)) if name == "item" else None


def _asking(asks: Mapping[Condition, RuleId]) -> Iterator[Rule]:
    """A rule for each thing that is asked."""
    for when, name in asks.items():
        yield Rule(id=name, name=Text.same(name), when=when, then=Conclude(kind=_NOTE, value=name), author=_NOTE)


def is_about(harm: Harm, arguments: Mapping[str, object],
             categories: Mapping[CategoryState, frozenset[str]]) -> bool:
    """Whether a card with these arguments has those that the row compares with, and a category in the row's state."""
    if not arguments_in(harm.when) <= arguments.keys():
        return False
    if harm.seen.category is None:
        return True
    there, category = categories.get(harm.seen.category, frozenset()), arguments.get("category")
    return category in there or (bool(there) and isinstance(category, Ref))


def settings_of(suspicions: Iterable[Suspicion]) -> tuple[Setting, ...]:
    """Every setting in which one of them would be seen, each once; ``suspicions`` in the order of ``Suspects``.

    Where a row does not ask about the arguments of the card, one rule speaks for all that raise the same action: what
    holds the action back does not hang on them either.
    """
    speaking: dict[tuple[str, ...], Suspicion] = {}
    for one in suspicions:
        speaking.setdefault(one.subject, one)
    return tuple(dict.fromkeys(setting for one in speaking.values() for setting in one.settings()))
