"""A small shop's base through which the whole loop has run; it takes seconds."""

import pytest

from bench.bases.corner_shop import write_mapping, write_sales


@pytest.fixture(scope="session")
def shop_archive(tmp_path_factory):
    """The shop's base, published as release 1 and decided for everybody, as an archive."""
    from api.cli.demo import tell
    from api.settings import Settings
    from api.startup import open_service  # here, so that the tests of the other folders need not wait for it

    folder = tmp_path_factory.mktemp("shop")
    mapping = write_mapping(folder, write_sales(folder / "sales.csv", members=30))
    settings = Settings(home=folder / "home", engine_workers=0)
    tell(settings, mapping=str(mapping), overrides={}, serve=False, say=quiet)
    with open_service(settings) as service:
        service.archives.export(folder / "archive", quiet)
    return folder / "archive"


@pytest.fixture(scope="session")
def new_shop(shop_archive):
    """Make the shop's base in a new home, on the engine that the environment names."""
    from api.settings import Settings
    from api.use_cases.restoring import import_archive

    def make(home):
        import_archive(Settings(home=home), shop_archive, quiet)
        return home

    return make


@pytest.fixture
def shop(new_shop, tmp_path):
    """The shop's base, for one test to write to."""
    return new_shop(tmp_path / "home")


def quiet(_):
    """Nobody listens to the progress."""
