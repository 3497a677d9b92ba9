"""A mapping file -> ``SourceMapping``, with every impossible thing refused by file, key and expectation."""

import hashlib
import re
import tomllib
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kb.errors import InvalidMapping
from kb.ingestion.mapping.declaration import (
    Attribute,
    BandEnd,
    BaseDefaults,
    Category,
    Clock,
    Column,
    Constant,
    DayEdge,
    Expression,
    Format,
    IsKnown,
    LookUp,
    Per,
    Pick,
    Product,
    RowCheck,
    Sign,
    Source,
    SourceMapping,
    Sum,
    TableMapping,
)
from kb.ingestion.mapping.section import Section
from kb.tables.canonical import CANONICAL, CanonicalType
from ontology.protected import grounds_of
from ontology.text import Text

_SHIPPED = Path(__file__).parents[1] / "mappings"
_UNIT = "unit"
_IDENTIFIER = re.compile("[a-z][a-z0-9_]*")
_ATTRIBUTE_TYPES = (CanonicalType.STRING, CanonicalType.INTEGER, CanonicalType.NUMBER, CanonicalType.BOOLEAN)
_LOOKS_SENSITIVE = Text(zh="{place} 像是敏感个人信息（{what}）",
                        en="{place} looks like sensitive personal data ({what})")
_SAID_SO = Text(zh="sensitive = true", en="sensitive = true")
_LEAVE_OUT = Text(zh="不要导入它，或写明 `sensitive = true` 和 `why`",
                  en="leave it out, or state `sensitive = true` and `why`")


def shipped_mappings() -> tuple[str, ...]:
    """The names of the mappings that come with the product."""
    return tuple(sorted(path.stem.replace("_", "-") for path in _SHIPPED.glob("*.toml")))


def load_mapping(path_or_name: str | Path) -> SourceMapping:
    """The mapping of a file, or a shipped one by its name.

    Raises:
        InvalidMapping: If there is none, or it says something impossible.
    """
    path = _find(str(path_or_name))
    content = path.read_bytes()
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        msg = f"{path}: expected TOML in UTF-8: {fault}"
        raise InvalidMapping(msg, hint="correct the file where the message points") from fault
    return _mapping(Section(values, file=path.name), name=path.stem.replace("_", "-"),
                    digest="sha256:" + hashlib.sha256(content).hexdigest())


def _find(wanted: str) -> Path:
    shipped = _SHIPPED / f"{wanted.replace('-', '_')}.toml"
    path = shipped if "/" not in wanted and shipped.is_file() else Path(wanted)
    if not path.is_file():
        msg = f"no mapping {wanted!r}: neither a file nor one of {', '.join(shipped_mappings())}"
        raise InvalidMapping(msg, hint="give the path of a mapping file, or the name of a shipped mapping")
    return path


def _mapping(top: Section, *, name: str, digest: str) -> SourceMapping:
    mapping = SourceMapping(
        name=name, digest=digest, base=_base(top.section("base")),
        sources={key: _source(key, section) for key, section in top.sections("sources")},
        tables={key: _table(key, section) for key, section in top.sections("tables")},
        attributes={key: _attribute(key, section) for key, section in top.sections("attributes")},
        categories={key: _category(key, section) for key, section in top.sections("categories")},
        words={key: _values_of(key, section) for key, section in top.sections("words")})
    top.close()
    _check_references(mapping, top)
    return mapping


def _base(section: Section) -> BaseDefaults:
    base = BaseDefaults(
        name=section.labels("name"), zone=_zone(section, "zone", section.text("zone")),
        currency=section.text("currency"), clock=section.choice("clock", Clock, Clock.DATA),
        as_of=_day(section, "as_of"), language=section.text("language", "zh"))
    section.close()
    return base


def _zone(section: Section, key: str, name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        section.refuse(key, "an IANA time zone such as Asia/Shanghai", name)
    return name


def _day(section: Section, key: str) -> str | None:
    """A day, however TOML wrote it: as a date or as a string."""
    value = section.raw(key, None)
    try:
        return None if value is None else date.fromisoformat(str(value)).isoformat()
    except ValueError:
        section.refuse(key, "a day such as 2018-01-01", value)


def _source(name: str, section: Section) -> Source:
    path = section.optional_text("file")
    zone = section.optional_text("zone")
    source = Source(
        name=name, path=path, format=_format(section, path), delimiter=section.text("delimiter", ","),
        encoding=section.text("encoding", "utf-8"), columns=section.texts("columns", ()),
        sheet=section.optional_text("sheet"), blanks=section.texts("blanks", ()),
        zone=None if zone is None else _zone(section, "zone", zone),
        lookups=tuple(_lookup(other, inner) for other, inner in section.sections("lookup")))
    section.close()
    return source


def _format(section: Section, path: str | None) -> Format:
    """The stated format; without one, what the file's name says."""
    if "format" in section or path is None:
        return section.choice("format", Format)
    suffix = Path(path.removesuffix(".gz")).suffix.removeprefix(".")
    return section.choice_of("file", {"txt": "csv", "tsv": "csv"}.get(suffix, suffix), Format)


def _lookup(source: str, section: Section) -> LookUp:
    lookup = LookUp(source=source, on=section.texts("on"), columns=section.pairs("columns"),
                    pick=section.choice("pick", Pick, Pick.MOST_FREQUENT))
    section.close()
    return lookup


def _table(name: str, section: Section) -> TableMapping:
    if name not in CANONICAL:
        msg = f"{section.file}: unknown table {section.path!r}"
        raise InvalidMapping(msg, hint="known: " + ", ".join(CANONICAL))
    columns = section.section("columns")
    table = TableMapping(
        name=name, source=section.text("source"),
        columns={key: _expression(columns, key) for key in columns.raw_keys()},
        checks=tuple(_check(section.section_of("refuse", check)) for check in section.raw("refuse", [])),
        where=_where(section), one_per=section.texts("one_per", ()), lenient=frozenset(section.texts("lenient", ())),
        keep_duplicates=section.flag("keep_duplicates", default=False))
    section.close()
    return table


def _where(section: Section) -> dict[str, tuple[str, ...]]:
    filters = section.section_of("where", section.raw("where", {}))
    return {column: filters.texts(column) for column in filters.raw_keys()}


def _check(section: Section) -> RowCheck:
    when = section.pairs("when")
    check = RowCheck(reason=section.text("reason"), why=section.labels("why"),
                     when={column: section.choice_of("when", sign, Sign) for column, sign in when.items()})
    section.close()
    return check


def _expression(columns: Section, key: str) -> Expression:
    given = columns.raw(key, None)
    if isinstance(given, str):
        return Column(column=given)
    section = columns.section_of(key, given)
    expression = _first_of(section)
    section.close()
    return expression


def _first_of(section: Section) -> Expression:
    if "constant" in section:
        return Constant(value=section.text("constant"))
    if "sum" in section:
        return Sum(columns=section.texts("sum"))
    if "product" in section:
        return Product(columns=section.texts("product"))
    if "known" in section:
        return IsKnown(column=section.text("known"))
    return Column(
        column=section.text("column"), format=section.optional_text("format"),
        day=section.choice("day", DayEdge) if "day" in section else None,
        whole=section.flag("whole", default=False), values=section.pairs("values"),
        bound=section.choice("bound", BandEnd) if "bound" in section else None,
        per=section.choice("per", Per) if "per" in section else None, months_before=_day(section, "months_before"))


def _attribute(name: str, section: Section) -> Attribute:
    if not _IDENTIFIER.fullmatch(name) or CANONICAL["customers"].column(name):
        section.refuse("", "a name of lower-case letters, digits and _ that no canonical column has", name)
    kind = section.text("type")
    if kind not in _ATTRIBUTE_TYPES:
        section.refuse("type", "one of " + ", ".join(_ATTRIBUTE_TYPES), kind)
    attribute = Attribute(
        name=name, type=CanonicalType(kind), labels=section.labels("labels"), unit=section.optional_text("unit"),
        values={value: _words(words) for value, words in section.sections("values")},
        sensitive=section.flag("sensitive", default=False), why=section.optional_text("why"))
    section.close()
    _refuse_unexplained(attribute, section)
    return attribute


def _words(section: Section) -> Text:
    words = Text(zh=section.text("zh"), en=section.text("en"))
    section.close()
    return words


def _values_of(column: str, section: Section) -> dict[str, Text]:
    """The words for values of a canonical column, or for units of the mapping's own."""
    if column != _UNIT and not any(table.column(column) for table in CANONICAL.values()):
        section.refuse("", "the values of a canonical column, or of unit", column)
    return {value: section.labels(value) for value in section.raw_keys()}


def _refuse_unexplained(attribute: Attribute, section: Section) -> None:
    """Faith, health and the like are held only where the mapping says so and why."""
    special = [ground.labels for ground in grounds_of(attribute.name, attribute.labels) if ground.is_special]
    if (special or attribute.sensitive) and not (attribute.sensitive and attribute.why):
        told = _LOOKS_SENSITIVE.fill(place=f"{section.file}: {section.path}", what=special[0] if special else _SAID_SO)
        raise InvalidMapping(told, hint=_LEAVE_OUT)


def _category(name: str, section: Section) -> Category:
    category = Category(name=name, labels=Text(zh=section.text("zh"), en=section.text("en")),
                        offer=section.flag("offer", default=True), why=section.optional_text("why"))
    section.close()
    if not category.offer and not category.why:
        section.refuse("why", "a reason, since offer = false", None)
    return category


def _check_references(mapping: SourceMapping, top: Section) -> None:
    """Every source, column and attribute that the mapping names exists, and every required column is filled."""
    for source in mapping.sources.values():
        for lookup in source.lookups:
            _check_source(mapping, top, f"sources.{source.name}.lookup", lookup.source)
    for table in mapping.tables.values():
        _check_source(mapping, top, f"tables.{table.name}.source", table.source)
        _check_columns(mapping, top, table)
    described = mapping.tables.get("customers")
    for name in mapping.attributes:
        if described is None or name not in described.columns:
            top.refuse(f"attributes.{name}", "filled by tables.customers.columns", None)


def _check_source(mapping: SourceMapping, top: Section, key: str, name: str) -> None:
    if name not in mapping.sources:
        top.refuse(key, "one of the sources " + ", ".join(mapping.sources), name)


def _check_columns(mapping: SourceMapping, top: Section, table: TableMapping) -> None:
    known = {spec.name: spec for spec in mapping.columns_of(table)}
    place = f"tables.{table.name}"
    checked = [column for check in table.checks for column in check.when]
    named = {"columns": table.columns, "one_per": table.one_per, "lenient": table.lenient, "refuse.when": checked}
    for key, name in ((key, name) for key, names in named.items() for name in names):
        if name not in known:
            top.refuse(f"{place}.{key}", "canonical columns or declared attributes: " + ", ".join(known), name)
    for name, spec in known.items():
        if spec.required and name not in table.columns:
            top.refuse(f"{place}.columns.{name}", "filled, it is required", None)
