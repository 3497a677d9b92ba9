"""The closed loop on one source, from its files to decisions, and the service over the base it leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli.demo import DemoReport, tell
from api.composition import UseCases
from api.settings import Settings
from api.startup import open_service
from kb.curation.listing import ItemQuery
from ontology.vocabulary import Channel


@dataclass(frozen=True)
class Loop:
    """A base through which the loop has run."""

    service: UseCases
    told: DemoReport

    @property
    def summary(self):
        """What came of deciding for everybody."""
        return self.told.decided

    @property
    def families(self):
        """Customers by the family of their first action."""
        return {row["first action"]: row["customers"] for row in self.summary["families"]}

    @property
    def items(self):
        """Every knowledge item."""
        return self.service.reviewing.items(ItemQuery(), limit=500)["items"]

    def decide(self, customer_id, **context):
        """The decision for one customer who calls."""
        return self.service.deciding.decide([customer_id], Channel.PHONE, context)["decisions"][0]

    def holders(self, item_id):
        """Some customers for whom an item holds."""
        found = self.service.reviewing.customers_of(item_id, cursor="", limit=5)
        return [row["customer_id"] for row in found["customers"]]


@contextmanager
def closed(home: Path, mapping: str, **files: Path) -> Iterator[Loop]:
    """Run the loop of a mapping in ``home``, and open the service over what it made."""
    settings = Settings(home=home, engine_workers=0)
    told = tell(settings, mapping=mapping, overrides=files, serve=False, say=lambda _: None)
    with open_service(settings) as service:
        yield Loop(service, told)


@pytest.fixture(scope="session")
def close_the_loop():
    return closed

