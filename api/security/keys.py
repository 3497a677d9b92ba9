"""Who is calling: keys with roles, made at first start, shown once, stored hashed."""

import hashlib
import os
import pwd
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request

from kb.errors import Forbidden, InvalidInput, Unauthenticated
from kb.home import write_owner_only
from kb.journal.events import CONSOLE
from ontology.text import Text
from ontology.vocabulary import Role

COOKIE = "zhike_key"
_TAKEN = Text(zh="名称“{name}”留给控制台自己的记录",
              en="the name '{name}' is kept for what the console records by itself")
_ANOTHER_NAME = Text(zh="请用别的名称", en="choose another name")
_NOT_THIS_ROLE = Text(zh="{name} 的角色是 {role}；这需要以下角色之一：{allowed}",
                      en="{name} is {role}; this needs one of: {allowed}")
_FIRST_KEYS = (("agent", Role.AGENT), ("manager", Role.MANAGER), ("second-manager", Role.MANAGER),
               ("system", Role.SYSTEM))


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who sent a request: the holder of the key that came with it, or somebody at the terminal of the base.

    Args:
        name: Under which acts are recorded.
        role: What they may do.
        approver: A second person at the same terminal, who approves at once; never over HTTP, where a key is one's.
    """

    name: str
    role: Role
    approver: str | None = None


class AccessKeys:
    """The keys of a base in its SQLite file; only their SHA-256 is stored.

    A key carries 256 random bits, so a plain hash is enough: there is nothing to guess.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            write_owner_only(path, b"")
        with closing(self._connect()) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS access"
                       " (digest TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, made_at INTEGER)")

    def issue(self, name: str, role: Role) -> str:
        """A new key for ``name``; an earlier key of that name stops working. The key cannot be read again.

        Raises:
            InvalidInput: If that is the name under which pages record by themselves.
        """
        if name == CONSOLE:
            raise InvalidInput(_TAKEN.fill(name=name), hint=_ANOTHER_NAME)
        key = f"zk_{role}_{secrets.token_urlsafe(32)}"
        with closing(self._connect()) as db, db:
            db.execute("INSERT OR REPLACE INTO access VALUES (?, ?, ?, ?)",
                       (_digest(key), name, role.value, int(time.time())))
        return key

    def issue_first(self) -> dict[str, str]:
        """Keys for an agent, two managers (author and approver differ) and a system, by name."""
        return {name: self.issue(name, role) for name, role in _FIRST_KEYS}

    def is_empty(self) -> bool:
        """Whether no key was ever made."""
        with closing(self._connect()) as db:
            return db.execute("SELECT 1 FROM access LIMIT 1").fetchone() is None

    def holder(self, key: str) -> Principal:
        """Who holds ``key``.

        Raises:
            Unauthenticated: If nobody does.
        """
        with closing(self._connect()) as db:
            row = db.execute("SELECT name, role FROM access WHERE digest = ?", (_digest(key),)).fetchone()
        if row is None:
            raise Unauthenticated(Text(zh="没有人持有这个密钥", en="nobody holds this key"), hint=Text(
                zh="用 `zhike key 名称 --role agent` 生成新的密钥", en="`zhike key NAME --role agent` makes a new one"))
        return Principal(name=row[0], role=Role(row[1]))

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)


def key_of(request: Request) -> str:
    """The key that came with a request, in ``Authorization: Bearer``, ``X-API-Key`` or the console's cookie.

    Raises:
        Unauthenticated: If there is none.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    key = (bearer if scheme.lower() == "bearer" else "") or request.headers.get("x-api-key") \
        or request.cookies.get(COOKIE)
    if not key:
        raise Unauthenticated(Text(zh="需要访问密钥", en="a key is required"), hint=Text(
            zh="以 `Authorization: Bearer 密钥` 发送", en="send it as `Authorization: Bearer KEY`"))
    return key


def principal(request: Request) -> Principal:
    """Who sent the request; the guard before the application has looked already where it asks for a key.

    Raises:
        Unauthenticated: If there is no key, or nobody holds it.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        keys: AccessKeys = request.app.state.access
        known = request.state.principal = keys.holder(key_of(request))
    return known


def require(*roles: Role) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency that lets only these roles pass."""

    async def guard(request: Request) -> Principal:  # async: who it is was looked up before, in a thread
        found = principal(request)
        if found.role not in roles:
            raise Forbidden(_NOT_THIS_ROLE.fill(name=found.name, role=found.role, allowed=", ".join(roles)),
                            hint=Text(zh="请使用有此角色的人的密钥", en="use the key of somebody who has that role"))
        return found

    return guard


def owner_name() -> str:
    """The name of the key that a service makes for whoever owns the base's folder."""
    return f"owner-{pwd.getpwuid(os.getuid()).pw_name}"


def require_owner(request: Request) -> Principal:
    """A dependency that lets the owner of the base's folder pass, and no other manager.

    Raises:
        Forbidden: For anybody else's key.
    """
    found = principal(request)
    if (found.name, found.role) != (owner_name(), Role.MANAGER):
        msg = Text(zh=f"{found.name} 不能进行此操作；只有知识库文件夹的所有者可以",
                   en=f"{found.name} may not do this; it is for the owner of the base's folder")
        raise Forbidden(msg, hint=Text(zh="请以运行服务的用户身份、在其 ZHIKE_HOME 下执行命令",
                                       en="run the command as the user of the service, with its ZHIKE_HOME"))
    return found


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
