"""Rules out to a file, edited, and in again: what is taken in, what is left alone, and what is refused whole."""

import json
from dataclasses import replace

import pytest

from api.cli import rules as commands
from api.use_cases.knowledge.rules import Rules
from kb.errors import Conflict, Forbidden, InvalidInput, InvalidRule
from kb.home import Home
from kb.model.condition import Op, Test
from kb.model.rule import Example
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus
from rules.packs.pack import load_pack
from tests.homes import copy_home, export_file, make_home, open_base, take_in_file
from tests.rule_files import read_rules, write_rules

TAKEN = ("attitude-unhappy", "calm-before-campaign", "fault-open")
PACK = tuple(rule for rule in load_pack().rules if rule.id in TAKEN)
NEW = replace(PACK[2], id="fault-ever", status=KnowledgeStatus.PUBLISHED, author="somebody")
NOTHING = {"new": [], "changed": [], "unchanged": 0, "waiting": [], "status": "proposed"}
FORMS = [".toml", ".txt", ".xlsx", ".csv"]


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("empty") / "home", name=Text.same("test"), zone="Asia/Shanghai",
                     currency="CNY", as_of=1_514_808_000)
    open_base(home).close()
    return home.path


@pytest.fixture
def base(empty_home, tmp_path):
    with open_base(Home(copy_home(empty_home, tmp_path / "home"))) as opened:
        opened.curation.save_rules(PACK, "li")
        yield opened


@pytest.fixture
def files(base):
    return Rules(curation=base.curation, graph=base.graph, ontology=base.ontology, tables=base.tables)


def written(base, path, *rules):
    write_rules(path, rules, base.ontology.schema, "en")
    return path


@pytest.mark.parametrize("suffix", FORMS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_exported_and_taken_in_again_changes_nothing(base, files, tmp_path, suffix, language):
    path = tmp_path / f"rules{suffix}"
    assert export_file(files, path, language) == {"file": str(path), "rules": 3, "waiting": []}
    before = base.curation.known_rules()
    assert read_rules(path, base.ontology.schema) == before
    assert take_in_file(files, path, "wang") == {**NOTHING, "unchanged": 3}
    assert (base.curation.known_rules(), base.curation.waiting_drafts()) == (before, ())


@pytest.mark.parametrize("suffix", FORMS)
def test_new_and_changed_rules_are_drafts_of_who_takes_them_in(base, files, tmp_path, suffix):
    changed = replace(PACK[1], name=Text(zh="新名", en="a new name"))
    path = written(base, tmp_path / f"rules{suffix}", PACK[0], changed, NEW)
    assert take_in_file(files, path, "wang") == {
        **NOTHING, "new": ["fault-ever"], "changed": ["calm-before-campaign"], "unchanged": 1}
    for rule in (changed, NEW):
        draft = base.curation.draft_of(rule.id)
        assert draft.rule == replace(rule, author="wang", status=KnowledgeStatus.PROPOSED)
    assert [rule.name for rule in base.curation.known_rules()] == [rule.name for rule in PACK]


CHANGED = replace(PACK[1], name=Text(zh="新名", en="a new name"))


def test_a_file_taken_in_twice_makes_one_draft_and_says_that_it_waits(base, files, tmp_path):
    path = written(base, tmp_path / "rules.toml", CHANGED)
    assert take_in_file(files, path, "chen")["changed"] == [CHANGED.id]
    assert take_in_file(files, path, "zhao") == {**NOTHING, "unchanged": 1, "waiting": [CHANGED.id]}
    assert [(draft.id, draft.rule.author) for draft in base.curation.drafts_of(CHANGED.id)] == [
        (f"{CHANGED.id}#1", "chen")]


def test_the_same_file_with_an_approver_approves_the_draft_that_waits(base, files, tmp_path):
    path = written(base, tmp_path / "rules.toml", CHANGED)
    take_in_file(files, path, "chen")
    with pytest.raises(Forbidden, match="chen"):
        take_in_file(files, path, "zhao", "chen")
    assert take_in_file(files, path, "chen", "li") == {**NOTHING, "changed": [CHANGED.id], "status": "approved"}
    assert base.curation.rule(CHANGED.id) == replace(CHANGED, author="chen", status=KnowledgeStatus.APPROVED)
    assert base.curation.waiting_drafts() == ()


def test_an_export_leaves_out_the_draft_of_an_approved_rule_and_says_so(base, files, tmp_path):
    """Else who edits the file and has it approved would approve what somebody else drafted, unread."""
    take_in_file(files, written(base, tmp_path / "rules.toml", CHANGED, NEW), "chen")
    told = export_file(files, tmp_path / "out.toml", "zh")
    assert (told["rules"], told["waiting"]) == (len(PACK) + 1, [CHANGED.id])
    names = {rule.id: rule.name for rule in read_rules(tmp_path / "out.toml", base.ontology.schema)}
    assert (names[CHANGED.id], NEW.id in names) == (PACK[1].name, True)


def test_a_second_person_may_approve_at_once_and_nobody_their_own(base, files, tmp_path):
    path = written(base, tmp_path / "rules.csv", NEW)
    with pytest.raises(Forbidden, match="wang"):
        take_in_file(files, path, "wang", "wang")
    assert len(base.curation.known_rules()) == len(PACK)
    assert base.curation.waiting_drafts() == ()
    assert take_in_file(files, path, "wang", "li")["status"] == "approved"
    assert base.curation.rule(NEW.id).status is KnowledgeStatus.APPROVED


@pytest.mark.parametrize(("wrong", "words"), [
    (replace(NEW, when=Test(property="age", op=Op.GE, operand="old")), "'age' is a whole number"),
    (replace(NEW, then=replace(NEW.then, action="nothing")), "unknown action 'nothing'"),
    (replace(NEW, examples=(Example(name="nobody"),)), "example 'nobody' expects fires"),
    (replace(NEW, when=Test(property="discount_share", op=Op.GT, operand=20), examples=()), "can never hold"),
    (PACK[0], "two rules are called 'attitude-unhappy'"),
])
def test_one_wrong_rule_keeps_all_of_them_out(base, files, tmp_path, wrong, words):
    good = replace(NEW, id="good", examples=())
    path = written(base, tmp_path / "rules.toml", PACK[0], good, wrong)
    with pytest.raises(InvalidRule, match=words):
        take_in_file(files, path, "wang")
    assert [rule.id for rule in base.curation.rules_as_drafted()] == sorted(rule.id for rule in PACK)


def test_a_change_that_leaves_another_rule_without_its_conclusion_is_refused(base, files, tmp_path):
    path = written(base, tmp_path / "rules.toml", replace(PACK[0], then=NEW.then))
    with pytest.raises(InvalidRule, match="no rule concludes 'attitude'"):
        take_in_file(files, path, "wang")


def test_a_rule_that_rests_on_knowledge_is_left_to_its_item(base, files, tmp_path):
    path = written(base, tmp_path / "rules.toml", replace(NEW, rests_on=("assoc-1",)))
    with pytest.raises(Conflict, match="assoc-1"):
        take_in_file(files, path, "wang")


def test_the_commands_export_and_import(zhike, base, tmp_path):
    base.close()
    home, path = base.home.path, tmp_path / "规则.xlsx"
    assert zhike(home, "rules", "export", str(path)).stdout.strip() == f"wrote 3 rules to {path}"
    rules = read_rules(path, base.ontology.schema)
    written(base, path, *rules, NEW)
    told = zhike(home, "rules", "import", str(path), "--by", "wang").stdout
    assert told == ("new, proposed: fault-ever\nunchanged: 3\n"
                    "next: a second person reads them with `zhike rules show` and approves\n")
    again = json.loads(zhike(home, "rules", "import", str(path), "--by", "zhao", "--approve-by", "li", "--json").stdout)
    assert again == {**NOTHING, "new": ["fault-ever"], "unchanged": 3, "status": "approved"}
    refused = zhike(home, "rules", "import", str(tmp_path / "none.txt"))
    assert refused.returncode == 1
    assert "cannot read" in refused.stderr
    assert "  try: " in refused.stderr


@pytest.mark.parametrize("suffix", [".toml", ".txt", ".xlsx", ".csv"])
def test_a_file_that_is_not_there_is_a_fault_with_a_hint(tmp_path, suffix):
    path = tmp_path / f"rules{suffix}"
    with pytest.raises(InvalidInput, match="cannot read") as caught:
        commands.read_file(path)
    assert caught.value.hint
    with pytest.raises(InvalidInput, match="cannot write"):
        commands._write(tmp_path / "none" / path.name, b"")
