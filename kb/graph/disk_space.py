"""Room on the disk, asked for before the embedded engine writes, and by readiness.

The engine does not bear a full disk: a commit that finds no room can leave its locks held for ever, or a log that it
does not open again (measured with ladybug 0.22 on a full tmpfs).
"""

import os
from pathlib import Path

from kb.errors import StoreFailure
from ontology.text import Text

RESERVE_BYTES = 32 << 20
"""What stays free: the engine's log and the pages that a checkpoint writes twice."""


_UNREACHABLE = Text(zh="文件夹“{folder}”（{what}）无法访问：{why}",
                    en="the {what}'s folder '{folder}' cannot be reached: {why}")
_READ_ONLY = Text(zh="文件夹“{folder}”（{what}）所在的磁盘是只读的",
                  en="the disk of the {what}'s folder '{folder}' is read-only")
_FULL = Text(zh="文件夹“{folder}”（{what}）所在的磁盘已满：剩余 {free} MB，需要 {needed} MB",
             en="the disk of the {what}'s folder '{folder}' is full: {free} MB are free, {needed} are needed")
_SEE_DISK = Text(zh="请检查磁盘与主目录的权限", en="see the disk and the rights of the home folder")
_REMOUNT = Text(zh="请以可写方式挂载", en="mount it for writing")
_MAKE_ROOM = Text(zh="请腾出空间；没有写入任何内容，也没有丢失任何内容",
                  en="make room; nothing was written, and nothing is lost")
_GRAPH = Text(zh="图谱", en="graph")


def demand_room(folder: Path, wanted_bytes: int = 0, *, reserve_bytes: int = RESERVE_BYTES,
                what: Text = _GRAPH) -> None:
    """Return if the disk of ``folder`` takes so many bytes and has ``reserve_bytes`` to spare.

    Raises:
        StoreFailure: If it does not, or is read-only.
    """
    try:
        disk = os.statvfs(folder)
    except OSError as fault:
        raise StoreFailure(_UNREACHABLE.fill(what=what, folder=folder, why=fault.strerror), hint=_SEE_DISK) from fault
    if disk.f_flag & os.ST_RDONLY:
        raise StoreFailure(_READ_ONLY.fill(what=what, folder=folder), hint=_REMOUNT)
    free, needed = disk.f_bavail * disk.f_frsize, reserve_bytes + wanted_bytes
    if free < needed:
        raise StoreFailure(_FULL.fill(what=what, folder=folder, free=free >> 20, needed=needed >> 20), hint=_MAKE_ROOM)
