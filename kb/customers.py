"""Who the customers of a base are: the key under which each is known everywhere, and the id that people know."""

from kb.erasure import erased_in
from kb.errors import NotFound
from kb.graph.port import Graph
from kb.home import Home, key_of
from kb.model.ids import CustomerKey
from ontology.text import Text, shortened

_SHOWN = 200  # of what somebody gave as an id
_CUSTOMER_ID = "MATCH (c:Customer {customer_key: $key}) RETURN c.external_id AS external_id"


class CustomerDirectory:
    """The customers of one base. The secret is read once."""

    def __init__(self, home: Home, graph: Graph) -> None:
        self._home = home
        self._graph = graph
        self._secret = home.secret()

    def key_of(self, customer_id: str) -> CustomerKey:
        """The key under which a person is known everywhere but in the graph."""
        return key_of(customer_id, self._secret)

    def id_of(self, key: CustomerKey) -> str:
        """The external id behind a key; the key itself where the person was erased."""
        found = self._graph.read(_CUSTOMER_ID, key=key)
        return str(found[0]["external_id"]) if found else key

    def require(self, customer_id: str) -> CustomerKey:
        """The key of one customer who is known.

        Raises:
            NotFound: If the graph does not know that id.
        """
        key = self.key_of(customer_id)
        if not self._graph.read(_CUSTOMER_ID, key=key):
            raise unknown_customer(customer_id)
        return key

    def erased(self) -> frozenset[str]:
        """Keys of the persons who were erased, here or by a service that shares the graph; imports leave them out."""
        return self._home.erased() | erased_in(self._graph)


def unknown_customer(customer_id: str) -> NotFound:
    """The fault of asking about somebody who is not a customer of this base."""
    shown = shortened(customer_id, _SHOWN)
    return NotFound(Text(zh=f"没有客户 {shown!r}", en=f"unknown customer {shown!r}"), hint=Text(
        zh="用 GET /v1/customers?q= 查找", en="find one with GET /v1/customers?q="))
