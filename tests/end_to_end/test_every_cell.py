"""Every cell of the demo's marts walks back: its rows sum to it or its inputs recompute it, here and in SQL."""

import json
from decimal import Decimal

import pytest

from ingestion.warehouse import connection, lineage, recomputation

pytestmark = pytest.mark.xdist_group("airflow")


@pytest.fixture(scope="module")
def marts(demo_night):
    with connection.connect(demo_night.settings, "finsam_audit") as audit:
        return recomputation.registry(audit)


KEYS_OF_A_MART = 25
"""How many of a mart's rows the sample of `make test` asks about, spread by their hash; `make soak` asks about all."""


def keys_of(audit, mart, most=None):
    """The primary keys of the mart's published rows; of more than `most` those whose hash comes first."""
    columns = ", ".join(f"{name}::text" for name in mart.primary_key)
    return [
        dict(zip(mart.primary_key, row, strict=True))
        for row in audit.execute(
            f"select {columns} from store.{mart.name}_current order by md5(row({columns})::text) limit %s",
            (most,),
        ).fetchall()
    ]


def test_every_cell_recomputes(demo_night, marts):
    """Set-wise, all marts, atoms and dimensions with them."""
    examined = 0
    with connection.connect(demo_night.settings, "finsam_audit") as audit:
        associations = [
            row[0] for row in audit.execute("select association_id from ops.association_state").fetchall()
        ]
        for mart in marts:
            for found in lineage.verify(audit, mart, associations, "store"):
                assert found.failed == 0, found
                examined += found.examined
    assert examined > 5000


@pytest.mark.parametrize(
    ("keys_of_a_mart", "at_least"),
    [
        pytest.param(KEYS_OF_A_MART, 4000, id="a sample of every mart"),
        pytest.param(None, 20000, id="every row", marks=pytest.mark.soak),
    ],
)
def test_the_rows_behind_the_cells_are_those_they_are_made_of(demo_night, marts, keys_of_a_mart, at_least):
    """In SQL: additive cells are the sum of their rows, and each row stands in an accepted delivery's raw rows."""
    counted, named = 0, set()
    with connection.connect(demo_night.settings, "finsam_audit") as audit:
        audiences = dict(audit.execute("select mart, audience from ops.mart").fetchall())
        for mart in [one for one in marts.values() if audiences[one.name] in ("public", "internal")]:
            for key in keys_of(audit, mart, keys_of_a_mart):
                cells, behind = rows_behind(audit, mart, key)
                counted += cells
                named |= behind
        strange = audit.execute(
            "select t.id from unnest(%s::text[]) as t (id) left join ops.delivery as d on d.delivery_id = t.id"
            " where d.state is distinct from 'accepted' and t.id <> 'built-in'",
            (sorted({delivery for delivery, _ in named}),),
        ).fetchall()
    assert strange == []
    assert counted > at_least


def rows_behind(audit, mart, key):
    """How many cells the row has, and the deliveries' rows they rest on; each additive cell is their sum."""
    named = set()
    for column in mart.columns.values():
        rows = audit.execute(
            "select delivery_id, row_number, value from ops.cell_rows(%s, %s, %s)",
            (mart.name, json.dumps(key), column.name),
        ).fetchall()
        named |= {row[:2] for row in rows}
        if mart.kind(column) == "additive":
            published = one_cell(audit, mart, key, column.name)
            total = sum(Decimal(row[2]) for row in rows if row[2] is not None)
            assert total == (published or 0), (mart.name, key, column.name)
    return len(mart.columns), named


def one_cell(audit, mart, key, column):
    conditions = " and ".join(f"{name}::text = %s" for name in key)
    (value,) = audit.execute(
        f"select {column} from store.{mart.name}_current where {conditions}", list(key.values())
    ).fetchone()
    return value


@pytest.mark.parametrize(
    ("mart", "key", "column", "shown"),
    [
        (
            "own_capital",
            {"association_id": "skelleftea-norsjo", "fiscal_year": "2017"},
            "opening_sek",
            "rad 93: #IB 0 2010 -2497180.00",
        ),
        (
            "member_fee_shares",
            {"association_id": "skelleftea-norsjo", "fiscal_year": "2017", "member_id": "norsjo"},
            "ordinary_decided_sek",
            "rad 9: Medlem: Norsjö kommun; År: 2017; Avgiftstyp: ordinarie; Status: beslutad; Belopp: 80000",
        ),
    ],
)
def test_the_line_is_shown_as_its_sender_wrote_it(demo_night, mart, key, column, shown):
    text = lineage.as_text(lineage.explain(demo_night.settings, mart, key, column))
    assert shown in text
    assert "VÄGEN DIT" in text and "står nu" in text


def test_rows_about_people_are_shown_without_their_numbers_and_vouchers_without_their_texts(demo_night):
    """F71: the archive never had the numbers, and free text may hold names."""
    with connection.connect(demo_night.settings, "finsam_audit") as audit:
        (key,) = audit.execute(
            "select jsonb_build_object('association_id', association_id, 'fiscal_year', fiscal_year::text,"
            " 'initiative_id', initiative_id, 'sex', sex) from store.participant_flow_current"
            " where participant_count > 0 limit 1"
        ).fetchone()
    found = lineage.explain(demo_night.settings, "participant_flow", key, "participant_count")
    (register,) = [one for one in found.deliveries if one.feed_id == "participants"]
    assert register.lines
    assert not [line for line in register.lines.values() if "Personnummer" in line or "Födelseår" in line]
    ledger = lineage.explain(
        demo_night.settings,
        "own_capital",
        {"association_id": "skelleftea-norsjo", "fiscal_year": "2017"},
        "result_sek",
    )
    (book,) = [one for one in ledger.deliveries if one.feed_id == "ledger"]
    assert book.lines and all(
        '"' not in line.removesuffix(" …").replace('""', "") for line in book.lines.values()
    )
