"""Every fact type that is made from tables, by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ibis.expr.types import Table

from kb.errors import NotFound
from kb.facts.definitions.contact import contact
from kb.facts.definitions.customer import customer
from kb.facts.definitions.interaction import interaction, interaction_history
from kb.facts.definitions.purchase import purchase
from kb.facts.definitions.relation import relation
from kb.facts.definitions.subscription import subscription
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource
from ontology.text import Text
from ontology.vocabulary import FactName

FACTS: Mapping[FactName, Callable[[TableSource, Moment], Table]] = MappingProxyType({
    FactName.CUSTOMER: customer,
    FactName.PURCHASE: purchase,
    FactName.INTERACTION: interaction,
    FactName.CONTACT: contact,
    FactName.SUBSCRIPTION: subscription,
    FactName.RELATION: relation,
})
"""``knowledge`` comes from the graph and ``moment`` from the request; the others are here."""


def build(tables: TableSource, moment: Moment, name: str) -> Table:
    """The fact table ``name`` as it was at ``moment``; nothing later is seen.

    Returns:
        ``customer_key`` and the properties; a related fact type has ``_key`` (unique for the customer, stable between
        refreshes) and ``days_ago`` (the order in which rows are told, may be null) before them.

    Raises:
        NotFound: For a name that is no fact type made from tables.
    """
    if name not in FACTS:
        msg = Text(zh=f"没有事实类型“{name}”；已知：{'、'.join(FACTS)}",
                   en=f"unknown fact type '{name}'; known: {', '.join(FACTS)}")
        raise NotFound(msg, hint=Text(zh="知识来自图谱，时刻来自请求",
                                      en="Knowledge comes from the graph and the moment from the request."))
    return FACTS[FactName(name)](tables, moment)


def build_kept(tables: TableSource, moment: Moment, name: str) -> Table:
    """What a refresh keeps of the fact ``name``: ``build``, but the whole history where cases may be opened again."""
    return interaction_history(tables, moment) if name == FactName.INTERACTION else build(tables, moment, name)
