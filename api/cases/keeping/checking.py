"""Whether what a base holds is sound, told for people and programs."""

from api.cases.base import OpenBase
from api.cases.views import Json
from kb.checkup.check import Check, Patient
from kb.checkup.registry import CHECKS
from kb.model.codec import to_plain

_MOST_TOLD = 20


class Checking:
    """The checks of the open base; nothing of it is changed."""

    def __init__(self, base: OpenBase) -> None:
        self._base = base

    def checkup(self) -> list[Json]:
        """Every check: what must hold, how much was looked at, how much is wrong, the first of it, and what to do."""
        base = self._base
        patient = Patient(home=base.home, graph=base.graph, schema=base.schema, journal=base.home.journal_path)
        return [_told(check, patient) for check in CHECKS]


def _told(check: Check, patient: Patient) -> Json:
    seen = check.look(patient)
    told = {"check": check.name, "says": to_plain(check.says), "looked_at": seen.looked_at, "wrong": len(seen.wrong)}
    return told | ({"first": list(seen.wrong[:_MOST_TOLD]), "remedy": to_plain(check.remedy)} if seen.wrong else {})
