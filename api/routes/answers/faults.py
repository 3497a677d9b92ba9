"""A fault as a problem document (RFC 9457)."""

from typing import Literal

from api.routes.answers.base import Answer, absent
from api.routes.answers.health import PartsAnswer


class MemberFaultAnswer(Answer):
    """What is wrong with one member of a request."""

    at: str
    expected: str


class ProblemAnswer(Answer):
    """What went wrong, and what to try."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    hint: str = absent("what to try")
    kind: str = absent("the class of the fault")
    errors: list[MemberFaultAnswer] = absent("where the request is not as it must be")
    run_id: str = absent("of the run that is under way")
    digest: str = absent("of what would change now")
    parts: PartsAnswer = absent("of a service that is not ready")
