"""Rules at the service that holds the base."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx

from kb.errors import InvalidInput
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

Json = dict[str, Any]

_TWO_PERSONS = Text(zh="由正在运行的服务导入时，规则先作为草稿；{approver} 须用自己的密钥批准",
                    en="a running service holds the base: rules come in as drafts, and {approver} approves with a key"
                       " of their own")
_WITHOUT = Text(zh="去掉 --approve-by 再导入，然后由 {approver} 批准：`zhike rules approve`，或在审核页面上",
                en="import without --approve-by; then let {approver} approve, on the page of the review or by call")
_CANNOT_READ = Text(zh="无法读取 {path}：{why}", en="cannot read {path}: {why}")
_CANNOT_WRITE = Text(zh="无法写入 {path}：{why}", en="cannot write {path}: {why}")
_NAME_ONE = Text(zh="请给出存在的文件", en="name a file that is there")
_NAME_A_FOLDER = Text(zh="请给出存在的文件夹中的文件", en="name a file in a folder that is there")


class RemoteRules:
    """The rules over HTTP; the service records the owner of the key as the one who acts."""

    def __init__(self, send: Callable[..., httpx.Response], require_owner: Callable[[str], None]) -> None:
        self._send = send
        self._require_owner = require_owner

    def listed(self, status: KnowledgeStatus | None = None, q: str = "", *, cursor: str = "", limit: int = 100) -> Json:
        """The rules, each with its draft."""
        asked = {"q": q, "cursor": cursor, "limit": limit} | ({} if status is None else {"status": status})
        return self._asked("GET", "/v1/rules", params=asked)

    def one(self, rule_id: str) -> Json:
        """One rule beside its draft."""
        return self._asked("GET", f"/v1/rules/{quote(rule_id, safe='')}")

    def review(self, rule_id: str, verdict: str, reason: str, reviewer: str, *, read: str | None = None) -> Json:
        """Approve, reject or retire."""
        self._require_owner(reviewer)
        return self._asked("POST", f"/v1/rules/{quote(rule_id, safe='')}/review",
                           json={"verdict": verdict, "reason": reason, "digest": read})

    def export(self, path: Path, language: str) -> Json:
        """Write the rules of the service into a file."""
        answer = self._send("GET", "/v1/rules/file", params={"name": path.name, "language": language})
        try:
            path.write_bytes(answer.content)
        except OSError as fault:
            raise InvalidInput(_CANNOT_WRITE.fill(path=path, why=fault.strerror), hint=_NAME_A_FOLDER) from fault
        waiting = [unquote(one) for one in answer.headers["X-Zhike-Waiting"].split(",") if one]
        return {"file": str(path), "rules": int(answer.headers["X-Zhike-Rules"]), "waiting": waiting}

    def take_in(self, path: Path, author: str, approver: str | None = None) -> Json:
        """Bring the rules of a file in as drafts.

        Raises:
            InvalidInput: If an approver is named: a key over HTTP is one person's; or the file cannot be read.
        """
        if approver is not None:
            raise InvalidInput(_TWO_PERSONS.fill(approver=approver), hint=_WITHOUT.fill(approver=approver))
        self._require_owner(author)
        try:
            content = path.read_bytes()
        except OSError as fault:
            raise InvalidInput(_CANNOT_READ.fill(path=path, why=fault.strerror), hint=_NAME_ONE) from fault
        return self._asked("POST", "/v1/rules/imports", params={"name": str(path)}, content=content,
                           content_type="application/octet-stream")

    def _asked(self, method: str, path: str, **request: Any) -> Json:
        answer: Json = self._send(method, path, **request).json()
        return answer
