"""The one folder that holds all state of a base: who owns it now, its secret, its description.

::

    base.json     name, zone, currency, clock, graph      secret     key of the customers' HMAC (owner-only)
    lock          held while a process owns the base      service    address and key of the service that holds it
    snapshots/    tables as Parquet                       facts/     fact tables of the last refresh
    runs/         mining runs                             graph/     the embedded graph
    journal.db    decisions, outcomes, interactions       access.db  keys of the API, hashed
    erased        keys of erased persons                  links/     customer-knowledge links of every run
"""

import fcntl
import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cattrs import BaseValidationError

from kb.errors import BaseLocked, Conflict, InvalidInput, NotFound, StoreFailure
from kb.facts.moment import Moment
from kb.graph.address import EMBEDDED
from kb.model.codec import from_json, to_json
from kb.model.ids import CustomerKey
from ontology.text import Text

UNFINISHED = "unfinished"
"""The file that marks a home into which an archive is being read; there is no base before it is gone."""
_KEY_HEX_DIGITS = 32
_OWNER_ONLY = 0o600
_NOTING = threading.Lock()  # a home is one process's, so that its threads alone can meet


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentChange:
    """The moment of a base as somebody set it.

    Args:
        at: When, by the wall clock, epoch seconds.
        by: Who.
        before: The moment that stood before; ``None``: the wall clock.
        after: The moment that stood from then on; ``None``: the wall clock.
        stays: Whether it stays as it is whatever comes in; else it follows the data again.
    """

    at: int
    by: str
    before: int | None
    after: int | None
    stays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a base says of itself.

    Args:
        name: For people, in both languages.
        zone: IANA time zone in which its days and hours are told.
        currency: ISO 4217 code of every amount.
        as_of: The moment of a base made from the past, epoch seconds; ``None`` for a living one (the wall clock).
        graph: Where its graph is, as ``kb.graph.address`` tells it; never with a password.
        moments: How people set the moment, the last one last; imports set it where none did, and are not listed.
    """

    name: Text
    zone: str
    currency: str
    as_of: int | None = None
    graph: str = EMBEDDED
    moments: tuple[MomentChange, ...] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as fault:
            msg = Text(zh=f"没有时区“{self.zone}”；应为 IANA 名称",
                       en=f"unknown time zone {self.zone!r}; expected an IANA name")
            raise InvalidInput(msg, hint=Text(zh="例如 Asia/Shanghai 或 America/New_York",
                                              en="for example Asia/Shanghai or America/New_York")) from fault

    @property
    def keeps_moment(self) -> bool:
        """Whether somebody set the moment, so that what comes in does not."""
        return bool(self.moments) and self.moments[-1].stays

    def at_moment(self, as_of: int | None, *, by: str, at: int, stays: bool = True) -> "Base":
        """The base with another moment, and on record who set it and what stood before."""
        change = MomentChange(at=at, by=by, before=self.as_of, after=as_of, stays=stays)
        return replace(self, as_of=as_of, moments=(*self.moments, change))

    def moment(self) -> Moment:
        """The moment from which everything asks *how long ago*."""
        return Moment(as_of=int(time.time()) if self.as_of is None else self.as_of, zone=self.zone)


@dataclass(frozen=True, slots=True)
class Home:
    """A base's folder."""

    path: Path

    @property
    def journal_path(self) -> Path:
        """The SQLite file of decisions, outcomes and live interactions."""
        return self.path / "journal.db"

    @property
    def access_path(self) -> Path:
        """The SQLite file of API keys."""
        return self.path / "access.db"

    @property
    def facts_path(self) -> Path:
        """The folder of the last refresh's fact tables."""
        return self.path / "facts"

    @property
    def links_path(self) -> Path:
        """The folder of the links between customers and knowledge that each run found."""
        return self.path / "links"

    @property
    def runs_path(self) -> Path:
        """The folder of the mining runs."""
        return self.path / "runs"

    @property
    def extension_path(self) -> Path:
        """The local extension of the ontology, with the attributes that mappings declared."""
        return self.path / "extension.ttl"

    @property
    def vocabulary_path(self) -> Path:
        """Words for values of the data that people brought, in the form of the extension."""
        return self.path / "vocabulary.ttl"

    @property
    def service_path(self) -> Path:
        """Where the service that holds the base says how its owner reaches it."""
        return self.path / "service"

    @property
    def extensions(self) -> tuple[Path, ...]:
        """The local extension of the ontology, where there is one, then the words that people brought."""
        return tuple(path for path in (self.extension_path, self.vocabulary_path) if path.exists())

    def exists(self) -> bool:
        """Whether a base was ever made here."""
        return (self.path / "base.json").is_file()

    def create(self, base: Base, secret: bytes | None = None) -> None:
        """Make the folder, its secret and its description; an existing base keeps its secret.

        Args:
            base: What it says of itself.
            secret: That of another base, to share its graph; without it, a new one of 32 bytes.

        Raises:
            Conflict: If an archive is being made a base here and was not finished.
        """
        if (self.path / UNFINISHED).exists():
            msg = Text(zh=f"归档读入 {self.path} 时没有完成",
                       en=f"an archive was being read into {self.path}, and that was not finished")
            raise Conflict(msg, hint=Text(zh="请重新执行 `zhike import-knowledge` 或 `zhike restore`，或删除该文件夹",
                                          en="repeat `zhike import-knowledge` or `zhike restore`, or delete the "
                                             "folder"))
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        if not self._secret_path.exists():
            write_owner_only(self._secret_path, secret or secrets.token_bytes(32))
        self.describe(base)

    def describe(self, base: Base) -> None:
        """Write what the base says of itself."""
        write_owner_only(self.path / "base.json", to_json(base).encode())

    def base(self) -> Base:
        """What the base says of itself.

        Raises:
            NotFound: If no base was made here.
        """
        try:
            return from_json((self.path / "base.json").read_bytes(), Base)
        except FileNotFoundError as fault:
            msg = Text(zh=f"{self.path} 中没有知识库", en=f"there is no knowledge base in {self.path}")
            raise NotFound(msg, hint=Text(zh="请先执行 `zhike init`，或把 ZHIKE_HOME 设为已有知识库的文件夹",
                                          en="run `zhike init` first, or set ZHIKE_HOME to the folder "
                                             "of one")) from fault
        except (ValueError, BaseValidationError) as fault:
            msg = Text(zh=f"{self.path / 'base.json'} 没有描述一个知识库：需要 name、zone、currency、as_of",
                       en=f"{self.path / 'base.json'} does not describe a base: name, zone, currency, as_of expected")
            raise InvalidInput(msg, hint=Text(zh="它是否被改动过，或由另一个版本写成？",
                                              en="was it edited, or written by another version?")) from fault

    def secret(self) -> bytes:
        """The base's own secret, 32 bytes."""
        return self._secret_path.read_bytes()

    def customer_key(self, external_id: str) -> CustomerKey:
        """The key under which a person is known everywhere but in the graph."""
        return key_of(external_id, self.secret())

    def erased(self) -> frozenset[str]:
        """Keys of the persons who were erased; the next import respects the list."""
        listed = self.path / "erased"
        return frozenset(listed.read_text(encoding="utf-8").split()) if listed.exists() else frozenset()

    def note_erased(self, key: CustomerKey) -> None:
        """Put a person's key on the list of the erased, beside whoever is put there at the same time."""
        with _NOTING:
            write_owner_only(self.path / "erased", "\n".join(sorted(self.erased() | {key})).encode())

    @contextmanager
    def own(self) -> Iterator[None]:
        """Hold the base's lock; the operating system lets go of it when the process ends, however it ends.

        Raises:
            BaseLocked: If another process holds it.
            StoreFailure: If the folder cannot be written.
        """
        with self._lock_file() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as fault:
                lock.seek(0)
                holder = lock.read().strip()
                msg = Text(zh=f"{self.path} 中的知识库正被进程 {holder or '（未知）'} 占用",
                           en=f"the base in {self.path} is held by process {holder or 'unknown'}")
                raise BaseLocked(msg, hint=Text(zh="请停止该进程，或把命令发给正在运行的服务",
                                                en="stop that process, or send the command to the "
                                                   "running service")) from fault
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def is_owned(self) -> bool:
        """Whether a process holds the base's lock."""
        try:
            with self.own():
                return False
        except BaseLocked:
            return True

    def _lock_file(self) -> TextIO:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return (self.path / "lock").open("a+", encoding="utf-8")
        except OSError as fault:
            msg = Text(zh=f"无法写入文件夹 {self.path}：{fault.strerror}",
                       en=f"the home folder {self.path} cannot be written: {fault.strerror}")
            raise StoreFailure(msg, hint=Text(zh="请让运行 zhike 的用户拥有它，并放在可写的磁盘上",
                                              en="give it to the user who runs zhike, on a disk that "
                                                 "takes writes")) from fault

    @property
    def _secret_path(self) -> Path:
        return self.path / "secret"


def key_of(external_id: str, secret: bytes) -> CustomerKey:
    """``c`` and the first 32 hex digits of HMAC-SHA256.

    >>> key_of("42", b"secret") == key_of("42", b"secret"), key_of("42", b"secret") == key_of("42", b"other")
    (True, False)
    """
    mac = hmac.new(secret, external_id.encode(), hashlib.sha256).hexdigest()
    return CustomerKey("c" + mac[:_KEY_HEX_DIGITS])


def write_owner_only(path: Path, content: bytes) -> None:
    """Replace the file whole, readable by its owner alone from the first byte on.

    Raises:
        StoreFailure: If the disk refuses; the file stays as it was.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")  # two threads never share one
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as fault:
        msg = Text(zh=f"无法写入“{path}”：{fault.strerror}", en=f"'{path}' could not be written: {fault.strerror}")
        raise StoreFailure(msg, hint=Text(zh="请检查磁盘空间和文件夹权限",
                                          en="see disk space and rights of the home folder")) from fault
