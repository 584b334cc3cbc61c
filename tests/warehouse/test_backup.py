"""Backup and restore. Fault F70: what is restored is what was published, and nothing of the lost timeline gets through."""

import json
import shutil

import pytest

from ingestion.warehouse import access, backup, migrations, publish, reinstated
from ingestion.warehouse.access import Right
from ingestion.warehouse.backup import BackupBroken
from tests.warehouse.small_warehouse import ENTRIES

CHANGED = [*ENTRIES, ("2017", "fees", "-40.00")]
FIGURES = "select * from marts.statement order by association_id, fiscal_year, line_code"


def figures(warehouse):
    return warehouse.ask("finsam_reader", FIGURES), warehouse.ask(
        "finsam_audit",
        "select generation, mart, association_id, row_count, content_hash from ops.publication_mart order by 1, 2, 3",
    )


@pytest.fixture
def house(foreign_server):
    """A warehouse on somebody else's server, emptied: its administrator is no superuser, and row security binds it."""
    with foreign_server.admin() as admin:
        admin.execute(
            "truncate ops.publication, ops.publication_mart, ops.publication_delivery, ops.build_outcome, ops.delivery,"
            " ops.association_state, ops.build_scope, ops.evidence, ops.published_finding, ops.published_status,"
            " ops.published_column, ops.rollback, ops.folding, ops.candidate_mark, ops.build_input cascade;"
            " truncate store.statement, store.capital, store.flow, store.dim_line, store.fct_entry"
        )
    foreign_server.deliveries.clear()
    return foreign_server


def test_nights_after_a_restore_give_the_same_figures(house, tmp_path):
    """A night, a backup, two further nights, a restore, the nights again. Stale runs of the lost timeline are refused."""
    house.deliver("alfa")
    house.deliver("beta")
    house.night()
    before = figures(house)
    kept = backup.backup(house.settings, tmp_path / "backup")
    assert (kept.generation, kept.rows["store.statement_current"]) == (1, 8)
    assert not any(name.startswith("secrets") for name in kept.files)

    house.deliver("alfa", CHANGED)
    house.night()
    house.deliver("beta", CHANGED)
    house.night()
    expected = figures(house)
    stale = house.open(full=True)
    house.build(stale[2])
    house.judge(stale[0])

    done = backup.restore(house.settings, tmp_path / "backup")
    assert figures(house) == before
    assert done.generation == 1
    assert done.token > stale[1]
    migrations.check(house.settings)
    with pytest.raises(publish.PublicationRefused, match="inte det senaste"):
        publish.publish(house.settings, stale[0], stale[1], "stale")

    house.versions = {"alfa": 1, "beta": 1}
    house.deliver("alfa", CHANGED)
    house.night()
    house.deliver("beta", CHANGED)
    house.night()
    assert figures(house) == expected
    with house.admin() as admin:
        assert admin.execute("select 1 from pg_database where datname = %s", (done.kept_as,)).fetchone() == (
            1,
        )
        admin.execute(f"drop database {done.kept_as}")


@pytest.mark.parametrize("changed", ["amount_sek + 1", "-amount_sek"])
def test_a_backup_of_what_was_not_published_is_refused(house, tmp_path, changed):
    """A sign is told too, which the server's own hash of a row does not see."""
    house.deliver("alfa")
    house.night()
    with house.admin() as admin:
        admin.execute("set role own_store; alter table store.statement_current no force row level security")
        admin.execute(f"update store.statement_current set amount_sek = {changed}")
        admin.execute("alter table store.statement_current force row level security")
    with pytest.raises(BackupBroken, match="statement för alfa"):
        backup.backup(house.settings, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize("damage", ["cut", "other_key", "no_manifest", "newer"])
def test_a_backup_that_is_not_what_it_was_replaces_nothing(house, tmp_path, damage):
    house.deliver("alfa")
    house.night()
    folder = tmp_path / "backup"
    backup.backup(house.settings, folder)
    before = figures(house)
    manifest = json.loads((folder / "manifest.json").read_text())
    if damage == "cut":
        (folder / "database.dump").write_bytes((folder / "database.dump").read_bytes()[:-100])
    elif damage == "other_key":
        manifest["key_mark"] = "0" * 16
    elif damage == "newer":
        manifest["migrations"]["999_later.sql"] = "x"
    if damage == "no_manifest":
        (folder / "manifest.json").unlink()
    else:
        (folder / "manifest.json").write_text(json.dumps(manifest))
    told = {
        "cut": "skadad",
        "other_key": "inte den som",
        "no_manifest": "ingen säkerhetskopia",
        "newer": "nyare version",
    }
    with pytest.raises((BackupBroken, migrations.WarehouseUnavailable), match=told[damage]):
        backup.restore(house.settings, folder)
    assert figures(house) == before


def test_rows_that_are_missing_in_the_restored_database_stop_it(house, tmp_path):
    """The manifest says how many there were: row security or a full disk may have left some out."""
    house.deliver("alfa")
    house.night()
    folder = tmp_path / "backup"
    backup.backup(house.settings, folder)
    before = figures(house)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["rows"]["ops.delivery"] += 1
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackupBroken, match=r"ops\.delivery"):
        backup.restore(house.settings, folder)
    assert figures(house) == before


def test_readers_of_the_backup_who_have_no_login_any_more_are_named(house, tmp_path):
    """A right that was taken back does not come back with a restore: the login is gone and is made anew by a person."""
    house.deliver("alfa")
    house.night()
    (house.settings.reference / "alfa").mkdir(parents=True, exist_ok=True)
    access.grant(house.settings, "bo_ekonom", Right("person", "public", ("alfa",)))
    backup.backup(house.settings, tmp_path / "backup")
    access.revoke(house.settings, "bo_ekonom")
    done = backup.restore(house.settings, tmp_path / "backup")
    assert done.closed == ["bo_ekonom"]
    with house.admin() as admin:
        admin.execute(f"drop database {done.kept_as}")
    access.revoke(house.settings, "bo_ekonom")


def test_what_the_home_lost_comes_back_and_secrets_only_if_asked_for(house, tmp_path):
    home = house.settings.home
    (home / "archive" / "alfa" / "ledger").mkdir(parents=True, exist_ok=True)
    (home / "archive" / "alfa" / "ledger" / "known.se.gz").write_bytes(b"x")
    with house.admin() as admin:
        admin.execute("insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name,"
            " byte_count, state, run_id, code_version) values ('known', 'ledger', 'gamma', 'whole', '2017', 'k', 'k.se', 1,"
            " 'rejected', 't', 't')")  # fmt: skip
    house.deliver("alfa")
    house.night()
    kept = backup.backup(house.settings, tmp_path / "backup", with_secrets=True)
    assert {"secrets/roles.json", "secrets/pseudonym_key_1"} <= set(kept.files)
    shutil.rmtree(home / "archive")
    (home / "secrets" / "pseudonym_key_1").unlink()
    done = backup.restore(house.settings, tmp_path / "backup")
    assert (home / "archive" / "alfa" / "ledger" / "known.se.gz").read_bytes() == b"x"
    assert (home / "secrets" / "pseudonym_key_1").exists()
    assert done.to_receive == []
    shutil.rmtree(home / "archive")
    with house.admin() as admin:
        admin.execute(f"drop database {done.kept_as}")


def test_deliveries_after_the_backup_go_back_to_their_inboxes(tmp_path):
    """Of personal files no original is kept: they are named for their sender."""
    import gzip

    from ingestion.settings import Settings

    settings = Settings(home=tmp_path)
    for feed, name in (
        ("member_fees", "a1.csv"),
        ("member_fees", "a2.csv"),
        ("participants", "p1.csv"),
        ("ledger", "l1.se"),
    ):
        folder = settings.archive / "alfa" / feed
        folder.mkdir(parents=True, exist_ok=True)
        with gzip.open(folder / f"{name}.gz", "wb") as out:
            out.write(name.encode())
    (settings.archive / "alfa" / "ledger" / "l2.se.gz").write_bytes(b"cut short")
    lost = reinstated.Lost(7, {"a1": "avgifter.csv", "a2": "gamla.csv", "p1": "deltagare.csv"})
    back, gone = reinstated.put_back(settings, {"a2"}, lost)
    assert back == ["alfa/ledger/l1", "alfa/member_fees/avgifter.csv"]
    assert gone == ["alfa/ledger/l2", "alfa/participants/deltagare.csv"]
    assert not list((settings.landing / "alfa" / "ledger").glob(".*"))
    assert (settings.landing / "alfa" / "member_fees" / "avgifter.csv").read_bytes() == b"a1.csv"
    assert (settings.landing / "alfa" / "ledger" / "l1.se").read_bytes() == b"l1.se"
