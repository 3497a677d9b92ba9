"""The process of the miners, seen from the owner of the base."""

import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kb.child_process import ChildProcess
from kb.errors import StoreFailure
from kb.model.codec import from_plain
from kb.model.run import RunStage
from kb.tables.memory_limit import Memory
from kb.tables.run_store import RunFolder
from ontology.text import NO_WORDS, Text

_LOOK = Text(zh="运行文件夹中的 miner.log 有更多说明", en="miner.log in the folder of the run tells more")


class MiningFailed(Exception):
    """The miners did not come to an end.

    Args:
        message: How it ended.
        hint: What to try.
    """

    def __init__(self, message: Text, *, hint: Text = NO_WORDS) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint


class MinerProcess:
    """A run's miners at work; they end with this process, however that ends."""

    def __init__(self, home: Path, folder: RunFolder, memory: Memory) -> None:
        try:
            with folder.log_path.open("wb") as log:
                self._process = ChildProcess("mining.process", str(home.resolve()), str(folder.path.resolve()),
                                             str(memory.total_bytes), errors=log)
        except OSError as fault:
            msg = Text(zh=f"无法启动挖掘进程：{fault.strerror}",
                       en=f"the miners' process could not be started: {fault.strerror}")
            raise StoreFailure(msg, hint=Text(zh="请检查内存、磁盘空间和文件夹权限",
                                              en="see memory, disk space and rights of the home folder")) from fault

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def stages(self) -> Iterator[RunStage]:
        """Each stage as it begins, until the miners are done.

        Raises:
            MiningFailed: If they failed or were killed; the message says how.
        """
        told: Mapping[str, Any] = {}
        for said in self._process.messages():
            if "stage" in said:
                yield from_plain(said["stage"], RunStage)
            else:
                told = said
        code = self._process.wait()
        if code:
            raise MiningFailed(from_plain(told["fault"], Text) if told else _how_it_ended(code),
                               hint=from_plain(told["hint"], Text) if "hint" in told else _LOOK)

    def stop(self) -> None:
        """End the process, however far it is; whoever reads its stages hears of it."""
        self._process.stop()

    def close(self) -> None:
        """End the process if it still runs, and let go of its pipes."""
        self._process.kill()


def _how_it_ended(code: int) -> Text:
    if code < 0:
        name = signal.Signals(-code).name
        return Text(zh=f"挖掘进程被 {name} 终止", en=f"the miners' process was ended by {name}")
    return Text(zh=f"挖掘进程以 {code} 结束", en=f"the miners' process ended with {code}")
