"""A bad record is refused with shape, path, value and what was expected; a good one passes."""

import json
import math

import pytest

from kb.model.action import Action
from kb.model.codec import to_plain
from kb.model.condition import Exists, Op, Test
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset, Period, Population, Refusal, Run
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from ontology.validation import ShapeFault, find_faults, validate, validate_many
from ontology.vocabulary import ActionFamily, Channel, KnowledgeKind, KnowledgeStatus, PatternKind, Purpose

WORDS = Text(zh="买面包的客户也买牛奶", en="who buys bread buys milk")
DIGEST = "sha256:" + "0" * 64
POPULATION = Population(what=WORDS, level="order", period=Period(start=0, end=10), size=7)
ITEM = to_plain(KnowledgeItem(
    id="assoc-1", kind=KnowledgeKind.HIDDEN, pattern_kind=PatternKind.ASSOCIATION, status=KnowledgeStatus.PUBLISHED,
    statement=WORDS, strength=1.0, measures={"support": 0.2, "lift": 3.5, "leverage": -0.1, "odd_new_measure": -7.0},
    antecedent=("bread",), consequent=("milk",), population=POPULATION, later_population=POPULATION, valid_from=1,
    recorded_at=2, run_id="run-1", datasets=(Dataset(name="order_lines", digest=DIGEST),), author="run-1",
    approver="wang"))
RULE = to_plain(Rule(
    id="rule-1", name=WORDS, propensity=0.3, sentence=WORDS, rests_on=("assoc-1",), author="li",
    when=Exists(fact="purchase", alias="p", where=Test(property="category", op=Op.EQ, operand="bread")),
    then=Recommend(action="cross_sell", arguments={"category": "milk"})))
ACTION = to_plain(Action(id="survey", name=WORDS, family=ActionFamily.SURVEY, purpose=Purpose.SERVICE, value=1.0,
                         cost=0.5, prior=0.1, contents={Channel.SMS: WORDS}))
REFUSAL = to_plain(Refusal(item_id="assoc-2", pattern_kind=PatternKind.ASSOCIATION, subject="bread|milk",
                           statement=WORDS, reason=WORDS, measures={"support": 0.2, "q_value": 0.4}))
RUN = to_plain(Run(run_id="run-1", as_of=9, seed=7, started_at=10, finished_at=12, code_version="0.1.0",
                   datasets=(Dataset(name="order_lines", digest=DIGEST),), parameters={"minimum": 0.01},
                   plan=(WORDS,)))
NOTE = {"note_id": "note-1", "text": "喜欢周末来电", "author": "li", "at": 5, "reviewed": False}
GOOD = {"KnowledgeItem": ITEM, "Rule": RULE, "Action": ACTION, "Refusal": REFUSAL, "Run": RUN, "Note": NOTE}

BOTH_LANGUAGES = "must be told in Chinese (zh) and in English (en)"
INSTANT = "must be an instant in epoch seconds"
BAD = [
    ("KnowledgeItem", "id", "", "must be an id"),
    ("KnowledgeItem", "kind", "secret", "must be a kind of knowledge"),
    ("KnowledgeItem", "pattern_kind", "hunch", "must be a kind of pattern"),
    ("KnowledgeItem", "status", "done", "must be a status of knowledge"),
    ("KnowledgeItem", "status", None, "must be a status of knowledge"),
    ("KnowledgeItem", "standing", "stands", "must be what the data says"),
    ("KnowledgeItem", "statement", {"zh": "只有中文"}, BOTH_LANGUAGES),
    ("KnowledgeItem", "statement", {"zh": "中文", "en": ""}, BOTH_LANGUAGES),
    ("KnowledgeItem", "statement", "one word", BOTH_LANGUAGES),
    ("KnowledgeItem", "strength", 1.01, "must be a number in [0, 1]"),
    ("KnowledgeItem", "strength", -0.1, "must be a number in [0, 1]"),
    ("KnowledgeItem", "strength", "high", "must be a number in [0, 1]"),
    ("KnowledgeItem", "strength", math.nan, "must be a number in [0, 1]"),
    ("KnowledgeItem", "measures.support", 1.2, "must lie in [0, 1]"),
    ("KnowledgeItem", "measures.confidence", -0.2, "must lie in [0, 1]"),
    ("KnowledgeItem", "measures.later_confidence", 2, "must lie in [0, 1]"),
    ("KnowledgeItem", "measures.probability", 1.5, "must lie in [0, 1]"),
    ("KnowledgeItem", "measures.lift", -1, "must be at least 0"),
    ("KnowledgeItem", "measures.leverage", -1.5, "must lie in [-1, 1]"),
    ("KnowledgeItem", "measures.odd", math.inf, "must be a finite number"),
    ("KnowledgeItem", "measures.odd", math.nan, "must be a finite number"),
    ("KnowledgeItem", "measures.odd", "many", "must be a finite number"),
    ("KnowledgeItem", "measures.odd", True, "must be a finite number"),
    ("KnowledgeItem", "measures.odd", None, "must be a finite number"),
    ("KnowledgeItem", "measures", "none", "must map names to numbers"),
    ("KnowledgeItem", "population", "everybody", "must be a population"),
    ("KnowledgeItem", "population.level", "shop", "must be a level that is counted"),
    ("KnowledgeItem", "population.what", {"en": "orders"}, BOTH_LANGUAGES),
    ("KnowledgeItem", "population.size", -1, "must be a whole number of at least 0"),
    ("KnowledgeItem", "population.period.start", 11, "must not lie after the end"),
    ("KnowledgeItem", "datasets.0.digest", "md5:1", "must be sha256: and 64 hex digits"),
    ("KnowledgeItem", "valid_from", None, INSTANT),
    ("KnowledgeItem", "valid_from", 1.5, INSTANT),
    ("KnowledgeItem", "valid_from", "2018-01-01", INSTANT),
    ("KnowledgeItem", "recorded_at", None, INSTANT),
    ("KnowledgeItem", "author", None, "must name a person or a run"),
    ("KnowledgeItem", "approver", "run-1", "must differ from the author"),
    ("KnowledgeItem", "approver", None, "must name a person, or policy a standing policy"),
    ("Rule", "id", None, "must be an id"),
    ("Rule", "name", {"en": "only English"}, BOTH_LANGUAGES),
    ("Rule", "when", None, "must be a condition"),
    ("Rule", "then", None, "must be an effect"),
    ("Rule", "level", "somewhere", "must be a level of a rule"),
    ("Rule", "status", "live", "must be a status of knowledge"),
    ("Rule", "propensity", 1.5, "must be a number in [0, 1]"),
    ("Rule", "value", -3, "must be money of at least 0"),
    ("Rule", "author", None, "must name a person or a run"),
    ("Action", "id", None, "must be an id"),
    ("Action", "name", {"zh": "只有中文"}, BOTH_LANGUAGES),
    ("Action", "family", "gifts", "must be an action family"),
    ("Action", "purpose", "fun", "must be a purpose"),
    ("Action", "value", -1.0, "must be money of at least 0"),
    ("Action", "cost", None, "must be money of at least 0"),
    ("Action", "prior", 1.1, "must be a number in [0, 1]"),
    ("Action", "life_days", 0, "must be a whole number of at least 1"),
    ("Action", "contents", "hello", "must map channels to words"),
    ("Refusal", "item_id", None, "must be an id"),
    ("Refusal", "pattern_kind", "hunch", "must be a kind of pattern"),
    ("Refusal", "statement", {"zh": "只有中文"}, BOTH_LANGUAGES),
    ("Refusal", "reason", {"en": "too rare"}, BOTH_LANGUAGES),
    ("Refusal", "measures.q_value", 1.4, "must lie in [0, 1]"),
    ("Run", "run_id", None, "must be an id"),
    ("Run", "as_of", "today", INSTANT),
    ("Run", "seed", None, "must be a whole number"),
    ("Run", "started_at", 13, "must not lie after finished_at"),
    ("Run", "code_version", "", "must be a version"),
    ("Run", "datasets.0.name", None, "must be a name"),
    ("Note", "note_id", None, "must be an id"),
    ("Note", "text", "", "must say something"),
    ("Note", "author", None, "must name a person"),
    ("Note", "at", "noon", INSTANT),
    ("Note", "reviewed", "yes", "must be true or false"),
]


def changed(record, path, value):
    """A copy of ``record`` with ``value`` at ``path``."""
    copy = json.loads(json.dumps(record))
    *parents, last = path.split(".")
    place = copy
    for part in parents:
        place = place[int(part) if part.isdecimal() else part]
    place[last] = value
    return copy


@pytest.mark.parametrize("shape", GOOD)
def test_a_good_record_passes(shape):
    validate(GOOD[shape], shape)


@pytest.mark.parametrize(("shape", "path", "value", "message"), BAD,
                         ids=[f"{shape}.{path}={value!r}"[:60] for shape, path, value, _ in BAD])
def test_a_bad_record_is_refused_with_shape_path_value_and_what_was_expected(shape, path, value, message):
    with pytest.raises(ShapeFault) as raised:
        validate(changed(GOOD[shape], path, value), shape)

    fault = raised.value
    assert (fault.shape, fault.path) == (shape, path)
    assert repr(fault.value) == repr(value)  # NaN is not equal to itself
    assert fault.message.startswith(message)
    assert str(fault) == f"{shape}: {path} {fault.message}, got {value!r}"


def test_an_item_is_of_the_kind_that_its_pattern_kind_yields():
    with pytest.raises(ShapeFault, match="pattern_kind must yield the kind of knowledge that the item is"):
        validate(changed(ITEM, "kind", "information"), "KnowledgeItem")


def test_a_policy_may_approve_in_place_of_a_person():
    validate(changed(changed(ITEM, "approver", None), "policy", "associations above lift 2"), "KnowledgeItem")


def test_a_proposed_item_needs_no_approver():
    validate(changed(changed(ITEM, "approver", None), "status", "proposed"), "KnowledgeItem")


def test_a_rejected_item_says_why():
    rejected = changed(ITEM, "status", "rejected")

    with pytest.raises(ShapeFault, match="reason must say why the item was rejected"):
        validate(rejected, "KnowledgeItem")
    validate(changed(rejected, "reason", "nobody sells both"), "KnowledgeItem")


@pytest.mark.parametrize(("start", "end"), [("valid_from", "valid_to"), ("recorded_at", "retired_at")])
def test_nothing_ends_before_it_starts(start, end):
    validate(changed(ITEM, end, ITEM[start]), "KnowledgeItem")

    with pytest.raises(ShapeFault, match=f"{start} must not lie after {end}"):
        validate(changed(ITEM, end, 0), "KnowledgeItem")


def test_a_channel_that_nobody_knows_has_no_content():
    with pytest.raises(ShapeFault, match=r"contents.pigeon.channel must be a channel \(known: app, email"):
        validate(changed(ACTION, "contents", {"pigeon": {"zh": "你好", "en": "hello"}}), "Action")


def test_the_known_terms_are_told_where_another_was_given():
    with pytest.raises(ShapeFault, match=r"known: approved, proposed, published, rejected, retired"):
        validate(changed(ITEM, "status", "done"), "KnowledgeItem")


def test_a_batch_names_the_record_that_does_not_fit():
    with pytest.raises(ShapeFault, match="strength") as raised:
        validate_many([ITEM, ITEM, changed(ITEM, "strength", 2.0)], "KnowledgeItem")

    assert raised.value.position == 2


def test_every_fault_of_a_batch_is_found_once():
    faults = find_faults([changed(ITEM, "strength", "x"), ITEM, changed(ITEM, "measures.odd", "x")], "KnowledgeItem")

    assert [(fault.position, fault.path) for fault in faults] == [(0, "strength"), (2, "measures.odd")]


def test_records_of_one_batch_do_not_lend_each_other_their_values():
    """They may have the same id, and the second must not pass on what the first one says."""
    assert [fault.position for fault in find_faults([ITEM, changed(ITEM, "author", None)], "KnowledgeItem")] == [1]


def test_an_empty_batch_fits():
    validate_many([], "KnowledgeItem")
