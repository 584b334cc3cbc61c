"""A ledger restated after its year was adopted, from the file in the landing to the finding beside the balance sheet."""

import shutil

import pytest

from ingestion import night
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import embedded
from tests.conftest import new_warehouse

pytestmark = pytest.mark.xdist_group("adopted_years")
COMMON = PROJECT_ROOT / "ingestion" / "demo" / "deliveries" / "reference" / "common"
REFERENCE = {
    "associations.csv": "Organisationsnummer;Namn\n222000-9977;Samordningsförbundet Ekliden\n",
    "account_map.csv": "Konto börjar med;Räkning;Radkod\n"
    "19;balansräkning;cash\n20;balansräkning;equity_opening\n"
    "31;resultaträkning;member_fees\n46;resultaträkning;operating_costs\n",
}
ADOPTED = (
    "År;Fastställt den;Paragraf;Fastställt resultat;Fastställt eget kapital;Källa\n"
    "2025;2026-03-15;§ 12;100 000;600 000;Styrelsens protokoll 2026-03-15\n"
)


def ledger(made: str, cost: int) -> bytes:
    """A ledger of 2025: fees of 1 000 000, one cost, 500 000 to begin with."""
    return f"""#FLAGGA 0
#PROGRAM "Påhittad Ekonomi" 1.0
#FORMAT PC8
#GEN {made}
#SIETYP 4
#ORGNR 222000-9977
#FNAMN "Samordningsförbundet Ekliden"
#RAR 0 20250101 20251231
#KONTO 1910 "Bank"
#KONTO 2010 "Eget kapital"
#KONTO 3110 "Medlemsavgifter"
#KONTO 4610 "Insatser"
#IB 0 1910 500000.00
#IB 0 2010 -500000.00
#UB 0 1910 {1_500_000 - cost}.00
#UB 0 2010 -500000.00
#RES 0 3110 -1000000.00
#RES 0 4610 {cost}.00
#VER A 1 20250115 "Avgifter"
{{
#TRANS 1910 {{}} 1000000.00
#TRANS 3110 {{}} -1000000.00
}}
#VER A 2 20251230 "Insatser"
{{
#TRANS 4610 {{}} {cost}.00
#TRANS 1910 {{}} -{cost}.00
}}
""".encode("cp437")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    home = tmp_path_factory.mktemp("adopted") / "home"
    try:
        shutil.copytree(COMMON, home / "reference" / "common")
        made = new_warehouse(home)
        for name, text in {**REFERENCE, "adopted_years.csv": ADOPTED}.items():
            path = home / "reference" / "ekliden" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield made
    finally:
        embedded.remove(Settings(home=home))


def taken_in(warehouse, name: str, content: bytes):
    path = warehouse.settings.landing / "ekliden" / "ledger" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    done = night.nightly(warehouse.settings, f"test/{name}")
    (outcome,) = (found for intake in done.intakes for found in intake.outcomes if found.file_name == name)
    assert outcome.state == "accepted"


def findings(warehouse):
    return {
        row["rule_id"]: row["failed"]
        for row in warehouse.query(
            "select rule_id, failed from marts.finding where association_id = 'ekliden' and rule_id in ('FIN-048', 'FIN-050')"
        )
    }


def own_capital(warehouse):
    (row,) = warehouse.query(
        "select result_sek, closing_sek from marts.own_capital where association_id = 'ekliden'"
    )
    return tuple(map(int, row.values()))


def test_a_ledger_restated_after_adoption_is_found_and_both_figures_stand(warehouse):
    taken_in(warehouse, "huvudbok_2025.se", ledger("20260210", 900_000))
    assert findings(warehouse) == {}
    assert own_capital(warehouse) == (100_000, 600_000)

    taken_in(warehouse, "huvudbok_2025_ny.se", ledger("20260420", 950_000))
    # the cost account and the bank
    assert findings(warehouse) == {"FIN-048": 2, "FIN-050": 2}
    assert own_capital(warehouse) == (50_000, 550_000)
    told = warehouse.query(
        "select check_code, left_sek::int as adopted, right_sek::int as booked from marts.reconciliations"
        " where association_id = 'ekliden' and status = 'differs' order by check_code"
    )
    assert [tuple(row.values()) for row in told] == [
        ("adopted_equity", 600_000, 550_000),
        ("adopted_result", 100_000, 50_000),
    ]


def test_the_year_stands_again_when_the_adopted_ledger_does(warehouse):
    taken_in(warehouse, "huvudbok_2025_igen.se", ledger("20260502", 900_000))
    assert findings(warehouse) == {}
