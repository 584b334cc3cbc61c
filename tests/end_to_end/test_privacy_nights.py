"""An erasure, a new key and a redelivery through whole nights: what moves in the marts, when, and what never does. S19, F75."""

import os
import shutil
import time
from dataclasses import replace

import pytest

from ingestion import key_rotation, night, privacy_office
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import access, embedded
from ingestion.warehouse.access import Right
from tests.conftest import DEMO, new_warehouse

pytestmark = pytest.mark.xdist_group("privacy_nights")
NUMBERS = (PROJECT_ROOT / "ingestion/demo/sources/test_personnummer.txt").read_text().split()[:64]
HEADER = "Personnummer;Insats;Kön;Inskriven;Avslutad;Avslut till"
EXITS = ("Arbete", "Studier", "Annan insats", "")
ERASED = NUMBERS[5]
OF_PERSONS = {"participant_id", "person_id", "person_key", "spell_id", "_run_id"}


class Nights:
    """A register of one association, what readers saw after each night, and its privacy officer."""

    def __init__(self, warehouse):
        self.warehouse, self.settings = warehouse, warehouse.settings
        shutil.copytree(DEMO / "reference" / "common", self.settings.reference / "common")
        folder = self.settings.reference / "alfa"
        folder.mkdir()
        (folder / "associations.csv").write_text("Organisationsnummer;Namn\n222000-1008;Alfa\n")
        (folder / "initiatives.csv").write_text("Insatskod;Namn\ntorget;Torget\nverkstan;Verkstan\n")
        granted = access.grant(
            self.settings, "disa", Right("person", "none", ("*",), is_privacy_officer=True), new_password=True
        )
        file = self.settings.home / "disas_password"
        file.write_text(granted.password)
        self.as_officer = replace(self.settings, login_password_file=file)

    def deliver(self, numbers):
        folder = self.settings.landing / "alfa" / "participants"
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            f"{number};{('Torget', 'Verkstan')[at % 2]};{('kvinna', 'man')[at // 2 % 2]};2017-02-01;"
            + (f"2017-09-01;{EXITS[at % 4]}" if EXITS[at % 4] else ";")
            for at, number in enumerate(numbers)
        ]
        file = folder / "deltagare_2017.csv"
        file.write_text("\n".join([HEADER, *rows, ""]))
        os.utime(file, (time.time() - 60, time.time() - 60))

    def night(self, name, **how):
        done = night.nightly(self.settings, name, **how)
        return done, self.contents()

    def contents(self):
        """What readers see, without what tells one person from another."""
        found = {}
        with self.warehouse.admin() as admin:
            kept = admin.execute(
                "select table_schema || '.' || table_name, array_agg(column_name::text order by column_name::text)"
                " from information_schema.columns"
                " where table_schema in ('marts', 'marts_internal') and column_name <> all(%s)"
                " and data_type <> 'timestamp with time zone' group by 1",
                (list(OF_PERSONS),),
            ).fetchall()
        for view, columns in kept:
            if view.rpartition(".")[2] in {
                "publication",
                "delivery_status",
                "association_status",
                "feed_status",
                "mart_status",
            }:
                continue
            found[view] = sorted(map(repr, self.warehouse.query(f"select {', '.join(columns)} from {view}")))
        return found

    def count(self, schema):
        """Participants of 2017: the sum of the exact counts, or what is released of the whole association."""
        where = {"marts_internal": "true", "marts": "level = 'association'"}[schema]
        (row,) = self.warehouse.query(
            f"select sum(participant_count)::int as n from {schema}.participant_flow where fiscal_year = 2017 and {where}"
        )
        return row["n"]

    def erase(self, number):
        case = privacy_office.Case("alfa", "ärende 7", "Begäran från den enskilde", "disa", "artikel 17.1 b")
        return privacy_office.erase(self.as_officer, case, number)


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    home = tmp_path_factory.mktemp("privacy_nights") / "home"
    try:
        yield Nights(new_warehouse(home))
    finally:
        embedded.remove(Settings(home=home))


def test_erasure_rotation_and_redelivery_through_whole_nights(nights):
    nights.deliver(NUMBERS)
    first, seen = nights.night("test/1")
    assert first.published.generation == 1
    assert nights.count("marts_internal") == nights.count("marts") == len(NUMBERS)

    # erased: nothing that is published moves before the night has built it anew
    assert nights.erase(ERASED).rows == 1
    assert nights.contents() == seen

    # then what staff under secrecy see does; what others see stands for its period (S19)
    second, after = nights.night("test/2")
    assert second.published.generation == 2
    assert nights.count("marts_internal") == len(NUMBERS) - 1
    moved = {view for view in after if after[view] != seen[view]}
    assert "marts_internal.participant_flow" in moved
    released = {
        "participant_flow",
        "exit_results",
        "support_before_after",
        "occupation_before_after",
        "education_profile",
    }
    assert not {f"marts.{report}" for report in released} & moved

    # a new key changes no mart: nothing to build, and what is built whole is the same
    key_rotation.rotate(nights.settings, "ärende 8", "nyckeln har funnits i fem år")
    quiet, same = nights.night("test/3")
    assert quiet.published is None or same == after
    whole = night.build(nights.settings, "test/full", full=True)
    night.publish(nights.settings, whole.build_id, whole.token, "test/full")
    assert nights.contents() == after

    # delivered again, under the new key and with one more: the erased stays erased (F75), the others are who they were
    nights.deliver([*NUMBERS, next_number()])
    again, _ = nights.night("test/4")
    assert again.published is not None
    assert nights.count("marts_internal") == len(NUMBERS)
    assert nights.count("marts") == len(NUMBERS)  # as it was released
    (persons,) = nights.warehouse.query(
        "select sum(person_count)::int as n from marts_internal.participant_totals where counted_over = 'all'"
    )
    assert persons["n"] == len(NUMBERS)


def next_number():
    return (PROJECT_ROOT / "ingestion/demo/sources/test_personnummer.txt").read_text().split()[100]
