"""What a browser may load and what a reader can read."""

import re
from pathlib import Path

import pytest

from api.console import assets

TEMPLATES = sorted((assets.HERE / "templates").glob("*.html"))
CSS = (assets.STATIC / "console.css").read_text(encoding="utf-8")
OURS = [*TEMPLATES, *(path for path in assets.STATIC.glob("*") if path.is_file())]
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS))
TEXT_ON_GROUND = [
    ("ink", "panel"), ("ink", "ground"), ("muted", "panel"), ("muted", "ground"), ("accent", "panel"),
    ("accent", "ground"), ("accent-dark", "accent-pale"), ("ink", "accent-pale"), ("panel", "accent"),
    ("information", "information-pale"), ("operational", "operational-pale"), ("hidden-kind", "hidden-pale"),
    ("information", "panel"), ("operational", "panel"), ("hidden-kind", "panel"), ("bad", "bad-pale"),
    ("warn", "warn-pale"), ("muted", "operational-pale"), ("muted", "accent-pale"),
]


def luminance(colour):
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[n:n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_stands_out_from_its_ground_as_wcag_aa_asks(text, ground):
    assert contrast(COLOURS[text], COLOURS[ground]) >= 4.5


def test_borders_of_controls_stand_out_as_wcag_aa_asks():
    assert contrast(COLOURS["line-strong"], COLOURS["panel"]) >= 3


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_no_template_holds_a_style_a_script_or_an_event_handler_of_its_own(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.name)
def test_nothing_is_fetched_from_elsewhere(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")  # the name of SVG, never fetched
    assert not re.search(r"https?://|@import|url\(", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_every_control_that_takes_text_has_a_label(path):
    text = path.read_text(encoding="utf-8")
    controls = re.findall(r"<(?:input|select|textarea)\b[^>]*>", text)
    needing = [tag for tag in controls if 'type="hidden"' not in tag]
    labelled = set(re.findall(r'for="([^"]+)"', text))
    assert all(re.search(r'\bid="([^"]+)"', tag)[1] in labelled for tag in needing)


def test_the_style_sheet_stays_short_enough_to_read():
    assert len(CSS.splitlines()) < 600


def test_the_pages_use_no_picture_characters():
    emoji = re.compile("[\U0001f300-\U0001faff☀-➿]")
    texts = [Path(path).read_text(encoding="utf-8") for path in [*OURS, assets.HERE / "words.toml"]]
    assert not any(emoji.search(text) for text in texts)
