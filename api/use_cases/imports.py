"""Imports that a service carries out while it answers: begun, followed and, as long as nothing has changed, stopped.

One at a time. Until the tables are in place an import has changed nothing, and can be stopped; from then on it is
finished, by this process or by the next one that opens the base.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from api.use_cases.views import Json
from kb.errors import Conflict, NotFound, Unavailable, ZhikeError
from kb.model.codec import to_plain
from kb.model.run import ENDED, RunState
from kb.supervision import SupervisedWorker, WorkerHealth
from ontology.text import Text

_log = logging.getLogger("zhike.imports")
_UNDER_WAY = Text(zh="导入“{mapping}”正在进行", en="the import of {mapping} is under way")
_ONE_AT_A_TIME = Text(zh="请等待其结束后重试", en="wait until it has ended, and try again")
_UNKNOWN = Text(zh="没有编号为“{id}”的导入", en="there is no import '{id}'")
_LAST_ALONE = Text(zh="服务只记得自启动以来的最后一次导入",
                   en="a service remembers its last import since it was started")
_STOPPED = Text(zh="导入已被停止，什么都没有改变", en="the import was stopped; nothing was changed")
_AGAIN = Text(zh="需要时请重新导入", en="ask for it again when it is wanted")
_TOO_LATE = Text(zh="数据表已就位，导入正在完成，不能停止", en="the tables are in place; the import is being finished")
_ENDED_ALREADY = Text(zh="导入已结束：{state}", en="the import has ended: {state}")
_SEE = Text(zh="请查看其结果", en="look at what came of it")
_DEFECT = Text(zh="程序缺陷（{kind}）", en="a defect: {kind}")
_LOG = Text(zh="详见服务日志", en="the log of the service tells more")


class Carry(Protocol):
    """Carries an import out and returns its report."""

    def __call__(self, mapping: str, overrides: Mapping[str, Path], *, replacing: bool,
                 progress: Callable[[str], None], before_change: Callable[[], None]) -> Json:
        """``before_change`` is called when all is written but what decides that the import takes place."""


@dataclass(slots=True)
class _Going:
    """An import from the request to what came of it; changed under the lock alone."""

    id: str
    mapping: str
    state: RunState = RunState.RUNNING
    lines: list[str] = field(default_factory=list)
    report: Json | None = None
    fault: ZhikeError | None = None
    is_unwanted: bool = False
    worker: SupervisedWorker | None = None


class Imports:
    """The imports of an open base.

    Args:
        carry: Carries one out.
    """

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._changing = threading.Lock()
        self._last: _Going | None = None

    def start(self, mapping: str, overrides: Mapping[str, Path], *, replacing: bool) -> Json:
        """Begin an import; returns at once.

        Raises:
            Unavailable: If another one has not ended.
        """
        with self._changing:
            if self._last is not None and self._last.state not in ENDED:
                raise Unavailable(_UNDER_WAY.fill(mapping=self._last.mapping), hint=_ONE_AT_A_TIME)
            going = self._last = _Going(id=f"i-{secrets.token_hex(6)}", mapping=mapping)
            going.worker = SupervisedWorker("import", partial(self._carry_out, going, overrides, replacing))
            going.worker.start()
            return _told(going, 0)

    def one(self, import_id: str, after: int = 0) -> Json:
        """How far an import is, with the lines it has said after the first ``after`` ones.

        Raises:
            NotFound: If it is not the last one.
        """
        with self._changing:
            return _told(self._of(import_id), after)

    def cancel(self, import_id: str) -> Json:
        """Stop an import that has changed nothing yet; returns when it has ended.

        Raises:
            NotFound: If it is not the last one.
            Conflict: If its tables are in place, or it has ended.
        """
        with self._changing:
            going = self._of(import_id)
            if going.state is RunState.LOADING:
                raise Conflict(_TOO_LATE, hint=_SEE)
            if going.state is not RunState.RUNNING:
                raise Conflict(_ENDED_ALREADY.fill(state=going.state), hint=_SEE)
            going.is_unwanted = True
        self._await(going)
        return self.one(import_id)

    def health(self) -> WorkerHealth | None:
        """How the thread of the import that is under way fares; ``None`` where none is."""
        going = self._last
        return None if going is None or going.worker is None else going.worker.health()

    def close(self) -> None:
        """Stop an import that has changed nothing yet; one whose tables are in place is finished."""
        with self._changing:
            going = self._last
            if going is None:
                return
            going.is_unwanted = True
        self._await(going)

    def _of(self, import_id: str) -> _Going:
        if self._last is None or self._last.id != import_id:
            raise NotFound(_UNKNOWN.fill(id=import_id), hint=_LAST_ALONE)
        return self._last

    def _await(self, going: _Going) -> None:
        if going.worker is not None:
            going.worker.join()

    def _carry_out(self, going: _Going, overrides: Mapping[str, Path],
                   replacing: bool) -> None:  # noqa: FBT001 - of a thread
        try:
            report = self._carry(going.mapping, overrides, replacing=replacing,
                                 progress=lambda line: self._say(going, line),
                                 before_change=lambda: self._begin_loading(going))
        except _Stopped:
            self._end(going, RunState.CANCELLED, fault=Conflict(_STOPPED, hint=_AGAIN))
        except ZhikeError as fault:
            self._end(going, RunState.FAILED, fault=fault)
        except Exception as fault:  # noqa: BLE001  # whatever went wrong, the import must say that it has ended
            _log.exception("an import failed")
            self._end(going, RunState.FAILED, fault=ZhikeError(_DEFECT.fill(kind=type(fault).__name__), hint=_LOG))
        else:
            self._end(going, RunState.FINISHED, report=report)

    def _say(self, going: _Going, line: str) -> None:
        with self._changing:
            going.lines.append(line)
            _stop_if_unwanted(going)

    def _begin_loading(self, going: _Going) -> None:
        with self._changing:
            _stop_if_unwanted(going)
            going.state = RunState.LOADING

    def _end(self, going: _Going, state: RunState, *, report: Json | None = None,
             fault: ZhikeError | None = None) -> None:
        with self._changing:
            going.state, going.report, going.fault = state, report, fault


class _Stopped(Exception):  # nothing went wrong
    """Somebody does not want the import any more."""


def _stop_if_unwanted(going: _Going) -> None:
    if going.is_unwanted and going.state is RunState.RUNNING:
        raise _Stopped


def _told(going: _Going, after: int) -> Json:
    fault = None if going.fault is None else {
        "kind": type(going.fault).__name__, "message": to_plain(going.fault.message_text),
        "hint": to_plain(going.fault.hint_text)}
    return {"id": going.id, "mapping": going.mapping, "state": going.state.value, "said": len(going.lines),
            "lines": going.lines[after:], "report": going.report, "fault": fault}
