"""The harm table of a base, and what looking for its rows in the answers of a release finds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from api.use_cases.release_cache import ReleaseCache
from api.use_cases.views import Json
from kb.curation.curation import Curation
from kb.curation.harms import OwnHarms
from kb.curation.levers import StandingLevers
from kb.customers import CustomerDirectory
from kb.description import BaseDescription
from kb.errors import Conflict, NotFound
from kb.facts.complaints import complaints_above_limit
from kb.facts.context import CategoryNames, fold, moment_rows
from kb.facts.home_tables import HomeTables
from kb.facts.moment import Moment
from kb.facts.online import read_facts
from kb.facts.whole_base import open_everyone
from kb.graph.port import Graph
from kb.journal.store import Journal
from kb.local_ontology import LocalOntology
from kb.model.codec import to_plain
from kb.model.facts import Facts, Row
from kb.model.harm import CategoryState, Harm, HarmAcceptance, HarmFinding, HarmReport
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from kb.model.release import Release
from ontology.text import Text
from ontology.vocabulary import Channel, FactName, KnowledgeStatus
from rules.batch import Source, same_for_all
from rules.decision.compiled_release import CompiledRelease
from rules.decision.request import Request
from rules.harm import check_harms, check_rows, harms_from_toml, items_read, load_harms
from rules.packs.pack import load_pack

_CHUNK = 500
_EVERYBODY = "MATCH (c:Customer) RETURN c.customer_key AS key ORDER BY key"
_MAY_BE_SERVED = (KnowledgeStatus.PROPOSED, KnowledgeStatus.APPROVED, KnowledgeStatus.PUBLISHED)
_FOUND = Text(zh="{says}：“{action}”，{customers} 位客户（{rules}）",
              en="{says}: '{action}' for {customers} customers, by {rules}")
_WOULD_HARM = Text(zh="这个版本会让客户看到不该看到的：{found}",
                   en="this release would show customers what must never be seen: {found}")
_MEND = Text(zh="请修改或停用这些规则，或补一条前提规则；`zhike harms check` 列出全部。确要发布，请说明理由："
                "accept_harm（命令行：--accept-harm）",
             en="mend or retire these rules, or add a requirement; `zhike harms check` tells all of it. To publish all"
                " the same, give a reason: accept_harm (in a terminal: --accept-harm)")
_RULES_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Harms:
    """The harm table of one base."""

    curation: Curation
    description: BaseDescription
    directory: CustomerDirectory
    graph: Graph
    journal: Journal
    ontology: LocalOntology
    own: OwnHarms
    releases: ReleaseCache
    standing_levers: StandingLevers
    tables: HomeTables

    def listed(self) -> Json:
        """Every row, those that are shipped first, and who brought the base's own ones in when, oldest first."""
        history = [{"by": change.by, "at": iso_instant(change.at), "rows": [row.id for row in change.rows]}
                   for change in self.own.history()]
        return {"rows": [_row_json(row, is_shipped=True) for row in load_harms()]
                + [_row_json(row, is_shipped=False) for row in self.own.current()], "history": history}

    def take_in(self, content: bytes, name: str, by: str) -> Json:
        """Put the rows of a TOML file in place of the base's own ones; the shipped ones stay.

        Raises:
            InvalidRule: If one of them cannot be read or asked; nothing is changed then.
        """
        rows = harms_from_toml(content, source=name, author=by)
        check_rows(rows, self.ontology.schema, {action.id: action for action in load_pack().actions})
        self.own.replace(rows, by)
        return self.listed()

    def of_next(self) -> Json:
        """What publishing now would let customers see that a row forbids; nothing is written."""
        pack = load_pack()
        return self._check(self.curation.draft("", pack.actions, pack.policy, self.standing_levers.current()))

    def of_release(self, number: int) -> Json:
        """What serving an earlier release, or one that was kept aside, would let customers of today see of that.

        Raises:
            NotFound: If there is no such release.
        """
        return self._check(self.curation.release(number))

    def demand_none(self, release: Release, *, by: str, reason: str | None) -> HarmAcceptance | None:
        """Why the release may be served although a row finds something in it; ``None`` where none does.

        Raises:
            Conflict: If there is a finding and no reason, naming them.
        """
        findings = self.report(release).findings
        if not findings:
            return None
        if not (reason or "").strip():
            told = [_told(one, release) for one in findings]
            raise Conflict(_WOULD_HARM.fill(found=Text.joined(told, zh="；", en="; ")), hint=_MEND)
        kept = tuple(replace(one, examples=()) for one in findings)
        return HarmAcceptance(by=by, reason=str(reason).strip(), findings=kept)

    def report(self, release: Release) -> HarmReport:
        """What every row finds in what the release would answer, over the whole base at its moment."""
        compiled = self.releases.in_use(self.releases.compile(release))
        moment = self.description.moment_of(None)
        with self._everyone(compiled, moment) as tables:
            return self.found_in(compiled, tables, moment)

    def found_in(self, compiled: CompiledRelease, tables: Source | None, moment: Moment) -> HarmReport:
        """What every row finds in what a release would answer.

        Args:
            compiled: The release.
            tables: Everybody's facts, with the knowledge of ``items_read``; ``None``: everybody is decided for.
            moment: Which is asked about.
        """
        source = None if tables is None else _at_once(tables, compiled, moment)
        return check_harms(
            compiled, self._rows(), source=source, as_of=moment.as_of,
            everybody=lambda: [CustomerKey(row["key"]) for row in self.graph.read(_EVERYBODY)],
            facts_of=lambda keys: self._facts(keys, moment), now=lambda request: _now(request, moment),
            categories={} if source is None else _categories(source))

    def items_read(self, compiled: CompiledRelease) -> frozenset[str] | None:
        """The knowledge that the release or a row can read; ``None`` where one asks for more than named items."""
        return items_read(compiled, self._rows())

    def _check(self, release: Release) -> Json:
        found = report_json(self.report(release), release)
        return {"release": release.number, **with_examples(found, self.directory)}

    def _rows(self) -> tuple[Harm, ...]:
        return (*load_harms(), *self.own.current())

    @contextmanager
    def _everyone(self, compiled: CompiledRelease, moment: Moment) -> Iterator[Source | None]:
        """The facts of everybody as tables; ``None`` where another service has them, or nothing came in yet."""
        try:
            facts = self.tables.facts()
        except NotFound:
            yield None
            return
        with open_everyone(facts, self.graph, self.journal, moment, statuses=_MAY_BE_SERVED,
                           items=self.items_read(compiled), memory=self.tables.memory) as tables:
            yield tables

    def _facts(self, keys: Sequence[CustomerKey], moment: Moment) -> Iterator[Facts]:
        for start in range(0, len(keys), _CHUNK):
            yield from read_facts(self.graph, self.journal, keys[start:start + _CHUNK], moment,
                                  statuses=_MAY_BE_SERVED).values()


def report_json(report: HarmReport, release: Release) -> Json:
    """What was found, in words that stand when the release is gone; the examples are keys."""
    return {"customers": report.customers, "suspects": report.suspects, "decided": report.decided,
            "findings": [to_plain(one) | {"message": to_plain(_told(one, release))} for one in report.findings],
            "without_facts": [{"harm_id": name, "facts": list(lacks)}
                              for name, lacks in report.without_facts.items()]}


def with_examples(found: Json, directory: CustomerDirectory) -> Json:
    """The same with the customers' own ids in place of their keys."""
    return found | {"findings": [one | {"examples": [directory.id_of(key) for key in one["examples"]]}
                                 for one in found["findings"]]}


def _at_once(tables: Source, compiled: CompiledRelease, moment: Moment) -> Source:
    """The tables with the same moment for everybody, one without a cart."""
    now = _now(Request(channel=Channel.PHONE), moment)
    said = same_for_all(tables[FactName.CUSTOMER.value], now, compiled.schema.facts[FactName.MOMENT.value])
    return {**tables, FactName.MOMENT.value: said}


def _categories(source: Source) -> Mapping[CategoryState, frozenset[str]]:
    return {CategoryState.COMPLAINTS_ABOVE_LIMIT: complaints_above_limit(
        source[FactName.INTERACTION.value], source[FactName.PURCHASE.value])}


def _now(request: Request, moment: Moment) -> tuple[Row, ...]:
    """The rows of the moment; the cart of a check holds categories by their own names."""
    cart = request.context.get("cart", ())
    names = CategoryNames(exact={fold(name): name for name in cart}, searchable=())
    return moment_rows(request.context, moment, channel=request.channel.value, names=names)


def _told(finding: HarmFinding, release: Release) -> Text:
    names = {action.id: action.name for action in release.actions}
    return _FOUND.fill(says=finding.says, action=names[finding.action_id], customers=finding.customers,
                       rules=", ".join(finding.rule_ids[:_RULES_NAMED])
                       + (" …" if len(finding.rule_ids) > _RULES_NAMED else ""))


def _row_json(row: Harm, *, is_shipped: bool) -> Json:
    return to_plain(row) | {"shipped": is_shipped}
