"""Every word of the console exists in both languages, is used, and is asked for by its right name."""

import re
from pathlib import Path
from string import Formatter

import pytest

from api.console import words as console_words
from api.console.words import choose_language, word, words

CONSOLE = Path(console_words.__file__).parent
SOURCES = [*CONSOLE.glob("templates/*.html"), *CONSOLE.glob("*.py")]
ASKED = re.compile(r"""\b(?:t|word)\(f?["']([a-z_]+\.[a-z_0-9]*)["']?""")
BUILT = {  # words whose name is put together: prefix and the section or set it draws from
    "map.": {"map.information", "map.operational", "map.hidden", "map.information_hint", "map.operational_hint",
             "map.hidden_hint"},
    "actions.": {"actions.propensity", "actions.context", "actions.value", "actions.lever", "actions.inbound",
                 "actions.outbound"},
    "whynot.": {"whynot.met", "whynot.unmet", "whynot.undecided"},
    "inbox.done_": {"inbox.done_approve", "inbox.done_reject", "inbox.done_retire", "inbox.done_keep",
                    "inbox.done_wait"},
    "item.": {"item.recorded_at", "item.valid_from", "item.valid_to", "item.retired_at"},
    "releases.": {"releases.published", "releases.rolled_back", "releases.aside",
                  *(f"releases.{part}_{kind}" for part in ("rules", "items", "actions")
                    for kind in ("added", "changed", "removed"))},
    "simulate.": {"simulate.gained", "simulate.lost", "simulate.changed", "simulate.same", "simulate.value",
                  "simulate.cost", "simulate.customers", "simulate.differing", "simulate.decided"},
    "simulate.rule_": {"simulate.rule_added", "simulate.rule_removed", "simulate.rule_changed", "simulate.rule_kept"},
    "runs.": {"runs.running", "runs.loading", "runs.finished", "runs.failed", "runs.cancelled"},
    "steering.cap": {"steering.cap", "steering.cap_family", "steering.cap_channel", "steering.cap_family_channel"},
    "steering.challenge_": {"steering.challenge_shadow", "steering.challenge_share"},
    "steering.basis_": {"steering.basis_shown", "steering.basis_decided"},
    "steering.effect_": {"steering.effect_purchase", "steering.effect_conversion"},
    "steering.": {"steering.acceptance", "steering.conversion"},
    "steering.points": {"steering.points"},
    "rates.": {"rates.prior_weight", "rates.window_days", "rates.half_life_days", "rates.least_factor",
               "rates.most_factor"},
    "rates.mode_": {"rates.mode_off", "rates.mode_propose", "rates.mode_within_bounds"},
    "rates.subject_": {"rates.subject_action", "rates.subject_rule", "rates.subject_band"},
    "pauses.mode_": {"pauses.mode_off", "pauses.mode_propose", "pauses.mode_pause"},
    "impact.": {"impact.purchase", "impact.conversion", "impact.orders", "impact.spend"},
    "impact.sides_": {"impact.sides_held_out", "impact.sides_random"},
    "impact.control_": {"impact.control_held_out", "impact.control_random"},
    "impact.policy_": {"impact.policy_propensity_alone", "impact.policy_without_levers"},
    "impact.reward_": {"impact.reward_conversion", "impact.reward_value"},
    "fault.": {name for name in words() if name.startswith("fault.")},
}


def asked_for():
    found = {name for path in SOURCES for name in ASKED.findall(path.read_text(encoding="utf-8"))}
    return {name for name in found if name in words()} | {full for names in BUILT.values() for full in names}


@pytest.mark.parametrize("name", sorted(words()))
def test_each_word_has_both_languages_and_the_same_placeholders(name):
    both = words()[name]
    assert both.zh.strip()
    assert both.en.strip()
    fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in (both.zh, both.en)]
    assert fields[0] == fields[1]


def test_every_word_that_a_page_asks_for_exists():
    prefixes = tuple(BUILT)
    found = {name for path in SOURCES for name in ASKED.findall(path.read_text(encoding="utf-8"))}
    assert {name for name in found if name not in words() and name not in prefixes} == set()
    assert {name for names in BUILT.values() for name in names} <= set(words())


def test_no_word_is_left_that_no_page_uses():
    assert set(words()) - asked_for() == set()


def test_a_chinese_word_holds_chinese_and_an_english_one_does_not():
    han = re.compile(r"[一-鿿]")
    swapped = {"layout.other_language", "layout.other_language_hint"}  # they speak to readers of the other language
    assert {n for n, both in words().items() if han.search(both.en) and n not in swapped} == set()
    signs = {"layout.separator", "layout.colon", "layout.stop"}
    assert {n for n, both in words().items() if not han.search(both.zh) and n not in swapped | signs} == set()


def test_a_word_that_does_not_exist_is_a_fault():
    with pytest.raises(KeyError):
        word("home.nothing_like_this", "en")


@pytest.mark.parametrize(("asked", "kept", "accepts", "expected"), [
    ("en", "zh", "zh", "en"), (None, "zh", "en", "zh"), (None, None, "en-US", "en"), (None, None, "fr", "zh"),
    ("xx", None, "", "zh"),
])
def test_the_language_is_as_asked_then_as_kept_then_as_the_browser_prefers(asked, kept, accepts, expected):
    assert choose_language(asked, kept, accepts) == expected
