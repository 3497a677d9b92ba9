"""An import that is cut off is not there, or is finished when the base is opened."""


import pytest

from api.composition import open_use_cases
from api.use_cases import ingestion
from bench.bases.corner_shop import write_mapping, write_sales
from kb.home import Home
from tests.homes import open_base


class CutOff(BaseException):
    """The process ends here."""


def opened(home):
    return open_use_cases(open_base(Home(home)))


@pytest.fixture
def grown(tmp_path):
    """The mapping of the shop whose file goes a year back."""
    folder = tmp_path / "files"
    folder.mkdir()
    return str(write_mapping(folder, write_sales(folder / "sales.csv", weeks=52)))


def orders(service):
    return service.customers.find("m0", 1)[0]["summary"]["en"]


def bring_in(service, mapping):
    return service.ingestion.import_mapping(mapping, {}, progress=lambda _: None)


@pytest.mark.parametrize("place", ["Ingestion._take_over", "load_persons", "Ingestion._renew_facts", "load_facts"])
def test_an_import_whose_tables_are_in_place_is_finished_when_the_base_is_opened(home, grown, monkeypatch, place):
    with opened(home) as service:
        assert orders(service).startswith("26 orders")
        monkeypatch.setattr(f"{ingestion.__name__}.{place}", _cut_off)
        with pytest.raises(CutOff):
            bring_in(service, grown)
        monkeypatch.undo()
    with opened(home) as service:
        assert orders(service).startswith("52 orders")
        assert bring_in(service, grown)["unchanged"]
    assert not (home / "unfinished-import").exists()


def test_an_import_that_was_cut_off_before_its_tables_were_in_place_did_not_take_place(home, grown, monkeypatch):
    with opened(home) as service:
        monkeypatch.setattr("kb.ingestion.snapshot_writing.write_catalog", _cut_off)
        with pytest.raises(CutOff):
            bring_in(service, grown)
        monkeypatch.undo()
    assert (home / "unfinished-import" / "persons.parquet").exists()
    (home / ".import-left").mkdir()
    with opened(home) as service:
        assert orders(service).startswith("26 orders")
        assert not (home / "unfinished-import").exists()
        assert not (home / ".import-left").exists()
        assert not bring_in(service, grown)["unchanged"]
        assert orders(service).startswith("52 orders")


def test_an_import_that_failed_when_its_tables_were_in_place_is_finished_by_the_next_one_of_the_same_service(
        home, grown, monkeypatch):
    with opened(home) as service:
        with monkeypatch.context() as patch:
            patch.setattr(ingestion, "load_facts", _cut_off)
            with pytest.raises(CutOff):
                bring_in(service, grown)
        assert bring_in(service, grown)["unchanged"]
        assert orders(service).startswith("52 orders")


def _cut_off(*_, **__):
    raise CutOff
