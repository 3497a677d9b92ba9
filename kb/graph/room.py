"""Room on the disk, asked for before the embedded engine writes.

The engine does not bear a full disk: a commit that finds no room can leave its locks held for ever, or a log that it
does not open again (measured with ladybug 0.22 on a full tmpfs).
"""

import os
from pathlib import Path

from kb.errors import StoreFailure

RESERVE_BYTES = 32 << 20
"""What stays free: the engine's log and the pages that a checkpoint writes twice."""


def demand_room(folder: Path, wanted_bytes: int = 0) -> None:
    """Return if the disk of ``folder`` takes so many bytes and has some to spare.

    Raises:
        StoreFailure: If it does not, or is read-only.
    """
    try:
        disk = os.statvfs(folder)
    except OSError as fault:
        msg = f"the graph's folder '{folder}' cannot be reached: {fault.strerror}"
        raise StoreFailure(msg, hint="see the disk and the rights of the home folder") from fault
    if disk.f_flag & os.ST_RDONLY:
        msg = f"the disk of the graph's folder '{folder}' is read-only"
        raise StoreFailure(msg, hint="mount it for writing")
    free, needed = disk.f_bavail * disk.f_frsize, RESERVE_BYTES + wanted_bytes
    if free < needed:
        msg = f"the disk of the graph's folder '{folder}' is full: {free >> 20} MB are free, {needed >> 20} are needed"
        raise StoreFailure(msg, hint="make room; nothing was written, and nothing is lost")
