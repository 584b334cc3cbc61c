"""F52: while publications follow one another, readers of all marts see one whole generation each time, or wait.

Every night changes every mart of two associations to figures that say which night it is; a reader joins them all. In
REPEATABLE READ a transaction of two statements sees one night. 200 nights in `make soak`, 8 in `make test`.
"""

import threading
import time
from collections import Counter

import psycopg
import pytest

from tests.warehouse.conftest import example_contracts, server, warehouse  # noqa: F401

pytestmark = pytest.mark.xdist_group("readers_soak")
READERS = 8
NIGHT_OF_EVERY_MART = """
    select s.association_id, -s.amount_sek as by_statement, 1050.25 - c.closing_sek as by_capital,
        f.participant_count - 2 as by_flow, count(l.line_code) as line_count,
        (select count(*) from marts.finding as b where b.association_id = s.association_id) as banner_count,
        t.generation as figures_generation, (select max(p.generation) from marts.publication as p) as newest
    from marts.statement as s
    inner join marts.capital as c on c.association_id = s.association_id and c.fiscal_year = s.fiscal_year
    inner join marts_internal.flow as f on f.association_id = s.association_id and f.fiscal_year = s.fiscal_year
    inner join marts.dim_line as l on l.association_id = s.association_id
    inner join marts.association_status as t on t.association_id = s.association_id
    where s.fiscal_year = 2017 and s.line_code = 'costs'
    group by s.association_id, s.amount_sek, c.closing_sek, f.participant_count, t.generation
    order by s.association_id
"""


def ledger(night):
    """Figures that say which night it is, in every mart: one row more every other night."""
    return [
        ("2016", "fees", "-500.00"),
        ("2016", "fees", "-250.50"),
        ("2016", "costs", "300.25"),
        ("2017", "fees", "-600.00"),
        ("2017", "costs", f"{night}.00"),
        *([("2017", "fees", "0.00")] if night % 2 else []),
    ]


def publish_night(warehouse, night):  # noqa: F811
    for association in ("alfa", "beta"):
        warehouse.deliver(association, ledger(night))
    banners = [("TST-099", name, "finding", "failed") for name in ("alfa", "beta")]
    assert warehouse.night(failures=banners if night % 2 else ()).generation == night


class Readers:
    """Eight sessions, every other one in REPEATABLE READ, that count what they met."""

    def __init__(self, warehouse):  # noqa: F811
        self.warehouse, self.stop, self.met = warehouse, threading.Event(), Counter()
        self.nights, self.odd, self.longest = set(), [], 0.0
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.read, args=(n % 2 == 1,)) for n in range(READERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def read(self, is_repeatable):
        with self.warehouse.connect("finsam_internal") as reader:
            if is_repeatable:
                reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            while not self.stop.is_set():
                started = time.monotonic()
                try:
                    with reader.transaction():
                        answers = [
                            reader.execute(NIGHT_OF_EVERY_MART).fetchall() for _ in range(1 + is_repeatable)
                        ]
                    self.note(answers, time.monotonic() - started)
                except psycopg.Error as problem:
                    with self.lock:
                        self.met["errors"] += 1
                        self.odd.append(str(problem))
                time.sleep(0.002)

    def note(self, answers, seconds):
        with self.lock:
            self.met["reads"] += 1
            self.longest = max(self.longest, seconds)
            if any(len(rows) != 2 for rows in answers):
                self.met["empty"] += 1
                self.odd.append(answers)
            elif len({night_of(row) for rows in answers for row in rows}) != 1 or None in map(
                night_of, answers[0]
            ):
                self.met["mixed"] += 1
                self.odd.append(answers)
            else:
                self.nights.add(night_of(answers[0][0]))


def night_of(row):
    """The night that all of the row's figures say, None where they do not agree."""
    _, statement, capital, flow, lines, banners, figures, newest = row
    night = int(statement)
    agree = night == capital == figures == newest and flow == banners == night % 2 and lines == 2
    return night if agree else None


def readers_of(warehouse, nights):  # noqa: F811
    publish_night(warehouse, 1)
    with Readers(warehouse) as readers:
        for night in range(2, nights + 2):
            publish_night(warehouse, night)
    assert readers.odd == []
    assert readers.met["reads"] > nights
    assert len(readers.nights) > nights / 4, "the readers did see the figures change"
    print(f"{nights} publications, {readers.met['reads']} reads, longest {readers.longest:.3f} s")


def test_readers_see_whole_nights_only(warehouse):  # noqa: F811
    readers_of(warehouse, 8)


@pytest.mark.soak
def test_readers_see_whole_nights_only_for_long(warehouse):  # noqa: F811
    readers_of(warehouse, 200)
