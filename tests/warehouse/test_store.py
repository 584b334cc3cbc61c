"""Store and views follow the contracts; what was published is never rewritten by a migration."""

import shutil

import psycopg
import pytest

from ingestion.warehouse import connection as connections
from ingestion.warehouse import contracts, dictionary, store
from ingestion.warehouse.contracts import ContractProblem
from ingestion.warehouse.embedded import WarehouseUnavailable
from tests.warehouse.small_warehouse import EXAMPLE, use_example

CONTRACT = "models/marts/example.yml"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A dbt project of one's own to edit: edit(old, new) changes its contracts."""
    shutil.copytree(EXAMPLE, tmp_path / "project")
    use_example(monkeypatch)
    monkeypatch.setattr(contracts, "PROJECT", tmp_path / "project")

    def edit(old, new):
        file = tmp_path / "project" / CONTRACT
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return edit


def migrate(warehouse):
    with connections.open_target(connections.admin_target(warehouse.settings)) as connection:
        return store.create_missing(connection)


ADDED = """
      - {name: note_sv, data_type: text, description: Not, config: {meta: {label_sv: Not,
          lineage: {kind: lookup, atom: dim_line, value: "null::text",
          where: "atom.association_id = cell.association_id and false"}}}}
  - name: flow"""


def test_nothing_changed_is_nothing_done(warehouse, project):
    assert migrate(warehouse) == []


def test_the_store_has_one_partition_for_the_present_and_one_for_the_past(published):
    with published.admin() as connection:
        bounds = dict(
            connection.execute(
                "select c.relname::text, pg_get_expr(c.relpartbound, c.oid) from pg_inherits as i join "
                "pg_class as c on c.oid = i.inhrelid"
                " where i.inhparent = 'store.statement'::regclass"
            ).fetchall()
        )
        assert bounds == {
            "statement_current": f"FOR VALUES FROM ({store.OPEN}) TO (MAXVALUE)",
            "statement_history": "DEFAULT",
        }
        owners = connection.execute(
            "select distinct n.nspname, pg_get_userbyid(c.relowner) from pg_class as c join pg_namespace "
            "as n on n.oid = relnamespace"
            " where nspname in ('store', 'marts', 'marts_internal', 'marts_asof', 'marts_internal_asof') "
            "and relkind in ('r', 'p', 'v')"
        ).fetchall()
        assert set(owners) == {
            ("store", "own_store"),
            ("marts", "own_marts"),
            ("marts_internal", "own_marts"),
            ("marts_asof", "own_marts"),
            ("marts_internal_asof", "own_marts"),
        }
        plan = "\n".join(
            row[0] for row in connection.execute("explain select * from marts.statement").fetchall()
        )
        assert "statement_history" not in plan, "reading the present costs nothing of the past"


def test_row_security_is_on_and_forced_everywhere(published):
    with published.admin() as connection:
        assert (
            connection.execute(
                "select relname from pg_class where relnamespace = 'store'::regnamespace and relkind in "
                "('r', 'p')"
                " and not (relrowsecurity and relforcerowsecurity)"
            ).fetchall()
            == []
        )


def test_columns_carry_their_labels_and_the_senders_headers(published):
    assert published.ask("finsam_reader", "select col_description('marts.statement'::regclass, 5)") == [
        ("Belopp i kronor. Summan av radens bokförda belopp, intäkter plus.",)
    ]
    rows = published.ask(
        "finsam_reader",
        "select column_name, label_sv, lineage_kind, sender_headers from marts.data_dictionary"
        " where mart = 'statement' order by position",
    )
    assert [row[0] for row in rows] == [
        "association_id",
        "fiscal_year",
        "line_code",
        "label_sv",
        "amount_sek",
        "previous_year_sek",
    ]
    assert rows[4] == ("amount_sek", "Belopp i kronor", "additive", ["Belopp"])
    assert rows[3][3] == ["Benämning"]


def test_the_dictionary_shows_no_internal_mart_to_the_public(published):
    marts = {row[0] for row in published.ask("finsam_reader", "select mart from marts.data_dictionary")}
    assert marts == {"statement", "capital", "dim_line"}
    assert {
        row[0] for row in published.ask("finsam_internal", "select mart from marts_internal.data_dictionary")
    } == {"flow"}


def test_readers_views_hide_the_machinery(published):
    with published.connect("finsam_reader") as connection:
        names = [column.name for column in connection.execute("select * from marts.dim_line").description]
    assert names == ["association_id", "line_code", "label_sv", "ceiling_share"]


def test_every_number_a_reader_meets_says_how_many_decimals_it_has(published):
    """A spreadsheet's driver makes up a scale for a number without one."""
    with published.admin() as connection:
        found = connection.execute(
            "select a.attrelid::regclass::text, a.attname from pg_attribute as a"
            " inner join pg_class as c on c.oid = a.attrelid and c.relkind = 'v'"
            " where c.relnamespace::regnamespace::text in ('marts', 'marts_internal', 'marts_asof')"
            " and a.atttypid = 'numeric'::regtype and a.atttypmod < 0 and a.attnum > 0"
        ).fetchall()
    assert found == []


def test_a_new_column_is_added_and_the_past_stays(warehouse, project):
    warehouse.deliver("alfa")
    warehouse.night()
    project("\n  - name: flow", ADDED)
    assert migrate(warehouse) == ["store.capital.note_sv", "ops.lineage"]
    assert warehouse.ask("finsam_reader", "select distinct note_sv from marts.capital") == [(None,)]
    assert warehouse.ask("finsam_reader", "select count(*) from marts_asof.capital where generation = 1") == [
        (2,)
    ]
    assert migrate(warehouse) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "{name: label_sv, data_type: text, description: Benämning",
            "{name: title_sv, data_type: text, description: Benämning",
            "label_sv",
        ),
        (
            '{name: amount_sek, data_type: "numeric(18, 2)"',
            '{name: amount_sek, data_type: "numeric(18, 4)"',
            "amount_sek",
        ),
        ("primary_key: [_delivery_id, _row_number]", "primary_key: [_row_number, _delivery_id]", "nyckeln"),
        ("  - name: dim_line\n", "  - name: dim_row\n", "finns inte längre"),
    ],
)
def test_the_published_past_is_not_rewritten(warehouse, project, old, new, says):
    project(old, new)
    warehouse.deliver("alfa")
    warehouse.night()
    with pytest.raises(WarehouseUnavailable, match=says):
        migrate(warehouse)


def test_before_anything_is_published_any_shape_may_change(warehouse, project):
    project(
        '{name: amount_sek, data_type: "numeric(18, 2)"', '{name: amount_sek, data_type: "numeric(18, 4)"'
    )
    project("  - name: dim_line\n", "  - name: dim_row\n")
    changed = migrate(warehouse)
    assert "store.fct_entry" in changed
    assert "store.dim_line borttagen" in changed
    assert "store.dim_row" in changed
    with pytest.raises(psycopg.errors.UndefinedTable):
        warehouse.ask("finsam_reader", "select * from marts.dim_line")


def test_a_view_somebody_built_upon_is_named(warehouse, project):
    with warehouse.admin() as connection:
        connection.execute("create schema theirs; create view theirs.own as select * from marts.capital")
    project("\n  - name: flow", ADDED)
    with pytest.raises(WarehouseUnavailable, match=r"marts\.capital.*theirs\.own"):
        migrate(warehouse)


def test_required_rules_are_those_of_the_tests_and_of_the_code(published):
    found = dict(published.ask("finsam_gate", "select rule_id, severity from ops.required_rule"))
    assert found == {
        "TST-001": "invariant",
        "TST-002": "finding",
        "TST-003": "hold",
        "REC-100": "invariant",
        "BLD-001": "invariant",
        "BLD-002": "finding",
        "DLV-011": "finding",
        "DLV-012": "invariant",
    }


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{audience: atom,", "{audience: everyone,", "audience"),
        ("primary_key: [_delivery_id, _row_number]", "primary_key: [nothing]", "primary_key"),
        ("label_sv: Bokförda rader, ", "", "label_sv"),
        ('data_type: "numeric(18, 2)"', "data_type: money", "money"),
        ("config: {meta: {label_sv: Tak som andel}}", "config: {meta: {}}", "ceiling_share"),
        ("  - name: dim_line\n", "  - name: fct_entry\n", "två gånger"),
        ("  - name: dim_line\n", "  - name: Dim Line\n", "tecken"),
        ("version: 2", "version: [", "YAML"),
    ],
)
def test_a_faulty_contract_is_refused_before_anything_is_created(project, old, new, says):
    project(old, new)
    with pytest.raises(ContractProblem, match=says):
        contracts.read()


def test_descriptions_may_stand_in_the_glossary(project):
    folder = contracts.PROJECT / "models"
    (folder / "glossary.md").write_text("{% docs result %}\nIntäkter minus\nkostnader.\n{% enddocs %}")
    project("description: Årets resultat.", "description: \"{{ doc('result') }}\"")
    capital = next(contract for contract in contracts.read() if contract.name == "capital")
    assert capital.column("result_sek").definition_sv == "Intäkter minus kostnader."


def test_every_mart_of_the_project_has_a_contract_that_can_be_published():
    declared = contracts.read()
    known = {contract.name: contract for contract in declared}
    for contract in declared:
        for column in contract.columns:
            atom = (column.lineage or {}).get("atom")
            assert atom is None or atom in known, (contract.name, column.name)
            dictionary.sender_headers(known, contract.name, column.name)


def test_what_is_as_declared_is_not_touched_by_an_edited_generator(warehouse, monkeypatch, tmp_path):
    """Views are made anew when their SQL changes, not when the file that writes it does."""
    monkeypatch.setattr(store, "__file__", str(tmp_path / "edited.py"))
    with warehouse.admin() as connection:
        connection.execute("create schema theirs; create view theirs.own as select * from marts.capital")
    assert migrate(warehouse) == []


def test_a_reader_who_holds_a_table_is_not_waited_for(warehouse, project, monkeypatch):
    monkeypatch.setattr(store, "LOCK_TIMEOUT", "200ms")
    project("\n  - name: flow", ADDED)
    with warehouse.connect("finsam_reader") as reader:
        reader.execute("select * from marts.capital").fetchall()
        with pytest.raises(WarehouseUnavailable, match="medan någon läser"):
            migrate(warehouse)
    assert "store.capital.note_sv" in migrate(warehouse)


def test_a_table_of_before_the_hashes_gets_them_and_nothing_moves(warehouse):
    """The owner is held by forced row security: a backfill that saw no row would leave every hash empty."""
    warehouse.deliver("alfa")
    warehouse.night()
    hashes = "select sum(_row_hash)::text, count(*) from store.statement"
    before = warehouse.ask("finsam_audit", hashes)
    with warehouse.admin() as connection:
        connection.execute("drop policy keeper on store.statement_history")
        connection.execute("alter table store.statement drop column _row_hash")
        connection.execute("update ops.mart set contract_hash = 'old' where mart = 'statement'")
    migrate(warehouse)
    assert warehouse.ask("finsam_audit", hashes) == before
    assert warehouse.night(full=True).generation is None
    with warehouse.admin() as connection:
        assert connection.execute(
            "select relforcerowsecurity from pg_class where oid = 'store.statement'::regclass"
        ).fetchone() == (True,)


def test_after_a_new_column_only_changed_rows_move(warehouse, project):
    warehouse.deliver("alfa")
    warehouse.night()
    project("\n  - name: flow", ADDED)
    migrate(warehouse)
    with warehouse.admin() as connection:
        assert connection.execute(
            "select count(*) from store.capital as t where _row_hash <> hashint8extended(hash_record_extended("
            "row(association_id, fiscal_year, opening_sek, result_sek, closing_sek, ceiling_share, status, note_sv), 0), 0)"
        ).fetchone() == (0,)
