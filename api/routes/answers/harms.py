"""The harm table, and what looking for its rows finds."""

from pydantic import Field

from api.routes.answers.base import Answer, TextAnswer
from api.routes.answers.rules import ConditionAnswer
from kb.model.harm import CategoryState
from ontology.vocabulary import ActionFamily, Channel, Purpose


class CardsAnswer(Answer):
    """The cards that a row speaks of: of some actions, families or purposes."""

    actions: list[str]
    families: list[ActionFamily]
    purposes: list[Purpose]
    is_outbound: bool = Field(description="only in what we send")
    channels: list[Channel] = Field(description="where it is looked for; empty: by phone, and in mails that we send")
    category: CategoryState | None = Field(description="only of products of a category in this state")


class HarmRowAnswer(Answer):
    """One row: such a card never stands in the answer for such a customer."""

    id: str
    says: TextAnswer
    seen: CardsAnswer
    when: ConditionAnswer = Field(description="the customer")
    author: str
    shipped: bool


class HarmChangeAnswer(Answer):
    """Who brought the base's own rows in, when, and which they were."""

    by: str
    at: str
    rows: list[str]


class HarmsAnswer(Answer):
    """Every row, those that are shipped first, and what became of the base's own ones, oldest first."""

    rows: list[HarmRowAnswer]
    history: list[HarmChangeAnswer]


class HarmFindingAnswer(Answer):
    """Cards of one action in answers where a row forbids them."""

    harm_id: str
    says: TextAnswer
    message: TextAnswer
    action_id: str
    rule_ids: list[str] = Field(description="the rules that raised them; `fallback` where none did")
    customers: int
    examples: list[str] = Field(description="customer ids, three at most")


class HarmIdleAnswer(Answer):
    """A row that nothing in the base can make true, and the facts that it does not hold."""

    harm_id: str
    facts: list[str]


class HarmReportAnswer(Answer):
    """What a release lets customers see that a row forbids."""

    customers: int = Field(description="of the base")
    suspects: int = Field(description="for whom rules, requirements and a row can come together; nobody else is harmed")
    decided: int = Field(description="of the suspects: all of them, or so many as were drawn")
    findings: list[HarmFindingAnswer]
    without_facts: list[HarmIdleAnswer]


class HarmCheckAnswer(HarmReportAnswer):
    """The same of the release that publishing would make now, or of the one that was named."""

    release: int
