"""One embedded PostgreSQL per test process; each test gets a copy of its migrated database."""

import pytest

from ingestion.settings import Settings
from ingestion.warehouse import migrations
from tests import foreign_server as foreign_servers
from tests.warehouse.small_warehouse import Warehouse, copy_of, drop, make_hasty, throw_away, use_example


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Settings of a running, migrated server; its database `finsam` is the pattern of the tests' own."""
    settings = Settings(home=tmp_path_factory.mktemp("server"))
    with pytest.MonkeyPatch.context() as patch:
        use_example(patch)
        migrations.migrate(settings)
        make_hasty(settings)
    yield settings
    throw_away(settings)


@pytest.fixture(autouse=True)
def example_contracts(request, monkeypatch):
    """The example's marts, for these tests only: other rooms' tests run in the same process."""
    if {"server", "foreign_server"} & set(request.fixturenames):
        use_example(monkeypatch)


@pytest.fixture
def warehouse(server):
    made = copy_of(server)
    yield made
    drop(server, made)


@pytest.fixture(scope="module")
def published(server):
    """Two associations published once. Read only: shared by the tests of a module."""
    made = copy_of(server, "shared")
    made.deliver("alfa")
    made.deliver("beta")
    with pytest.MonkeyPatch.context() as patch:
        use_example(patch)
        made.night()
    yield made
    drop(server, made)


@pytest.fixture(scope="module", params=["15", "wheel"])
def foreign_server(request, tmp_path_factory):
    """FINSAM_WAREHOUSE_URL: the oldest server we take (Debian's, where installed) and the newest, not as a superuser."""
    if foreign_servers.programs(request.param) is None:
        pytest.skip(f"PostgreSQL {request.param} is not installed here")
    with pytest.MonkeyPatch.context() as patch, foreign_servers.running(request.param) as url:
        use_example(patch)
        guest = Warehouse(Settings(home=tmp_path_factory.mktemp("guest"), warehouse_url=url))
        migrations.migrate(guest.settings)
        yield guest
