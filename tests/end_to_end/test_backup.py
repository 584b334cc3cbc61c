"""F70, the whole way: real files, a backup, a further night, a restore, and the night again gives the same figures."""

import shutil

import pytest

from ingestion import night
from ingestion.settings import Settings
from ingestion.warehouse import backup, embedded, migrations
from tests.conftest import DEMO, new_warehouse

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("backup")]
ASSOCIATION = "skelleftea-norsjo"
LATER = "member_fees"


def deliver(home, later):
    """The demo's files of one association: all but one feed's, or that one's."""
    shutil.copytree(DEMO / "reference", home / "reference", dirs_exist_ok=True)
    for folder in (DEMO / "landing" / ASSOCIATION).iterdir():
        if (folder.name == LATER) == later:
            shutil.copytree(folder, home / "landing" / ASSOCIATION / folder.name, dirs_exist_ok=True)


def figures(warehouse):
    return warehouse.contents()


def test_a_night_after_a_restore_is_the_night_that_was(tmp_path_factory):
    home = tmp_path_factory.mktemp("backup") / "home"
    try:
        warehouse = new_warehouse(home)
        deliver(home, later=False)
        assert night.nightly(warehouse.settings, "test/1").published.generation == 1
        before = figures(warehouse)
        kept = backup.backup(warehouse.settings, home.parent / "copy")
        assert kept.generation == 1
        deliver(home, later=True)
        assert night.nightly(warehouse.settings, "test/2").published.generation == 2
        expected = figures(warehouse)
        assert expected != before

        done = backup.restore(warehouse.settings, home.parent / "copy")
        assert figures(warehouse) == before
        migrations.check(warehouse.settings)
        assert {name.split("/")[1] for name in done.to_receive} == {LATER}
        assert done.to_send_again == []
        assert night.nightly(warehouse.settings, "test/3").published.generation == 2
        assert figures(warehouse) == expected

        embedded.remove(warehouse.settings)  # the disk is gone too: what is left is the copy and the key
        shutil.move(home / "secrets" / "pseudonym_key_1", home.parent / "key")
        shutil.rmtree(home)
        (home / "secrets").mkdir(parents=True, mode=0o700)
        shutil.move(home.parent / "key", home / "secrets" / "pseudonym_key_1")
        again = backup.restore(warehouse.settings, home.parent / "copy")
        assert again.kept_as is None
        assert figures(warehouse) == before
        deliver(home, later=True)
        assert night.nightly(warehouse.settings, "test/4").published.generation == 2
        assert figures(warehouse) == expected
    finally:
        embedded.remove(Settings(home=home))
