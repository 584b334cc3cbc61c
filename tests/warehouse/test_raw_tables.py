"""Raw tables grow with their contracts, and those of earlier releases take the shape of today's."""

from ingestion.feeds import all_feeds
from ingestion.warehouse import connection as connections
from ingestion.warehouse import raw_tables

OLD = """
drop table raw.goals cascade;
create table raw.goals (_delivery_id text not null, _row_number integer not null, fiscal_year text, goal_code text,
    claimed_status text, claimed_text text, source text, primary key (_delivery_id, _row_number));
alter table raw.goals owner to own_raw;
insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count, state,
    run_id, code_version)
values ('old', 'goals', 'a', 'whole', 'whole', 'c', 'goals.csv', 1, 'accepted', 'r', 'v');
insert into raw.goals values ('old', 2, '2031', 'g1', 'met', null, 'här'), ('old', 3, '2031', 'g2', 'met', null, 'här');
"""
KNOWN = {"fiscal_year", "goal_code", "claimed_status", "claimed_text", "source"}


def test_a_table_from_before_loads_had_numbers_gets_them_and_keeps_its_rows(server):
    with connections.open_target(connections.admin_target(server)) as connection:
        connection.execute(OLD)
        gained = [name for name in all_feeds()["goals"].raw_columns if name not in KNOWN]
        assert raw_tables.create_missing(connection) == [
            *(f"raw.goals.{name}" for name in gained),
            "raw.goals._load_number",
            "raw_open.goals",
        ]
        assert gained[-1] == "_missing"
        numbers = connection.execute(
            "select distinct _load_number, load_number from raw.goals inner join ops.delivery on delivery_id = _delivery_id"
        ).fetchall()
        rows = connection.execute("select _row_number, _missing from raw.goals order by 1").fetchall()
        (index,) = connection.execute(
            "select indexdef from pg_indexes where schemaname = 'raw' and tablename = 'goals'"
        ).fetchone()
        assert raw_tables.create_missing(connection) == []
        connection.rollback()
    assert len(numbers) == 1
    assert numbers[0][0] == numbers[0][1]
    assert rows == [(2, None), (3, None)]
    assert "brin (_load_number)" in index
