"""Random rules over the whole language: written in each form and read again, they are the same rule."""

import json
import unicodedata
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import InvalidRule
from kb.model.codec import to_plain
from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Quantile, Ref, Test, Unknown, walk
from kb.model.figures import CustomerFigure, CustomerProduct
from kb.model.rule import Conclude, Example, Recommend, Require, Rule
from ontology.schema import PropertyType, load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, KnowledgeStatus, Level
from rules.condition.operators import OPERATORS, Shape, of_type
from rules.condition.walk import sought_aliases
from rules.formats.decision_table import from_rows, to_rows
from rules.formats.sentences import from_sentence, to_sentence, words
from rules.lint import check_rule
from rules.packs.pack import load_pack
from tests.rule_files import read_rules, write_rules

SCHEMA = load_schema()
PACK = load_pack()
ACTIONS = {action.id: action for action in PACK.actions}
RELATED = sorted(str(name) for name, fact in SCHEMA.facts.items() if fact.many)
ODD = ["", " ", "=1+1", "+1", "-1", "@x", "'x", '"', '"x"', "\\", "\\n", "\n", "\r\n", "\r", "\t x ", "\u2028",
       "_x000D_", "客户", "投诉", "是", "且", "；", "。", "is", "and", "there is", "yes", "{", "; b", "[",
       "$p.q", "$", "5", "5.0", "true", "null", "#N/A", "💎", "é", "2018-01-01", "a\x00b", "\x1b", "]]>", "<x>",
       "a" * 500]
WORDS = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NFC = WORDS.map(lambda word: unicodedata.normalize("NFC", word))
WHOLE = st.integers(-10**14, 10**14)
NUMBERS = WHOLE | st.floats(-1e14, 1e14) | st.sampled_from([-0.0, 1e-9, 0.1, 123456.789012345, 1e14, 5.0, 5])
NUMERIC = {PropertyType.NUMBER, PropertyType.INTEGER}
RANKED = {"customer", "subscription"}
ORDERS = [Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE]
COUNTS = [(1, None), (0, 0), (2, None), (0, 1), (1, 2), (1, 1), (3, 3)]
INSTANTS = st.none() | st.integers(-10**10, 10**11)
OFTEN = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def constants(known):
    match known.type:
        case PropertyType.BOOLEAN:
            return st.booleans()
        case PropertyType.STRING:
            return st.sampled_from(known.choices) if known.choices else NFC
        case _:
            return NUMBERS


@st.composite
def comparisons(draw, fact, scope):
    known = draw(st.sampled_from(list(SCHEMA.facts[fact].properties.values())))
    is_number = known.type in {PropertyType.NUMBER, PropertyType.INTEGER}
    others = [Ref(alias=alias, property=other.name) for alias, of in scope.items()
              for other in SCHEMA.facts[of].properties.values() if other.type is known.type]
    plain = ORDERS if is_number else ORDERS[:2]
    if others and draw(st.integers(0, 3)) == 0:
        return Test(property=known.name, op=draw(st.sampled_from(plain)), operand=draw(st.sampled_from(others)))
    op, value = draw(st.sampled_from(of_type(known.type))), constants(known)
    if OPERATORS[op].shape is Shape.RANGE:
        return Test(property=known.name, op=op, operand=tuple(sorted((draw(value), draw(value)))))
    if OPERATORS[op].shape is Shape.CHOICE:
        return Test(property=known.name, op=op, operand=tuple(draw(st.lists(value, min_size=1, max_size=3))))
    is_ranked = is_number and op in ORDERS[2:] and fact in RANKED and draw(st.integers(0, 3)) == 0
    return Test(property=known.name, op=op, operand=draw(value), quantile=draw(quantiles(fact)) if is_ranked else None)


def quantiles(fact):
    ranked = [known.name for known in SCHEMA.facts[fact].properties.values() if known.type in NUMERIC]
    return st.builds(Quantile, at=st.integers(1, 99).map(lambda hundredth: hundredth / 100),
                     of=st.none() | st.sampled_from(ranked))


@st.composite
def conditions(draw, names, fact="customer", scope=None, depth=0):
    """A condition whose rows are called by ``names``, each once."""
    scope = {"customer": "customer"} if scope is None else scope
    kinds = ["test"] * 3 + ["known", "unknown"] + ["and", "or", "and", "not"] * (depth < 3)
    kinds += ["exists"] * (2 if len(scope) < 3 else 0) + ["concluded"] * (fact == "customer")
    inside = conditions(names, fact, scope, depth + 1)
    match draw(st.sampled_from(kinds)):
        case "test":
            return draw(comparisons(fact, scope))
        case "known" | "unknown" as kind:
            name = draw(st.sampled_from(sorted(SCHEMA.facts[fact].properties)))
            return (Known if kind == "known" else Unknown)(property=name)
        case "and" | "or" as kind:
            return (And if kind == "and" else Or)(parts=tuple(draw(st.lists(inside, max_size=3))))
        case "not":
            return Not(part=draw(inside))
        case "concluded":
            return Concluded(kind=draw(NFC), value=draw(NFC))
        case _:
            of = draw(st.sampled_from(RELATED))
            alias = f"{draw(st.sampled_from([of, 'is', 'of', 'c']))}{next(names)}"
            least, most = draw(st.sampled_from(COUNTS))
            where = draw(conditions(names, of, {**scope, alias: of}, max(depth, 1)))
            return Exists(fact=of, alias=alias, where=where, at_least=least, at_most=most)


@st.composite
def effects(draw, when):
    match draw(st.sampled_from(["recommend", "recommend", "family", "action", "conclude"])):
        case "family":
            return Require(family=draw(st.sampled_from(ActionFamily)))
        case "action":
            return Require(action=draw(st.sampled_from(sorted(ACTIONS))))
        case "conclude":
            return Conclude(kind=draw(WORDS), value=draw(WORDS))
        case _:
            read = [Ref(alias="customer", property="city")]
            facts = {row.alias: row.fact for row in walk(when) if isinstance(row, Exists)}
            read += [Ref(alias=alias, property=name) for alias in sorted(sought_aliases(when))
                     for name in SCHEMA.facts[facts[alias]].properties]
            value = NFC | NUMBERS | st.booleans() | st.sampled_from(read)
            names = sorted({name for action in ACTIONS.values() for name in action.parameters})
            return Recommend(action=draw(st.sampled_from(sorted(ACTIONS))),
                             arguments={name: draw(value) for name in draw(st.permutations(names))})


def values(fact):
    known = SCHEMA.facts[fact].properties
    return st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: constants(known[name]) for name in names}))


TEXTS = st.builds(Text, zh=WORDS, en=WORDS)
ROWS = st.lists(st.sampled_from(RELATED), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: st.lists(values(name), max_size=2).map(tuple) for name in names}))
EXAMPLES = st.builds(Example, name=WORDS, customer=values("customer"), related=ROWS, fires=st.booleans(),
                     conclusions=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple))


FIGURES = (st.builds(CustomerFigure, property=st.sampled_from(["score", "amount"]), item=WORDS)
           | st.builds(CustomerFigure, property=st.sampled_from(sorted(SCHEMA.facts["customer"].properties))))
PRODUCTS = st.none() | st.builds(CustomerProduct, share=st.just(1.0) | st.floats(0, 1e9),
                                 figures=st.lists(FIGURES, min_size=1, max_size=3).map(tuple))


@st.composite
def rules(draw):
    when = draw(conditions(count()))
    return Rule(
        id=draw(WORDS), name=draw(TEXTS), author=draw(WORDS), when=when, then=draw(effects(when)),
        level=draw(st.sampled_from(Level)), propensity=draw(st.none() | st.floats(0, 1)),
        own_propensity=draw(PRODUCTS), own_value=draw(PRODUCTS),
        value=draw(st.none() | st.floats(-1e14, 1e14)), sentence=draw(st.none() | TEXTS),
        rests_on=tuple(draw(st.lists(WORDS, max_size=2))), valid_from=draw(INSTANTS), valid_to=draw(INSTANTS),
        status=draw(st.sampled_from(KnowledgeStatus)), examples=tuple(draw(st.lists(EXAMPLES, max_size=2))))


def assert_same(found, expected):
    """Equal, and of the same types: in Python 1, 1.0 and ``True`` are equal too."""
    assert list(found) == list(expected)
    assert [told(rule) for rule in found] == [told(rule) for rule in expected]


def told(rule):
    return json.dumps(to_plain(rule), sort_keys=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("forms")


@pytest.mark.parametrize("suffix", [".toml", ".txt", ".xlsx", ".csv"])
@pytest.mark.parametrize("language", ["zh", "en"])
@OFTEN
@given(drawn=st.lists(rules(), max_size=3))
def test_rules_written_in_a_file_are_read_again(folder, suffix, language, drawn):
    write_rules(folder / f"rules{suffix}", drawn, SCHEMA, language)
    assert_same(read_rules(folder / f"rules{suffix}", SCHEMA), drawn)


@pytest.mark.parametrize("language", ["zh", "en"])
@OFTEN
@given(rule=rules())
def test_a_rule_written_as_a_sentence_is_read_again(language, rule):
    assert_same([from_sentence(to_sentence(rule, SCHEMA, language), SCHEMA, language)], [rule])


@pytest.mark.parametrize("suffix", [".toml", ".txt", ".xlsx", ".csv"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shipped_rules_are_read_again(folder, suffix, language):
    write_rules(folder / f"pack{suffix}", PACK.rules, SCHEMA, language)
    assert_same(read_rules(folder / f"pack{suffix}", SCHEMA), PACK.rules)


SPOKEN = [said.say(language) for said in words.WORDS.values() for language in ("zh", "en")]
SIGNS = ["客户", "的", "c's", "pet", " ", "\n", ";", "；", "(", '"', "=", "5", "-", "_x000D_", "是否"]
LABELS = st.lists(st.sampled_from(SPOKEN + SIGNS), min_size=1, max_size=4)


@st.composite
def schemas(draw):
    """The fact types under labels that a base might give them: words of the language, signs, one label for many."""
    facts = {}
    for name, fact in SCHEMA.facts.items():
        pool = [Text.same("".join(draw(LABELS))) for _ in range(3)] + [Text.same(" ".join(draw(LABELS)))]
        label = st.sampled_from(pool)
        facts[name] = replace(fact, labels=draw(label | st.just(fact.labels)), properties={
            key: replace(known, labels=draw(label | st.just(known.labels))) for key, known in fact.properties.items()})
    return replace(SCHEMA, facts=facts)


@pytest.mark.parametrize("language", ["zh", "en"])
@OFTEN
@given(rule=rules(), schema=schemas())
def test_a_rule_is_read_again_whatever_a_base_calls_its_properties(language, rule, schema):
    assert from_sentence(to_sentence(rule, schema, language), schema, language) == rule
    assert from_rows(to_rows([rule], schema, language), schema, source="drawn") == (rule,)


def test_the_drawn_rules_are_rules_of_the_language():
    """Most are accepted by the check: what it refuses are names and examples, which the forms carry all the same."""
    seen = {"accepted": 0, "drawn": 0}

    @OFTEN
    @given(conditions(count()))
    def draw(when):
        seen["drawn"] += 1
        rule = Rule(id="r", name=Text.same("r"), author="draw", when=when, then=Require(family=ActionFamily.CARE))
        try:
            check_rule(rule, SCHEMA, ACTIONS)
        except InvalidRule:
            return
        seen["accepted"] += 1

    draw()
    assert seen["accepted"] > seen["drawn"] / 2
