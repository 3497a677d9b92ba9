"""Sentences of the controlled language to rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lark import Token, Tree

from kb.model.condition import (
    ALWAYS,
    And,
    Concluded,
    Condition,
    Exists,
    Known,
    Not,
    Op,
    Or,
    Quantile,
    Ref,
    Scalar,
    Test,
    Unknown,
)
from kb.model.figures import AMOUNT, SCORE, CustomerFigure, CustomerProduct
from kb.model.ids import ActionId, ItemId, RuleId
from kb.model.rule import Conclude, Effect, Example, Recommend, Require, Rule
from kb.suggestion import did_you_mean
from ontology.schema import PropertyType
from ontology.vocabulary import ActionFamily, KnowledgeStatus, Level
from rules.condition.walk import CUSTOMER, facts_of
from rules.formats.sentences.grammar import refusal_at
from rules.formats.sentences.terms import TermNames, Terms
from rules.formats.sentences.tokens import (
    Part,
    as_token,
    as_tree,
    bilingual_at,
    figure_in,
    first_token,
    instant_in,
    name_at,
    number_at,
    once,
    text_at,
    whole_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceReader:
    """Reads conditions whose tests read ``fact``; ``facts`` tells the fact type of each alias."""

    terms: Terms
    fact: str = CUSTOMER
    facts: Mapping[str, str] = field(default_factory=lambda: {CUSTOMER: CUSTOMER})

    def rule(self, tree: Tree[Token]) -> Rule:
        """A whole rule."""
        title, name, author, condition, effect, *more = tree.children
        (level, propensity, own_propensity, worth, own_worth, because, rests_on, valid_from, valid_to, status,
         *examples) = map(as_tree, more)
        when = self.condition(as_tree(condition))
        return Rule(
            id=RuleId(text_at(title)), name=bilingual_at(as_tree(name).children[0]),
            author=text_at(as_tree(author).children[0]), when=when, then=self.effect(as_tree(effect), when),
            level=Level(self._word(level, self.terms.levels()) or Level.APPLICABILITY),
            propensity=figure_in(propensity), own_propensity=self._product_in(own_propensity),
            value=figure_in(worth), own_value=self._product_in(own_worth),
            sentence=bilingual_at(because.children[0]) if because.children[0] else None,
            rests_on=tuple(ItemId(text_at(item)) for item in rests_on.children if item is not None),
            valid_from=instant_in(valid_from), valid_to=instant_in(valid_to),
            status=KnowledgeStatus(self._word(status, self.terms.statuses()) or KnowledgeStatus.PROPOSED),
            examples=tuple(map(self.example, examples)))

    def condition(self, tree: Tree[Token]) -> Condition:
        """A condition."""
        read: Callable[[SentenceReader, Tree[Token]], Condition] = _READ[tree.data]
        return read(self, tree)

    def parts(self, tree: Tree[Token]) -> tuple[Condition, ...]:
        """Conditions that are joined by *and*."""
        return tuple(self.condition(as_tree(part)) for part in tree.children)

    def effect(self, tree: Tree[Token], when: Condition) -> Effect:
        """What a rule does; ``when`` tells the rows that its arguments are read from."""
        first, *more = tree.children
        match tree.data:
            case "recommend":
                given = {} if more[0] is None else self.arguments(as_tree(more[0]), when)
                return Recommend(action=ActionId(text_at(first)), arguments=given)
            case "admit_action":
                return Require(action=ActionId(text_at(first)))
            case "admit_family":
                return Require(family=ActionFamily(self._named(first, self.terms.families())))
            case _:
                return Conclude(kind=text_at(first), value=text_at(more[-1]))

    def arguments(self, tree: Tree[Token], when: Condition) -> dict[str, Scalar | Ref]:
        """The arguments of an action."""
        inside = replace(self, facts=facts_of(when))
        told = map(as_tree, tree.children)
        return once((as_token(part.children[0]), name_at(part.children[0]), inside.operand(None, part.children[1]))
                     for part in told)

    def product(self, tree: Tree[Token]) -> CustomerProduct:
        """A share of numbers of the customer."""
        share, *figures = tree.children
        return CustomerProduct(share=1.0 if share is None else float(as_token(share)),
                               figures=tuple(self._figure(as_tree(figure)) for figure in figures))

    def example(self, tree: Tree[Token]) -> Example:
        """An example."""
        name, fires, *given = tree.children
        customer: dict[str, Scalar] = {}
        related: dict[str, tuple[Mapping[str, Scalar], ...]] = {}
        conclusions: list[tuple[str, str]] = []
        for part in (as_tree(one) for one in given if one is not None):
            if part.data == "conclusion":
                conclusions.append((text_at(part.children[0]), text_at(part.children[1])))
                continue
            fact = self._fact(part.children[0])
            rows = [] if part.data == "no_row" else [replace(self, fact=fact).values(part)]
            if fact == CUSTOMER:
                customer |= rows[0] if rows else {}
            else:
                related[fact] = (*related.get(fact, ()), *rows)
        return Example(name=text_at(name), customer=customer, related=related, conclusions=tuple(conclusions),
                       fires=as_token(fires).type == "FIRES")

    def values(self, row: Tree[Token]) -> dict[str, Scalar]:
        """The values of one row of an example."""
        told = (as_tree(value) for value in row.children[1:] if value is not None)
        return once((first_token(value), *self._value(value)) for value in told)

    def operand(self, name: str | None, part: Part) -> Scalar | Ref:
        """A constant as the property called ``name`` has it, or a property of another fact."""
        tree = as_tree(part)
        if tree.data == "constant":
            return self.constant(name, as_token(tree.children[0]))
        owner = as_token(tree.children[0])
        alias = self.terms.alias(owner)
        if alias not in self.facts:
            msg = f"no row is called {alias!r} here"
            raise refusal_at(owner, msg, did_you_mean(alias, self.facts))
        return Ref(alias=alias, property=replace(self, fact=self.facts[alias]).property(tree.children[1]))

    def constant(self, name: str | None, token: Token) -> Scalar:
        """A constant as the property called ``name`` has it."""
        match token.type:
            case "NUMBER":
                return number_at(token)
            case "STRING":
                return text_at(token)
            case "TERM":
                return self._choice(name, token)
            case _:
                return token.type == "YES"

    def property(self, part: Part) -> str:
        """The name of the property that a word means."""
        return self._named(part, self.terms.properties(self.fact))

    def _product_in(self, tree: Tree[Token]) -> CustomerProduct | None:
        """The product of an optional line; ``None`` where the line is missing."""
        return None if tree.children[0] is None else self.product(as_tree(tree.children[0]))

    def _figure(self, tree: Tree[Token]) -> CustomerFigure:
        if tree.data == "own":
            return CustomerFigure(property=self.property(tree.children[0]))
        item = ItemId(text_at(tree.children[0]))
        return CustomerFigure(property=SCORE if tree.data == "score" else AMOUNT, item=item)

    def _value(self, tree: Tree[Token]) -> tuple[str, Scalar]:
        name = self.property(tree.children[0])
        return name, self.constant(name, as_token(as_tree(tree.children[1]).children[0]))

    def _choice(self, name: str | None, token: Token) -> str:
        known = None if name is None else self.terms.property(self.fact, name)
        if known is not None and known.choices:
            return self._named(token, self.terms.values(known))
        word = token.strip()
        wanted = "yes or no" if known and known.type is PropertyType.BOOLEAN else "a number or a text in quotes"
        msg = f"found {word!r}, expected {wanted}"
        raise refusal_at(token, msg, f'write "{word}" in quotes if it is a text')

    def _fact(self, part: Part) -> str:
        return self._named(part, self.terms.facts())

    def _word(self, tree: Tree[Token], names: TermNames) -> str | None:
        word = tree.children[0]
        return None if word is None else self._named(word, names)

    def _named(self, part: Part, names: TermNames) -> str:
        """The notation that a label, or a notation in quotes, means."""
        token = as_token(part.children[0] if isinstance(part, Tree) else part)
        given = text_at(token) if token.type == "STRING" else token.strip()
        found = given if token.type == "STRING" and given in names.labels else names.meant(given)
        if found is None:
            msg = f"unknown name {given!r}"
            raise refusal_at(token, msg, did_you_mean(given, map(names.said, names.labels)))
        return found

    def exists(self, tree: Tree[Token]) -> Exists:
        """Related rows."""
        count, word, called, where = tree.children
        fact = self._fact(word)
        name = as_tree(called).children[0]
        alias = fact if name is None else str(name)
        tests = as_tree(where).children[0]
        inside = replace(self, fact=fact, facts={**self.facts, alias: fact})
        least, most = _bounds(count)
        return Exists(fact=fact, alias=alias, at_least=least, at_most=most,
                      where=ALWAYS if tests is None else inside.condition(as_tree(tests)))

    def choice(self, tree: Tree[Token]) -> Test:
        """A choice of constants."""
        name = self.property(tree.children[0])
        members = (self.operand(name, member) for member in tree.children[2:])
        return Test(property=name, op=_op(tree), operand=tuple(one for one in members if not isinstance(one, Ref)))

    def comparison(self, tree: Tree[Token]) -> Test:
        """A test by an operator."""
        name = self.property(tree.children[0])
        operand, at, ranked = tree.children[2:]
        quantile = None if at is None else Quantile(
            at=float(as_token(at)), of=None if ranked is None else self.property(ranked))
        return Test(property=name, op=_op(tree), operand=self.operand(name, operand), quantile=quantile)

    def range(self, tree: Tree[Token]) -> Test:
        """A test by both ends."""
        low, high = (number_at(as_token(end)) for end in tree.children[2:])
        return Test(property=self.property(tree.children[0]), op=_op(tree), operand=(low, high))


_READ: Mapping[str, Callable[[SentenceReader, Tree[Token]], Condition]] = {
    "comparison": SentenceReader.comparison, "range": SentenceReader.range, "choice": SentenceReader.choice,
    "exists": SentenceReader.exists,
    "known": lambda reader, tree: Known(property=reader.property(tree.children[0])),
    "unknown": lambda reader, tree: Unknown(property=reader.property(tree.children[0])),
    "conjunction": lambda reader, tree: And(parts=reader.parts(tree)),
    "disjunction": lambda reader, tree: Or(parts=reader.parts(tree)),
    "only_all": lambda reader, tree: And(parts=reader.parts(tree)),
    "only_any": lambda reader, tree: Or(parts=reader.parts(tree)),
    "always": lambda _, __: And(parts=()),
    "never": lambda _, __: Or(parts=()),
    "negation": lambda reader, tree: Not(part=reader.condition(as_tree(tree.children[0]))),
    "concluded": lambda _, tree: Concluded(kind=text_at(tree.children[0]), value=text_at(tree.children[2])),
}


def _op(tree: Tree[Token]) -> Op:
    """The operator of a test, which stands after the property."""
    return Op[as_token(tree.children[1]).type]


def _bounds(count: Part) -> tuple[int, int | None]:
    if isinstance(count, Token):
        return (1, None) if count.type == "SOME" else (0, 0)
    bounds = as_tree(as_tree(count).children[0])
    low, *high = (whole_at(as_token(token)) for token in bounds.children)
    match bounds.data:
        case "at_least":
            return low, None
        case "at_most":
            return 0, low
        case _:
            return low, high[0]
