"""Linked data at the service that holds the base."""

from collections.abc import Callable
from typing import Any

import httpx

from api.use_cases.knowledge.linked import TURTLE

Json = dict[str, Any]


class RemoteLinked:
    """The linked data over HTTP; the service records the owner of the key as the one who brings it in."""

    def __init__(self, send: Callable[..., httpx.Response], require_owner: Callable[[str], None]) -> None:
        self._send = send
        self._require_owner = require_owner

    def written(self, media_type: str, as_of: str | None = None, known_at: str | None = None) -> str:
        """What a release publishes."""
        asked = {name: value for name, value in (("as_of", as_of), ("known_at", known_at)) if value is not None}
        return str(self._send("GET", "/v1/knowledge", params=asked, accept=media_type).text)

    def take_in(self, text: str, author: str) -> Json:
        """Propose the knowledge of a Turtle document."""
        self._require_owner(author)
        answer: Json = self._send("POST", "/v1/knowledge/imports", content=text.encode(), content_type=TURTLE).json()
        return answer

    def validate(self) -> Json:
        """The whole base against its shapes."""
        answer: Json = self._send("GET", "/v1/shapes/report").json()
        return answer

    def validate_as_turtle(self) -> str:
        """The same as a SHACL report."""
        return str(self._send("GET", "/v1/shapes/report", accept=TURTLE).text)
