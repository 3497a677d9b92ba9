"""Memory that is handed out as zeros while a file is written by an engine that writes some of it as it finds it.

Ladybug 0.19 takes the pages that it writes from the C library and does not fill the end of all of them: what the
process had there before, perhaps of somebody who is being erased, then stands in the file.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_M_PERTURB = -6  # malloc.h of glibc: what is handed out is filled with the complement of the lowest byte
_ZEROS, _AS_FOUND = 0xFF, 0
_COUNTING = threading.Lock()
_users = 0


def _c_library() -> ctypes.CDLL | None:
    """glibc; ``None`` where the process has another C library, which knows no such option."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows has no library of that kind
        return None
    return library if hasattr(library, "gnu_get_libc_version") else None


_GLIBC = _c_library()


@contextmanager
def zeroed_memory() -> Iterator[None]:
    """All threads get zeroed memory meanwhile: each request costs the time to write it; elsewhere than on glibc, none.

    Source: ``mallopt(3)``, M_PERTURB.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _users
    if _GLIBC is None:
        return
    with _COUNTING:
        before, _users = _users, _users + change
        if not before or not _users:
            _GLIBC.mallopt(_M_PERTURB, _ZEROS if _users else _AS_FOUND)
