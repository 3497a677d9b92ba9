"""How much one request may say, and what is wrong with one that says more."""

import re
from dataclasses import dataclass

from ontology.text import Text

_DOCUMENTS = ("/v1/knowledge/imports", "/v1/rules/imports")
# Strings and brackets in one pass, because a string that is not closed ends the text.
_STEPS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
_LESS = Text(zh="分几次提交", en="send it in parts")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """What one request may have at most.

    Args:
        target_bytes, header_bytes: Of path and query; of all headers.
        body_bytes, document_bytes: Of a body; of a document that brings knowledge or rules.
        depth, members, string_bytes: Of JSON: levels, members and elements in all, each string as it is written.
        fields: Of a form.
        body_seconds: From the head of a request to the end of its body.
    """

    target_bytes: int = 8_192
    header_bytes: int = 32_768
    body_bytes: int = 1_000_000
    document_bytes: int = 5_000_000
    depth: int = 32
    members: int = 50_000
    string_bytes: int = 20_000
    fields: int = 1_000
    body_seconds: float = 30.0

    def most_bytes(self, path: str) -> int:
        """Of the body of a call of this path."""
        return self.document_bytes if path in _DOCUMENTS else self.body_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefusal:
    """Why a request goes no further: an HTTP status and words."""

    status: int
    message: Text
    hint: Text


def too_large(most: int) -> RequestRefusal:
    """A body of more bytes than the call takes."""
    return RequestRefusal(status=413, hint=_LESS, message=Text(
        zh=f"请求正文超过 {most:,} 字节，此调用最多接受这么多",
        en=f"the body has more than the {most:,} bytes that this call takes"))


def fault_of_head(limits: RequestLimits, target: bytes, headers: list[tuple[bytes, bytes]]) -> RequestRefusal | None:
    """What is wrong with the head of a request; ``None`` where nothing is."""
    if len(target) > limits.target_bytes:
        return RequestRefusal(status=414, hint=_LESS, message=Text(
            zh=f"地址和参数共 {len(target):,} 字节，最多 {limits.target_bytes:,}",
            en=f"path and parameters have {len(target):,} bytes, {limits.target_bytes:,} at most"))
    total = sum(len(name) + len(value) for name, value in headers)
    if total > limits.header_bytes:
        hint = Text(zh="去掉不需要的请求头", en="leave out what is not needed")
        return RequestRefusal(status=431, hint=hint, message=Text(
            zh=f"请求头共 {total:,} 字节，最多 {limits.header_bytes:,}",
            en=f"the headers have {total:,} bytes, {limits.header_bytes:,} at most"))
    coded = dict(headers).get(b"content-encoding", b"identity").strip().lower()
    if coded not in {b"", b"identity"}:
        hint = Text(zh="不压缩，也不带 Content-Encoding 再发一次", en="send it as it is, without Content-Encoding")
        return RequestRefusal(status=415, hint=hint,
                              message=Text(zh="不接受压缩的请求正文", en="compressed bodies are not taken"))
    return None


def fault_of_body(limits: RequestLimits, kind: str, body: bytes) -> RequestRefusal | None:
    """What is wrong with the size of what a body says, before anything reads it; ``None`` where nothing is.

    Args:
        limits: What is allowed.
        kind: The media type, without parameters.
        body: All of it.
    """
    if kind == "application/json" or kind.endswith("+json"):
        return _fault_of_json(limits, body)
    if kind == "application/x-www-form-urlencoded" and body.count(b"&") >= limits.fields:
        return _shape(f"表单超过 {limits.fields:,} 个字段", f"the form has more than {limits.fields:,} fields")
    return None


def _fault_of_json(limits: RequestLimits, body: bytes) -> RequestRefusal | None:
    """Counted without reading it: every member and element but the first of each follows a comma.

    >>> _fault_of_json(RequestLimits(depth=2), b'[["[[["]]')
    >>> _fault_of_json(RequestLimits(depth=2), b'[[[]]]').message.en
    'the JSON has more than 2 levels'
    >>> _fault_of_json(RequestLimits(string_bytes=3), b'["abcd"]').message.en
    'the JSON has a string of more than 3 bytes'
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") > limits.members:
        return _shape(f"JSON 超过 {limits.members:,} 个成员", f"the JSON has more than {limits.members:,} members")
    depth = 0
    for step in _STEPS.finditer(body):
        match step[0][:1]:
            case b'"' if len(step[0]) - 2 > limits.string_bytes:
                return _shape(f"JSON 中有超过 {limits.string_bytes:,} 字节的文本",
                              f"the JSON has a string of more than {limits.string_bytes:,} bytes")
            case b"[" | b"{":
                depth += 1
            case b"]" | b"}":
                depth -= 1
        if depth > limits.depth:
            return _shape(f"JSON 嵌套超过 {limits.depth} 层", f"the JSON has more than {limits.depth} levels")
    return None


def _shape(zh: str, en: str) -> RequestRefusal:
    return RequestRefusal(status=422, message=Text(zh=zh, en=en),
                          hint=Text(zh="说得短一些，或分几次提交", en="say less, or send it in parts"))
