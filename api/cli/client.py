"""The one way from a command to the product: the HTTP API, at the service that holds the base or in this process.

While a service owns ``ZHIKE_HOME``, commands speak to it with a key that only the owner of the folder can read. Where
none runs, the base is opened here, and the same application answers without a network; what that takes is imported
then alone, so that a command beside a service need not wait for it.
"""

import gc
import getpass
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from api.settings import Settings
from kb import errors
from kb.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated, Unavailable, ZhikeError
from kb.home import Home
from ontology.text import Text

if TYPE_CHECKING:
    from api.composition import UseCases

Json = dict[str, Any]
Progress = Callable[[str], None]
_TIMEOUT_SECONDS = 600
_IN_PROCESS = "http://in-process"
_FAULTS: dict[int, type[ZhikeError]] = {401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict,
                                        422: InvalidInput, 503: Unavailable}
_TWO_PERSONS = Text(zh="由正在运行的服务导入时，规则先作为草稿；{approver} 须用自己的密钥批准",
                    en="a running service holds the base: rules come in as drafts, and {approver} approves with a key"
                       " of their own")
_WITHOUT = Text(zh="去掉 --approve-by 再导入，然后由 {approver} 批准：`zhike rules approve`，或在审核页面上",
                en="import without --approve-by; then let {approver} approve, on the page of the review or by call")


class Client:
    """The calls of one command.

    Args:
        http: Sends them.
        say: Where progress goes.
        service_url: Of the service that holds the base; ``None`` where the base is open in this process.
    """

    def __init__(self, http: httpx.Client, say: Progress, service_url: str | None = None) -> None:
        self._http, self._say, self.service_url = http, say, service_url

    def get(self, path: str, **query: object) -> Json:
        """What is there; parameters of the query that are ``None`` are left out."""
        return _json_of(self.send("GET", path, params=query))

    def post(self, path: str, body: Mapping[str, object] | None = None, *, by: str | None = None,
             **query: object) -> Json:
        """What comes of an act.

        Args:
            path: Of the call.
            body: As JSON.
            by: Who acts; empty is the user of this process, ``None`` the owner of the base's folder.
            query: Parameters of the query.
        """
        return _json_of(self.send("POST", path, by=by, json=body, params=query))

    def delete(self, path: str, *, by: str | None = None) -> Json:
        """What comes of ending something."""
        return _json_of(self.send("DELETE", path, by=by))

    def send(self, method: str, path: str, *, by: str | None = None, approver: str | None = None,
             params: Mapping[str, object] | None = None, **request: Any) -> httpx.Response:
        """The answer itself.

        Args:
            method: Of HTTP.
            path: Of the call.
            by: Who acts, as ``post`` takes it.
            approver: A second person, who approves at once.
            params: Parameters of the query; those that are ``None`` are left out.
            request: The rest, as ``httpx`` takes it.

        Raises:
            ZhikeError: The fault that is told.
            InvalidInput: If a service holds the base and somebody else than its owner is named.
        """
        if self.service_url is not None:
            _require_owner(by, approver)
        answer = self.attempt(method, path, params={name: value for name, value in (params or {}).items()
                                                    if value is not None},
                              extensions=_acting(by, approver), **request)
        if answer.is_error:
            raise _fault_of(answer)
        return answer

    def attempt(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer, whatever its status.

        Raises:
            Unavailable: If nobody answers.
        """
        try:
            return self._http.request(method, path, **request)
        except httpx.TransportError as fault:
            msg = f"the service at {self.service_url} does not answer: {fault}"
            raise Unavailable(msg, hint="look whether it still runs") from fault

    def say(self, line: str) -> None:
        """Tell how far the work is."""
        self._say(line)

    def announce(self, line: str) -> None:
        """Tell what a service is asked to do, which does not say itself how far it is."""
        if self.service_url is not None:
            self._say(line.format(url=self.service_url))


@contextmanager
def open_client(settings: Settings, say: Progress) -> Iterator[Client]:
    """A client of the service that holds the base of ``ZHIKE_HOME``; where none does, the base is opened meanwhile.

    Raises:
        NotFound: If there is no base.
        BaseLocked: If another process holds it, which is no service.
    """
    home = Home(settings.home)
    settings.check_base(home.base())
    with ExitStack() as opened:
        if home.service_path.is_file() and home.is_owned():
            yield opened.enter_context(_client_of_service(home, say))
        else:
            yield opened.enter_context(client_in_process(opened.enter_context(_open(settings)), home, say))


@contextmanager
def client_in_process(use_cases: "UseCases", home: Home, say: Progress) -> Iterator[Client]:
    """A client of the use cases of this process."""
    from anyio.from_thread import start_blocking_portal

    from api.app import build_app
    from api.in_process import InProcess
    from api.security.keys import AccessKeys

    app = build_app(use_cases, AccessKeys(home.access_path))
    with (start_blocking_portal() as portal,
          httpx.Client(transport=InProcess(app, portal, say), base_url=_IN_PROCESS) as http):
        yield Client(http, say)


def quoted(part: str) -> str:
    """One part of a path, whatever characters an id has."""
    return quote(part, safe="")


def fault_named(kind: str, message: str | Text, hint: str | Text,
                otherwise: type[ZhikeError] = ZhikeError) -> ZhikeError:
    """The fault of a class that is told by its name.

    >>> fault_named("NotFound", "no item", "list them")
    NotFound('no item')
    """
    named = getattr(errors, kind, otherwise)
    fault: ZhikeError = named(message, hint=hint)
    return fault


@contextmanager
def _open(settings: Settings) -> Iterator["UseCases"]:
    """The base itself. The collector is off meanwhile: it would look again and again at modules that all stay."""
    with ExitStack() as opened:
        gc.disable()
        try:
            from api.startup import open_service

            use_cases = opened.enter_context(open_service(settings))
        finally:
            gc.enable()
        yield use_cases


@contextmanager
def _client_of_service(home: Home, say: Progress) -> Iterator[Client]:
    told = json.loads(home.service_path.read_text(encoding="utf-8"))
    with httpx.Client(base_url=told["url"], headers={"Authorization": f"Bearer {told['key']}"},
                      timeout=_TIMEOUT_SECONDS) as http:
        yield Client(http, say, told["url"])


def _json_of(answer: httpx.Response) -> Json:
    body: Json = answer.json()
    return body


def _fault_of(answer: httpx.Response) -> ZhikeError:
    told: Json = answer.json()
    return fault_named(told.get("kind", ""), told.get("detail", str(told)), told.get("hint", ""),
                       _FAULTS.get(answer.status_code, ZhikeError))


def _acting(by: str | None, approver: str | None) -> Json:
    """Who acts, for a call in this process; a service knows it by the key."""
    return {"by": by if by is None else by or getpass.getuser(), "approver": approver}


def _require_owner(by: str | None, approver: str | None) -> None:
    """The service records the owner of the key as the one who acts; another name must not be lost silently.

    Raises:
        InvalidInput: If somebody else is named.
    """
    if approver is not None:
        raise InvalidInput(_TWO_PERSONS.fill(approver=approver), hint=_WITHOUT.fill(approver=approver))
    if by and by != getpass.getuser():
        msg = f"a running service holds the base and records {getpass.getuser()} as the one who acts, not {by}"
        raise InvalidInput(msg, hint=f"let {by} act with a key of their own, or stop the service")
