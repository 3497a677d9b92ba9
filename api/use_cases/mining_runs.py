"""Mining runs of one base, one at a time: mined in a process beside it, then taken up by this one.

While the miners work nothing of the base changes. What they found lies whole in the run's folder before the first of
it is taken up; a run that is cut short in between is taken up again when the base is opened.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pyarrow as pa

from api.use_cases.knowledge.pausing import Pausing
from api.use_cases.miner_process import MinerProcess, MiningFailed
from api.use_cases.views import Json, run_json
from kb.curation.curation import Curation
from kb.description import BaseDescription
from kb.errors import Conflict, RunUnderWay, Unavailable, ZhikeError
from kb.facts.home_tables import HomeTables
from kb.facts.load import Scores, load_knowledge_links
from kb.facts.past_links import KeptLinks
from kb.graph.double_buffer import DoubleBuffer
from kb.home import Home
from kb.ingestion.lock import IngestionLock
from kb.model.codec import to_plain
from kb.model.pattern import iso_instant
from kb.model.run import (
    EndedScores,
    KeptScores,
    KnownAssociation,
    MiningRequest,
    RunFindings,
    RunRecord,
    RunStage,
    RunState,
)
from kb.supervision import SupervisedWorker, WorkerHealth
from kb.tables.run_store import RunFolder, RunStore
from ontology.text import NO_WORDS, Text
from ontology.vocabulary import PatternKind

_SHARE_OF_MINERS = 0.9  # of the whole run; the rest is taking up what they found
_STARTING = RunStage(name="starting", label=Text(zh="启动挖掘进程", en="starting the miners"), share=0.0)
_PROPOSING = RunStage(name="proposing", label=Text(zh="写入提案与草稿", en="writing proposals and drafts"),
                      share=_SHARE_OF_MINERS)
_LINKING = RunStage(name="linking", label=Text(zh="把客户连到知识", en="joining customers to knowledge"), share=0.95)
_ASIDE = RunStage(name="study", label=Text(zh="研究性任务：结果已保存，未影响现行知识",
                                           en="a study: its results are kept, and nothing that is live has changed"),
                  share=1.0)
_NO_STUDY = Text(zh="任务“{run}”（{state}）不是已完成、未采用的研究性任务",
                 en="run '{run}' ({state}) is no finished study that waits to be taken up")
_STUDIES = Text(zh="用 `zhike runs list` 查看研究性任务；当前时点的任务完成后自动采用",
                en="see the studies with `zhike runs list`; a run of the base's own moment is taken up by itself")
_NOT_FOUND = Text(zh="任务 {run} 没有再次发现", en="run {run} did not find it again")
_DONE = RunStage(name="done", label=Text(zh="完成", en="done"), share=1.0)
_READS = Text(zh="挖掘任务“{run}”正在读取数据表", en="run '{run}' reads the tables")
_WAIT_OR_CANCEL = Text(zh="请等待其结束，或先取消它；什么都没有改变",
                       en="wait for it, or cancel it; nothing was changed")
_RETRY_SECONDS = 2.0
_ENDING_SECONDS = 30.0  # that a call waits for a run that it has cancelled
_TRIES = 3  # a review in the same moment makes the graph refuse a proposal; it is read again then
_CANCELLED = Text(zh="已由 {by} 取消", en="cancelled by {by}")
_BASE_CLOSED = Text(zh="挖掘进行时知识库被关闭", en="the base was closed while it was mining")
_CUT_OFF = Text(zh="发起它的进程在挖掘进行时结束了", en="the process that had asked for it ended while it was mining")
_ASK_AGAIN = Text(zh="请重新发起", en="ask for it again")
_DEFECT = Text(zh="程序缺陷：{name}", en="a defect: {name}")
_LOG = Text(zh="服务的日志有更多说明", en="the log of the service tells more")
_log = logging.getLogger("zhike.runs")


@dataclass(slots=True)
class _Going:
    """The run that is under way. Everything but the events is changed under the lock alone."""

    folder: RunFolder
    record: RunRecord
    miner: MinerProcess | None = None
    stopped_why: Text | None = None
    closing: threading.Event = field(default_factory=threading.Event)
    worker: SupervisedWorker | None = None


@dataclass(slots=True, kw_only=True)
class Runs:
    """The mining runs of an open base.

    Args:
        now: Wall clock, epoch seconds.
    """

    buffer: DoubleBuffer
    curation: Curation
    description: BaseDescription
    home: Home
    lock: IngestionLock
    pausing: Pausing
    tables: HomeTables
    now: Callable[[], int]
    _changing: threading.Lock = field(default_factory=threading.Lock, init=False)
    _going: _Going | None = field(default=None, init=False)
    _shelf: RunStore = field(init=False)

    def __post_init__(self) -> None:
        self._shelf = RunStore(self.home.runs_path)

    def start(self, *, as_of: int | None, seed: int, by: str, take_up: bool = False,
              miners: Sequence[str] | None = None) -> Json:
        """Begin a run; returns at once.

        One of another moment than the base's is a study: what it finds is kept with it and changes nothing that is
        live, until somebody takes it up.

        Args:
            as_of: The moment, epoch seconds; the base's where ``None``.
            seed: Of everything drawn at random.
            by: Who asks.
            take_up: Take up what is found whatever the moment.
            miners: Those that are asked; all where ``None``. Knowledge of the others stays as it is.

        Raises:
            RunUnderWay: If another run has not ended.
        """
        with self._changing:
            self._refuse_a_second()
            asked = self._asked(as_of, seed, miners)
            is_study = as_of is not None and as_of != self.description.moment.as_of and not take_up
            record = RunRecord(id=f"m-{secrets.token_hex(6)}", state=RunState.RUNNING, as_of=asked.as_of, seed=seed,
                               requested_at=asked.now, requested_by=by, stage=_STARTING, since=asked.now,
                               is_study=is_study)
            folder = self._shelf.folder(record.id)
            folder.make(asked, record)
            self._go(_Going(folder=folder, record=record))
        return record_json(record)

    def one(self, run_id: str) -> Json:
        """How far a run is, and what came of it.

        Raises:
            NotFound: If there is none of that id.
        """
        return record_json(self._record(run_id))

    def listed(self) -> list[Json]:
        """Every run, the latest first."""
        return [self.one(record.id) for record in self._shelf.all()]

    def take_up(self, run_id: str, by: str) -> Json:
        """Let what a study found be proposed, and its scores be live; returns at once.

        Raises:
            NotFound: If there is none of that id.
            Conflict: If it is no study, has not finished, or was taken up already.
            RunUnderWay: If another run has not ended.
        """
        with self._changing:
            self._refuse_a_second()
            folder = self._shelf.one(run_id)
            record = folder.record()
            if not record.is_study or record.state is not RunState.FINISHED:
                raise Conflict(_NO_STUDY.fill(run=run_id, state=record.state.value), hint=_STUDIES)
            taken = replace(record.at(_PROPOSING, self.now()), state=RunState.LOADING, is_study=False, taken_up_by=by)
            folder.tell(taken)
            self._go(_Going(folder=folder, record=taken))
        return record_json(taken)

    def cancel(self, run_id: str, by: str) -> Json:
        """End a run that still mines; the base stays as it was.

        Raises:
            NotFound: If there is none of that id.
            Conflict: If it has ended, or its results are being taken up.
        """
        self._stop(run_id, _CANCELLED.fill(by=by)).join(_ENDING_SECONDS)
        return self.one(run_id)

    def resume(self) -> None:
        """Take up again what an earlier process left: whole results are loaded, a cut-off run has failed."""
        for record in self._shelf.all():
            folder = self._shelf.one(record.id)
            if record.state is RunState.LOADING:
                with self._changing:
                    self._go(_Going(folder=folder, record=record))
            elif not record.has_ended:
                folder.tell(record.ended(RunState.FAILED, self.now(), fault=_CUT_OFF, hint=_ASK_AGAIN))

    def close(self) -> None:
        """End a run that still mines; one whose results are being taken up is finished. Closing twice is harmless."""
        with self._changing:
            going = self._going
            if going is None or going.worker is None:
                return
            going.closing.set()
            if going.record.state is RunState.RUNNING:
                _stop(going, _BASE_CLOSED)
        going.worker.join()

    def health(self) -> WorkerHealth | None:
        """How the thread of the run that is under way fares; ``None`` where none is."""
        going = self._going
        return None if going is None or going.worker is None else going.worker.health()

    def refuse_miners(self) -> None:
        """Return if no miners read the tables.

        Raises:
            RunUnderWay: If a run mines.
        """
        going = self._going
        if going is not None and going.record.state is RunState.RUNNING:
            raise RunUnderWay(_READS.fill(run=going.record.id), hint=_WAIT_OR_CANCEL, run_id=going.record.id)

    def _asked(self, as_of: int | None, seed: int, miners: Sequence[str] | None) -> MiningRequest:
        moment = replace(self.description.moment, as_of=as_of) if as_of is not None else self.description.moment
        judged = self.curation.judged()
        return MiningRequest(as_of=moment.as_of, zone=moment.zone, seed=seed, now=self.now(),
                             known=tuple(item.id for item in judged),
                             associations=tuple(KnownAssociation(antecedent=item.antecedent, consequent=item.consequent)
                                                for item in judged if item.pattern_kind is PatternKind.ASSOCIATION),
                             miners=None if miners is None else tuple(miners))

    def _refuse_a_second(self) -> None:
        if self._going is not None and not self._going.record.has_ended:
            first = self._going.record.id
            msg = Text(zh=f"挖掘任务“{first}”正在进行；一次只能进行一个",
                       en=f"run '{first}' is under way; one at a time is mined")
            raise RunUnderWay(msg, hint=Text(zh="请等它完成，或取消它", en="wait for it, or cancel it"), run_id=first)

    def _go(self, going: _Going) -> None:
        self._going = going
        going.worker = SupervisedWorker("mining", partial(self._carry_out, going))
        going.worker.start()

    def _record(self, run_id: str) -> RunRecord:
        going = self._going
        return going.record if going is not None and going.record.id == run_id else self._shelf.one(run_id).record()

    def _stop(self, run_id: str, why: Text) -> SupervisedWorker:
        record = self._record(run_id)
        with self._changing:
            going = self._going
            if going is None or going.record.id != run_id or going.record.has_ended or going.worker is None:
                msg = Text(zh=f"挖掘任务“{run_id}”已经结束（{record.state}）",
                           en=f"run '{run_id}' is {record.state} already")
                raise Conflict(msg, hint=Text(zh="它提出的内容可以在收件箱中拒绝",
                                              en="what it proposed can be rejected in the inbox"))
            if going.record.state is RunState.LOADING:
                msg = Text(zh=f"正在收录挖掘任务“{run_id}”的结果",
                           en=f"the results of run '{run_id}' are being taken up")
                raise Conflict(msg, hint=Text(zh="马上就好；它提出的内容可以在收件箱中拒绝",
                                              en="it is finished in a moment; what it proposed can be rejected in"
                                                 " the inbox"))
            _stop(going, why)
            return going.worker

    def _carry_out(self, going: _Going) -> None:
        if going.record.has_ended:
            return  # it came to its end before, and failed in saying so
        try:
            if going.record.state is RunState.RUNNING:
                self._mine(going)
            if going.record.is_study:
                self._set_aside(going)
            else:
                self._take_up(going)
        except MiningFailed as fault:
            self._end(going, fault.message, fault.hint)
        except ZhikeError as fault:
            self._end(going, fault.message_text, fault.hint_text)
        except Exception as fault:  # noqa: BLE001  # whatever went wrong, the run must say that it has ended
            _log.exception("run %s failed", going.record.id)
            self._end(going, _DEFECT.fill(name=type(fault).__name__), _LOG)

    def _mine(self, going: _Going) -> None:
        miner = MinerProcess(self.home.path, going.folder, self.tables.memory)
        try:
            with self._changing:
                going.miner = miner
                if going.stopped_why is not None:
                    miner.stop()
            for stage in miner.stages():
                self._tell(going, going.record.at(replace(stage, share=stage.share * _SHARE_OF_MINERS), self.now()))
        finally:
            miner.close()
        self._begin_loading(going, going.folder.found())

    def _begin_loading(self, going: _Going, found: RunFindings) -> None:
        """From here on the run can no longer be stopped: it is finished, now or when the base is opened again."""
        with self._changing:
            if going.stopped_why is not None:
                raise MiningFailed(going.stopped_why)
            going.record = replace(going.record.at(_PROPOSING, self.now()), state=RunState.LOADING, run=found.run)
            going.folder.tell(going.record)

    def _take_up(self, going: _Going) -> None:
        while not going.closing.is_set():
            try:
                with self.lock.ingesting():
                    self._load(going)
            except Unavailable as fault:
                _log.warning("run %s waits with its results: %s", going.record.id, fault.message)
                self._tell(going, replace(going.record, fault=fault.message_text, hint=fault.hint_text))
                going.closing.wait(_RETRY_SECONDS)
            else:
                return

    def _load(self, going: _Going) -> None:
        found, scores = going.folder.found(), going.folder.scores()
        self._propose(found)
        self.pausing.renew(found.run.run_id)
        self._tell(going, replace(going.record, fault=None, hint=NO_WORDS).at(_LINKING, self.now()))
        # an earlier moment is not true for the present
        live_from = max(found.run.as_of, self.description.moment.as_of)
        changes = load_knowledge_links(
            self.buffer, replace(_scores_of(found, scores, self.now()), live_from=live_from),
            history=KeptLinks(self.home.links_path))
        told = replace(changes, ended=tuple(_with_reason(one, found) for one in changes.ended))
        done = replace(going.record.at(_DONE, self.now()), counts=_counts(found, scores), changes=told)
        self._tell(going, done.ended(RunState.FINISHED, self.now()))
        going.folder.drop_scores()

    def _set_aside(self, going: _Going) -> None:
        """The end of a study: all of it stays in its folder."""
        found, scores = going.folder.found(), going.folder.scores()
        done = replace(going.record.at(_ASIDE, self.now()), counts=_counts(found, scores))
        self._tell(going, done.ended(RunState.FINISHED, self.now()))

    def _propose(self, found: RunFindings) -> None:
        for left in reversed(range(_TRIES)):
            try:
                self.curation.propose((*found.items, *found.confirmed), found.rules, found.refusals, found.run)
            except Conflict:
                if not left:
                    raise
            else:
                return

    def _end(self, going: _Going, fault: Text, hint: Text) -> None:
        state = RunState.FAILED if going.stopped_why is None or going.closing.is_set() else RunState.CANCELLED
        ended = going.record.ended(state, self.now(), fault=going.stopped_why or fault, hint=hint)
        try:
            going.folder.drop_scores()
            self._tell(going, ended)
        except ZhikeError:
            _log.exception("the end of run %s could not be written", ended.id)

    def _tell(self, going: _Going, record: RunRecord) -> None:
        with self._changing:
            going.record = record
            going.folder.tell(record)


def _counts(found: RunFindings, scores: pa.Table) -> dict[str, int]:
    return {"proposed": len(found.items), "drafts": len(found.rules), "refused": len(found.refusals),
            "linked": scores.num_rows}


def _scores_of(found: RunFindings, rows: pa.Table, now: int) -> Scores:
    """What a run says of customers: of the kinds it has scores of, and of the items it refused."""
    scored = set(rows["item"].to_pylist())
    kinds = {item.pattern_kind for item in (*found.items, *found.confirmed) if item.id in scored}
    return Scores(rows=rows, run_id=found.run.run_id, as_of=found.run.as_of, now=now, kinds=kinds,
                  refused={refusal.item_id for refusal in found.refusals})


def _with_reason(one: EndedScores, found: RunFindings) -> EndedScores:
    refused = next((refusal.reason for refusal in found.refusals if refusal.item_id == one.item), None)
    return replace(one, reason=refused or _NOT_FOUND.fill(run=found.run.run_id))


def _stop(going: _Going, why: Text) -> None:
    going.stopped_why = why
    if going.miner is not None:
        going.miner.stop()


def record_json(record: RunRecord) -> Json:
    """How far a run is; ``result`` once it is in the base, ``plan`` once the miners are done.

    A ``study`` is of another moment than the base's, and changes nothing until it is taken up. ``kept`` are the scores
    of earlier runs that stay because this one brought nothing of their kind, ``ended`` those that do not, and why.
    ``plan`` says in both languages what was run, and what was left out and why. ``share`` is of the whole run, [0, 1].
    """
    stage = record.stage
    return {
        "id": record.id, "state": record.state.value, "as_of": iso_instant(record.as_of), "seed": record.seed,
        "requested_at": iso_instant(record.requested_at), "requested_by": record.requested_by,
        "stage": {"name": stage.name, "label": to_plain(stage.label)}, "share": round(stage.share, 3),
        "since": iso_instant(record.since),
        "plan": [] if record.run is None else [to_plain(line) for line in record.run.plan],
        "result": _result(record),
        "study": record.is_study, "taken_up_by": record.taken_up_by,
        "kept": [_kept(one) for one in record.changes.kept],
        "ended": [_kept(one) | {"item": one.item, "reason": None if one.reason is None else to_plain(one.reason)}
                  for one in record.changes.ended],
        "fault": None if record.fault is None else {
            "message": record.fault.en, "hint": record.hint.en,
            "words": {"message": to_plain(record.fault), "hint": to_plain(record.hint)}},
    }


def _kept(one: KeptScores | EndedScores) -> Json:
    return {"kind": one.kind.value, "run_id": one.run_id, "scores": one.scores,
            "as_of": None if one.as_of is None else iso_instant(one.as_of)}


def _result(record: RunRecord) -> Json | None:
    if record.state is not RunState.FINISHED or record.run is None:
        return None
    return {"run": run_json(record.run), **record.counts}
