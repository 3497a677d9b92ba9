"""The manager's *what if*: choose what to change about the next release, and see what would become of customers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.cancellation import Waited
from api.console.faults import same_site
from api.console.render import page
from api.dependencies import Manager, ReviewingDep, RulesDep, SimulatingDep
from api.routes.schemas import Id, Name
from api.use_cases.simulation.drafting import ReleaseDraft
from kb.curation.listing import ItemQuery
from kb.errors import InvalidInput
from kb.model.pattern_kinds import PATTERN_KINDS
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, KnowledgeStatus
from rules.decision.request import ContactDirection

router = APIRouter(include_in_schema=False)
_ITEMS_SHOWN = 200


class DraftForm(BaseModel):
    """What to try. ``weight`` has one entry for each of ``family``; an empty one leaves the family as it stands."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=200)
    include: list[Id] = Field(default_factory=list, max_length=1_000)
    family: list[Name] = Field(default_factory=list, max_length=50)
    weight: list[Name] = Field(default_factory=list, max_length=50)
    channel: Channel = Channel.PHONE
    direction: ContactDirection = "outbound"

    def draft(self) -> ReleaseDraft:
        """The draft.

        >>> DraftForm(family=["care", "survey"], weight=["", "1.5"]).draft().levers
        {'survey': 1.5}

        Raises:
            InvalidInput: For a weight that is no number.
        """
        try:
            levers = {family: float(weight) for family, weight in zip(self.family, self.weight, strict=True)
                      if weight.strip()}
        except ValueError as fault:
            msg = Text(zh=f"权重 {'、'.join(filter(None, self.weight))} 不是每个类别一个数",
                       en=f"the weights {', '.join(filter(None, self.weight))} are not one number for each family")
            raise InvalidInput(msg, hint=Text(zh="例如 1.5；留空表示保持不变",
                                              en="for example 1.5; empty lets the family stand as it is")) from fault
        return ReleaseDraft(name=self.name.strip(), include=tuple(self.include), levers=levers)


@router.get("/simulations")
def simulations_page(request: Request, reviewing: ReviewingDep, rules: RulesDep, simulations: SimulatingDep,
                     _: Manager) -> Response:
    """What may be tried, and what was tried before."""
    waiting = reviewing.items(ItemQuery(status=KnowledgeStatus.PROPOSED), limit=_ITEMS_SHOWN)
    items = [item for item in waiting["items"] if PATTERN_KINDS[item["pattern_kind"]].leads_to_rules]
    proposed = rules.listed(KnowledgeStatus.PROPOSED, limit=_ITEMS_SHOWN)["rules"]
    drafts = [rule for rule in proposed if rule["draft"]]
    return page(request, "simulations.html", waiting=items, drafts=drafts, is_cut=waiting["next"] is not None,
                approved=waiting["counts"]["approved"], kept=simulations.listed(), channels=list(Channel),
                families=list(ActionFamily))


@router.post("/simulations", dependencies=[Depends(same_site)])
def simulate(simulations: SimulatingDep, manager: Manager, waited: Waited,
             said: Annotated[DraftForm, Form()]) -> Response:
    """Try a draft; the answer is the page of what was found."""
    answer = simulations.simulate([said.draft()], said.channel, seed=7, author=manager.name,
                                          progress=waited, direction=said.direction)
    return RedirectResponse(f"/simulations/{answer['simulations'][0]['simulation_id']}", status_code=303)


@router.get("/simulations/comparison")
def comparison(request: Request, simulations: SimulatingDep, _: Manager,
               ids: Annotated[list[str], Query(alias="id", max_length=20)]) -> Response:
    """Simulations side by side."""
    return page(request, "simulations_compared.html", **simulations.compare(ids))


@router.get("/simulations/{simulation_id}")
def simulation_page(request: Request, simulations: SimulatingDep, _: Manager, simulation_id: str) -> Response:
    """What one draft would change: rules and funnels, first actions, segments, value and cost."""
    return page(request, "simulation.html", found=simulations.one(simulation_id))
