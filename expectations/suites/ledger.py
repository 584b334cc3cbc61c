"""Rules of the ledger: vouchers balance, accounts and dates are the year's, and the file's own closing
figures hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.money import as_ore, in_kronor
from expectations.rule import MOST_FAULTS_KEPT, GateRule, Measure, Measured, RowRule, Rule
from ingestion.feeds.ledger import FEED
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable


def _is_undeclared(rows: Rows, table: TextTable) -> pa.Array:
    return rows.is_not_among("account_code", table.ledger.accounts) if table.ledger else rows.none()


def _is_outside_year(rows: Rows, table: TextTable) -> pa.Array:
    year = table.ledger
    return rows.is_outside("voucher_date", year.start_date, year.end_date) if year else rows.none()


def _unbalanced(line: int, ore: int) -> tuple[str, str]:
    return (
        f"Verifikationen som börjar på rad {line} summerad till 0,00; skillnaden är {in_kronor(ore)}.",
        "Rätta verifikationen i bokföringen och exportera på nytt.",
    )


def _vouchers(_table: TextTable) -> Measure:
    from expectations.measures import GroupsSumToZero

    return GroupsSumToZero("voucher_row", "amount_sek", _unbalanced)


def _voucher_numbers(_table: TextTable) -> Measure:
    from expectations.measures import GroupDoubles

    return GroupDoubles(
        "voucher_row",
        ("voucher_series", "voucher_number"),
        ("voucher_number",),
        "Ett verifikationsnummer används i sin serie",
        "voucher_number",
    )


def _closing_balances(table: TextTable) -> Measure:
    from expectations.measures import SumsPerKey

    def judged(sums: Mapping[str, int]) -> Measured:
        closing = table.ledger.closing if table.ledger else ()
        faults = []
        for balance in closing:
            computed, claimed = sums.get(balance.account_code, 0), as_ore(balance.amount_sek)
            if computed != claimed:
                faults.append(
                    Fault(
                        "",
                        balance.row_number,
                        "amount_sek",
                        in_kronor(claimed),
                        f"Konto {balance.account_code}: ingående balans och transaktioner ger "
                        f"{in_kronor(computed)}; #{balance.label} säger {in_kronor(claimed)}, "
                        f"skillnaden är {in_kronor(claimed - computed)}.",
                        "Se efter att exporten omfattar hela året och alla serier, och exportera på nytt.",
                    )
                )
        return Measured(len(closing), len(faults), faults[:MOST_FAULTS_KEPT])

    return SumsPerKey("account_code", "amount_sek", judged)


def _opening_sum(_table: TextTable) -> Measure:
    from expectations.measures import SumsPerKey

    def judged(sums: Mapping[str, int]) -> Measured:
        total = sum(sums.values())
        if not sums or not total:
            return Measured(len(sums), 0)
        fault = Fault(
            "",
            None,
            "amount_sek",
            None,
            f"Ingående balanser som tillsammans blir 0,00; de blir {in_kronor(total)}.",
            "Se efter att förra årets resultat är överfört till eget kapital.",
        )
        return Measured(len(sums), 1, [fault])

    return SumsPerKey("account_code", "amount_sek", judged, only=("entry_kind", "opening"))


ROW_RULES = (
    RowRule(
        Rule(
            "LED-002",
            "Varje konto är deklarerat i filen (#KONTO).",
            "Ett konto utan namn går inte att härleda, och tyder på en ofullständig export.",
            "Exportera kontoplanen med, eller rätta kontot.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "account_code",
        ("account_code",),
        _is_undeclared,
        "Ett konto som filen deklarerar med #KONTO.",
    ),
    RowRule(
        Rule(
            "LED-003",
            "Varje verifikation är daterad i räkenskapsåret.",
            "Annars räknas den till fel år.",
            "Rätta datum, eller välj rätt räkenskapsår i exporten.",
            feed=FEED.id,
            sets_aside=True,
        ),
        "voucher_date",
        ("voucher_date",),
        _is_outside_year,
        "Ett datum i räkenskapsåret enligt #RAR 0.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "LED-001",
            "Varje verifikation går jämnt upp.",
            "Debet och kredit är lika, annars fattas eller dubblas en rad.",
            "Rätta verifikationen i bokföringen.",
            feed=FEED.id,
        ),
        _vouchers,
        needs_every_row=True,
    ),
    GateRule(
        Rule(
            "LED-004",
            "Ett verifikationsnummer används en gång per serie.",
            "Två lika nummer är ofta samma verifikation två gånger.",
            "Se efter om den exporterats två gånger.",
            feed=FEED.id,
        ),
        _voucher_numbers,
    ),
    GateRule(
        Rule(
            "LED-005",
            "Ingående balans och transaktioner ger filens egna utgående saldon.",
            "Annars saknas transaktioner i filen, eller är för många.",
            "Exportera hela året och alla serier.",
            feed=FEED.id,
        ),
        _closing_balances,
        needs_every_row=True,
    ),
    GateRule(
        Rule(
            "LED-006",
            "Ingående balanser blir tillsammans noll.",
            "Annars är förra årets bokslut inte överfört; siffrorna visas med en anmärkning.",
            "För över förra årets resultat till eget kapital.",
            severity="finding",
            feed=FEED.id,
        ),
        _opening_sum,
        needs_every_row=True,
    ),
)
