"""Rules in files: TOML, the sentence form, and the decision table as a workbook or as CSV, told by the suffix."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from kb.errors import InvalidInput, InvalidRule
from kb.model.rule import Rule
from kb.suggestion import did_you_mean
from ontology.schema import Schema
from ontology.text import Text
from rules.formats.decision_table import from_rows, to_rows
from rules.formats.sentences import rules_from_sentences, to_sentence
from rules.formats.sentences.words import WORDS
from rules.formats.spreadsheet import from_csv, from_xlsx, to_csv, to_xlsx
from rules.formats.toml_reader import rules_from_toml
from rules.formats.toml_writer import rules_to_text

_Answer = TypeVar("_Answer")
_NO_FORM = Text(zh="{path}：规则不用后缀“{suffix}”的文件保存；可用的后缀：{known}",
                en="{path}: rules are not kept in files of the suffix '{suffix}'; known: {known}")


def rules_to_bytes(path: Path, rules: Sequence[Rule], schema: Schema, language: str) -> bytes:
    """What a file of a name holds that ``rules_from_bytes`` reads as the same rules; nothing is written.

    Args:
        path: ``.toml``, ``.txt`` (the sentence form), ``.xlsx`` or ``.csv`` (the decision table).
        rules: What it shall hold, in this order.
        schema: Labels of fact types and properties.
        language: ``zh`` or ``en``: of the sentences and of the table's headings. TOML has none.

    Raises:
        InvalidInput: The suffix is another.
        InvalidRule: A cell of a workbook would hold more than Excel allows.
    """
    return _form(path, _WRITE)(rules, schema, language)


def rules_from_bytes(content: bytes, path: Path, schema: Schema) -> tuple[Rule, ...]:
    """The rules of the content of a file of that name, in its order; sentences and headings tell their language.

    Raises:
        InvalidInput: The suffix is unknown.
        InvalidRule: It says something that is no rule; the message tells where.
    """
    return _form(path, _READ)(content, str(path), schema)


def _form(path: Path, forms: Mapping[str, Callable[..., _Answer]]) -> Callable[..., _Answer]:
    found = forms.get(path.suffix.lower())
    if found is None:
        raise InvalidInput(_NO_FORM.fill(path=path, suffix=path.suffix, known=", ".join(forms)),
                           hint=did_you_mean(path.suffix, forms))
    return found


def _sentences(rules: Sequence[Rule], schema: Schema, language: str) -> bytes:
    return "\n".join(to_sentence(rule, schema, language) for rule in rules).encode()


def _from_sentences(content: bytes, source: str, schema: Schema) -> tuple[Rule, ...]:
    try:
        text = content.decode("utf-8-sig")
        language = "zh" if text.lstrip().startswith(WORDS["_RULE"].zh) else "en"
        return rules_from_sentences(text, schema, language)
    except UnicodeDecodeError as fault:
        msg = f"{source}: not a text in UTF-8: {fault}"
        raise InvalidRule(msg, hint="save the file as UTF-8") from fault
    except InvalidRule as fault:
        msg = f"{source}, {fault.message}"
        raise InvalidRule(msg, hint=fault.hint) from fault


_WRITE: Mapping[str, Callable[[Sequence[Rule], Schema, str], bytes]] = {
    ".toml": lambda rules, _, __: rules_to_text(rules).encode(),
    ".txt": _sentences,
    ".xlsx": lambda rules, schema, language: to_xlsx(to_rows(rules, schema, language)),
    ".csv": lambda rules, schema, language: to_csv(to_rows(rules, schema, language)),
}
_READ: Mapping[str, Callable[[bytes, str, Schema], tuple[Rule, ...]]] = {
    ".toml": lambda content, source, _: rules_from_toml(content, source=source),
    ".txt": _from_sentences,
    ".xlsx": lambda content, source, schema: from_rows(from_xlsx(content, source), schema, source=source),
    ".csv": lambda content, source, schema: from_rows(from_csv(content, source), schema, source=source),
}
