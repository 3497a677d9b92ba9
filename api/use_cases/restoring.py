"""A new base made from an archive or a backup, on the engine that the settings name."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from api.open_base import graph_of
from api.settings import Settings
from api.use_cases.archiving import archive_json, destination
from api.use_cases.views import Json
from kb.archive.manifest import check_files, read_manifest
from kb.archive.packing import unpacked
from kb.archive.restoring import Destination, settle
from kb.errors import StoreFailure
from kb.home import Home
from kb.ingestion.recovery import UnfinishedErasures
from kb.model.ids import CustomerKey
from ontology.text import Text

Progress = Callable[[str], None]


def import_archive(settings: Settings, folder: Path, progress: Progress) -> Json:
    """Make the archive in ``folder`` the base of ``ZHIKE_HOME``, which has none.

    Raises:
        Conflict: If there is a base already.
        InvalidInput: If the archive is damaged or of another format.
    """
    home = Home(settings.home)
    with home.own():
        return archive_json(settle(folder, _destination(home, settings), progress))


def restore_backup(settings: Settings, file: Path, *, force: bool, progress: Progress) -> Json:
    """Make the backup in ``file`` the base of ``ZHIKE_HOME``.

    Args:
        settings: Where the base is to be.
        file: As ``zhike backup`` wrote it.
        force: Where there is a base, keep its folder aside, under its name with ``.before-`` and the time.
        progress: Called with what is being done.

    Raises:
        Conflict: If there is a base already, and it is not to be kept aside.
        InvalidInput: If the backup is damaged or of another format; nothing has changed then.
    """
    home = Home(settings.home)
    with unpacked(file, home.path) as folder:
        check_files(folder, read_manifest(folder))
        erased = _erased_in(home)
        with _kept_aside(home, progress) if force and home.exists() else home.own():
            told = archive_json(settle(folder, _destination(home, settings), progress))
            _erase_again(home, erased)
            return told


def _erased_in(home: Home) -> Mapping[CustomerKey, bytes]:
    """Whom the base that is here has erased, with the secret that made their keys; nobody where there is no base."""
    return {CustomerKey(key): home.secret() for key in home.erased()} if home.exists() else {}


def _erase_again(home: Home, erased: Mapping[CustomerKey, bytes]) -> None:
    """Let whom the earlier base of the same secret had erased be erased when the restored one is opened."""
    for key, secret in erased.items():
        if secret == home.secret():
            UnfinishedErasures(home.path).begin(key)


def _destination(home: Home, settings: Settings) -> Destination:
    """The home with its graph where the settings say."""
    access = settings.graph_access()
    return destination(home, lambda schema: graph_of(home, settings.graph, schema, access),
                       lambda base: replace(base, graph=settings.graph))


@contextmanager
def _kept_aside(home: Home, progress: Progress) -> Iterator[None]:
    """The home's folder under another name, back again where nothing came to its place; held by nobody meanwhile."""
    aside = home.path.with_name(f"{home.path.name}.before-{int(time.time())}")
    with home.own():
        _rename(home.path, aside)
        try:
            with home.own():
                yield
        except BaseException:
            (home.path / "lock").unlink()
            home.path.rmdir()
            _rename(aside, home.path)
            raise
    progress(f"the base that was here is kept in {aside}")


def _rename(path: Path, new: Path) -> None:
    try:
        path.rename(new)
    except OSError as fault:
        msg = Text(zh=f"无法把 {path} 改名为 {new}：{fault.strerror}",
                   en=f"{path} cannot become {new}: {fault.strerror}")
        raise StoreFailure(msg, hint=Text(zh="请恢复到另一个 ZHIKE_HOME",
                                          en="restore into another ZHIKE_HOME"), retryable=False) from fault
