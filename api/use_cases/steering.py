"""What managers steer by: levers, the contact policy that is in force, and what holding customers out has shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.use_cases.views import Json
from kb.curation.curation import Curation
from kb.curation.levers import StandingLevers
from kb.description import BaseDescription
from kb.experiments.holdouts import HoldoutContrast, HoldoutMember, contrasts, watched
from kb.experiments.proportion import Proportion
from kb.graph.port import Graph
from kb.journal.peer_journals import left_out
from kb.journal.store import Journal
from kb.model.action import Holdout, Levers
from kb.model.codec import to_plain
from kb.model.pattern import iso_instant
from kb.model.release import ReleaseSummary
from ontology.vocabulary import ActionFamily
from rules.packs.pack import load_pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """The steering part of the service."""

    curation: Curation
    description: BaseDescription
    graph: Graph
    journal: Journal
    standing_levers: StandingLevers

    def levers(self) -> Json:
        """The levers of the live release and of the next one, and who set them when and why, oldest first.

        So are the shares of exploration.
        """
        live = self.curation.live()
        both = {"live": Levers() if live is None else live.levers, "next": self.standing_levers.current()}
        history = [to_plain(change) | {"at": iso_instant(change.at)} for change in self.standing_levers.history()]
        return {**{name: to_plain(levers.by_family) for name, levers in both.items()},
                "exploration": {name: to_plain(levers.exploration or {}) for name, levers in both.items()},
                "history": history}

    def set_levers(self, weights: Mapping[ActionFamily, float], by: str, reason: str = "", *,
                   exploration: Mapping[ActionFamily, float] | None = None) -> Json:
        """Set levers and shares of exploration; they take effect with the next release."""
        self.standing_levers.change(weights, by, reason, exploration=exploration)
        return self.levers()

    def contact_policy(self) -> Json:
        """The policy that the live release keeps to, and the one that the next release will."""
        live = self.curation.live()
        return {"release": None if live is None else live.number,
                "live": None if live is None else to_plain(live.policy), "next": to_plain(load_pack().policy)}

    def holdout_report(self) -> Json:
        """Each holdout there was: those held out beside those who were not, with a 95% interval for any day.

        ``left_out`` says in words what is not counted; null where all is.
        """
        releases = self.curation.releases()
        live = self.curation.live()
        in_force = () if live is None else live.policy.holdouts
        holdouts = dict.fromkeys((*in_force, *(one for release in releases for one in release.policy.holdouts)))
        return {"left_out": to_plain(left_out(self.graph, self.journal.id)),
                "holdouts": [self._holdout(holdout, releases) | {"in_force": holdout in in_force}
                             for holdout in holdouts]}

    def _holdout(self, holdout: Holdout, releases: Sequence[ReleaseSummary]) -> Json:
        under = [release.number for release in releases if holdout in release.policy.holdouts]
        found: tuple[HoldoutMember, ...] = watched(self.journal, self.graph, under, self.description.base.zone)
        return {**to_plain(holdout), "releases": sorted(under), "customers": len(found),
                "figures": [_contrast_json(contrast) for contrast in contrasts(holdout, found)]}


def proportion_json(found: Proportion) -> Json:
    """A share with what it is a share of."""
    return {"hits": found.hits, "customers": found.size, "rate": found.rate, "interval": list(found.interval)}


def _contrast_json(contrast: HoldoutContrast) -> Json:
    return {"effect": contrast.effect.value, "offered": proportion_json(contrast.offered),
            "held_out": proportion_json(contrast.held_out), "difference": contrast.difference,
            "interval": None if contrast.interval is None else list(contrast.interval),
            "verdict": to_plain(contrast.verdict)}
