"""Every fault that Zhike reports on purpose.

::

    ZhikeError
    ├── InvalidInput            what was given cannot be used
    │   ├── InvalidMapping      a mapping file says something impossible
    │   ├── InvalidSource       a source file is missing, unreadable or of another shape
    │   ├── InvalidRule         a rule does not type-check or leaves the safe subset
    │   ├── QueryRefused        a SPARQL query is no query, or asks for what is not allowed
    │   │   └── QueryTooCostly  it takes more time than one query may
    │   └── ShapeViolation      a record does not fit its SHACL shape
    ├── NotFound                nothing is known under that id
    │   └── NotKnownYet         not here, but another service on the graph may have made it a moment ago
    ├── Conflict                the request contradicts what is already recorded
    │   ├── ChangedMeanwhile    it is no longer what was read
    │   ├── DamagedRecord       what is stored under that id cannot be read
    │   └── RunUnderWay         a mining run has not ended yet
    ├── Forbidden               the key's role, or the four-eyes principle, does not allow it
    │   └── Unauthenticated     no key, or one that nobody holds
    └── Unavailable             cannot be done now, may be done later
        ├── BaseLocked          another process owns the folder
        └── StoreFailure        the graph, the journal or the disk refused
            └── GraphUnavailable  the graph's server cannot be reached, is starting or takes no writes now
"""

from ontology.text import Text


class ZhikeError(Exception):
    """A fault with a message for the person who caused it and a hint for what to try.

    Whatever a person can meet on a page is given as a ``Text``; what only a log, a client of the API or a terminal
    sees may be an English string.

    Args:
        message: What was given and what was expected.
        hint: What to try next; one sentence, may be empty.
        retryable: Whether the same request may succeed later.
    """

    def __init__(self, message: str | Text, *, hint: str | Text = "", retryable: bool = False) -> None:
        self.message_text, self.hint_text = _text(message), _text(hint)
        super().__init__(self.message)
        self.retryable = retryable

    @property
    def message(self) -> str:
        """The message in English, for logs, terminals and the API."""
        return self.message_text.en

    @property
    def hint(self) -> str:
        """The hint in English."""
        return self.hint_text.en


def _text(said: str | Text) -> Text:
    return said if isinstance(said, Text) else Text.same(said)


class InvalidInput(ZhikeError):
    """What was given cannot be used."""


class InvalidMapping(InvalidInput):
    """A mapping file says something impossible."""


class InvalidSource(InvalidInput):
    """A source file is missing, unreadable or of another shape than its mapping says."""


class InvalidRule(InvalidInput):
    """A rule does not type-check or leaves the subset that all readings share."""


class QueryRefused(InvalidInput):
    """A SPARQL query has a syntax error, a forbidden form, or asks for more than one answer may hold."""


class QueryTooCostly(QueryRefused):
    """A SPARQL query takes more time than one query may."""


class ShapeViolation(InvalidInput):
    """A record does not fit its SHACL shape; the message names shape, path and value."""


class NotFound(ZhikeError):
    """Nothing is known under that id."""


class NotKnownYet(NotFound):
    """Nothing is known under that id here; what another service made a moment ago may be on its way."""

    def __init__(self, message: str | Text, *, hint: str | Text = "", retryable: bool = True) -> None:
        super().__init__(message, hint=hint, retryable=retryable)


class Conflict(ZhikeError):
    """The request contradicts what is already recorded."""


class ChangedMeanwhile(Conflict):
    """What somebody decides about is no longer what they read.

    Args:
        digest: Of what stands now.
    """

    def __init__(self, message: str | Text, *, hint: str | Text = "", retryable: bool = False,
                 digest: str = "") -> None:
        super().__init__(message, hint=hint, retryable=retryable)
        self.digest = digest


class RunUnderWay(Conflict):
    """A mining run has not ended yet.

    Args:
        run_id: Which.
    """

    def __init__(self, message: str | Text, *, hint: str | Text = "", retryable: bool = True, run_id: str = "") -> None:
        super().__init__(message, hint=hint, retryable=retryable)
        self.run_id = run_id


class DamagedRecord(Conflict):
    """What is stored under that id cannot be read; it can be mended."""


class Forbidden(ZhikeError):
    """The role of the key, or the four-eyes principle, does not allow it."""


class Unauthenticated(Forbidden):
    """No key was given, or nobody holds that key."""


class Unavailable(ZhikeError):
    """Cannot be done now; the same request may succeed later."""

    def __init__(self, message: str | Text, *, hint: str | Text = "", retryable: bool = True) -> None:
        super().__init__(message, hint=hint, retryable=retryable)


class BaseLocked(Unavailable):
    """Another process owns this home folder."""


class StoreFailure(Unavailable):
    """The graph, the journal or the disk refused."""


class GraphUnavailable(StoreFailure):
    """The graph's server cannot be reached, is starting or takes no writes now."""
