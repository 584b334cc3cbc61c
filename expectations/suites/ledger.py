"""Rules of the ledger. What would give other figures than the bookkeeping's refuses; where the bookkeeping contradicts
itself its figures are shown as it wrote them, with the difference as a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.money import as_ore, in_kronor
from expectations.rule import (
    MOST_FAULTS_KEPT,
    DeliveryFacts,
    GateRule,
    Measure,
    Measured,
    OfAccount,
    RowRule,
    Rule,
)
from ingestion.feeds.ledger import FEED
from ingestion.privacy import passes_luhn
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from expectations.measures import Rows
    from ingestion.readers.table import TextTable

_ORGANISATION_DIGITS = 10


def _undeclared_accounts(table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    def is_undeclared(rows: Rows) -> pa.Array:
        return rows.is_not_among("account_code", table.ledger.accounts) if table.ledger else rows.none()

    return RemarkableRows(
        is_undeclared,
        "account_code",
        "Ett konto som filen deklarerar med #KONTO.",
        "Exportera kontoplanen med, eller rätta kontot.",
    )


def _dates_outside_year(table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    def is_outside(rows: Rows) -> pa.Array:
        year = table.ledger
        return rows.is_outside("voucher_date", year.start_date, year.end_date) if year else rows.none()

    return RemarkableRows(
        is_outside,
        "voucher_date",
        "Ett datum i räkenskapsåret enligt #RAR 0.",
        "Rätta datum, eller välj rätt räkenskapsår i exporten.",
    )


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
    """UB and RES against the rows; an account that the file closes with no balance must end at zero."""
    from expectations.measures import SumsPerKey

    def judged(sums: Mapping[str, int]) -> Measured:
        ledger = table.ledger
        if ledger is None or ledger.content != "vouchers" or not ledger.closing:
            return Measured(0, 0)
        opened = {balance.account_code: as_ore(balance.amount_sek or "0.00") for balance in ledger.opening}
        faults = []
        for balance in ledger.closing:
            code, claimed = balance.account_code, as_ore(balance.amount_sek)
            computed = sums.get(code, 0)
            # a result account that opens the year with a balance (LED-010) may have its result with it or without
            without_opening = computed - opened.get(code, 0) if balance.label == "RES" else computed
            if claimed not in (computed, without_opening):
                faults.append(_closes_otherwise(code, computed, claimed, balance.label, balance.row_number))
        closed = {balance.account_code for balance in ledger.closing}
        open_sums = {code: ore for code, ore in sums.items() if ore and code not in closed}
        faults += [_closes_otherwise(code, ore, 0, "UB eller #RES", None) for code, ore in open_sums.items()]
        return Measured(len(closed | set(sums)), len(faults), faults[:MOST_FAULTS_KEPT])

    return SumsPerKey("account_code", "amount_sek", judged)


def _closes_otherwise(code: str, computed: int, claimed: int, label: str, row_number: int | None) -> Fault:
    said = f"#{label} säger {in_kronor(claimed)}" if row_number else f"#{label} saknas"
    return Fault(
        "",
        row_number,
        "amount_sek",
        in_kronor(claimed) if row_number else None,
        f"Konto {code}: ingående balans och transaktioner ger {in_kronor(computed)}; {said}, "
        f"skillnaden är {in_kronor(claimed - computed)}.",
        "Se efter att exporten omfattar hela året och alla serier, och exportera på nytt.",
    )


def _periods(table: TextTable) -> Measure:
    def measured(_facts: DeliveryFacts) -> Measured:
        sums = table.ledger.periods if table.ledger else ()
        faults = [
            Fault(
                "",
                one.row_number,
                "amount_sek",
                in_kronor(as_ore(one.amount_sek)),
                f"Konto {one.account_code}: perioderna (#PSALDO) ger {in_kronor(as_ore(one.amount_sek))}; årets "
                f"förändring är {in_kronor(as_ore(one.year_sek))}, skillnaden är "
                f"{in_kronor(as_ore(one.year_sek) - as_ore(one.amount_sek))}.",
                "Exportera alla perioder. Tills dess visas kontot för hela året, utan perioder.",
            )
            for one in sums
            if as_ore(one.amount_sek) != as_ore(one.year_sek)
        ]
        return Measured(len(sums), len(faults), faults[:MOST_FAULTS_KEPT])

    return OfAccount(measured)


def _closing_sum(table: TextTable) -> Measure:
    def measured(_facts: DeliveryFacts) -> Measured:
        closing = table.ledger.closing if table.ledger else ()
        # #UB before #RES: some programs write a result account's sum in both
        by_account = {balance.account_code: balance for balance in reversed(closing)}
        total = sum(as_ore(balance.amount_sek) for balance in by_account.values())
        fault = Fault(
            "",
            None,
            "amount_sek",
            None,
            f"Utgående balanser och resultat som tillsammans blir 0,00; de blir {in_kronor(total)}.",
            "Se efter att exporten har alla konton. Är året inte avslutat kan skillnaden vara riktig.",
        )
        return Measured(len(closing), int(bool(total)), [fault] if total else [])

    return OfAccount(measured)


def _openings_follow(table: TextTable) -> Measure:
    """UB(-1) against IB(0), where the file has both years."""

    def measured(_facts: DeliveryFacts) -> Measured:
        ledger = table.ledger
        if ledger is None or not ledger.last_closing or not ledger.opening:
            return Measured(0, 0)
        before = {balance.account_code: balance for balance in ledger.last_closing}
        opened = {balance.account_code: balance for balance in ledger.opening}
        faults = []
        for code in {**before, **opened}:
            closed_at, opened_at = (
                as_ore(balances[code].amount_sek or "0.00") if code in balances else 0
                for balances in (before, opened)
            )
            if closed_at != opened_at and not _is_result_account(code):
                faults.append(
                    _opens_otherwise(
                        (opened.get(code) or before[code]).row_number, code, closed_at, opened_at
                    )
                )
        return Measured(len({**before, **opened}), len(faults), faults[:MOST_FAULTS_KEPT])

    return OfAccount(measured)


def _opens_otherwise(row_number: int, code: str, closed_at: int, opened_at: int) -> Fault:
    return Fault(
        "",
        row_number,
        "amount_sek",
        in_kronor(opened_at),
        f"Konto {code} öppnat med förra årets utgående balans {in_kronor(closed_at)}; #IB säger "
        f"{in_kronor(opened_at)}, skillnaden är {in_kronor(opened_at - closed_at)}.",
        "Se efter om förra året ändrats efter bokslutet, eller om resultatet är överfört.",
    )


def _is_result_account(code: str) -> bool:
    """True for class 3 and up: every Swedish chart keeps classes 1 and 2 for the balance sheet."""
    return code[:1].isdigit() and code[:1] >= "3"


def _result_openings(_table: TextTable) -> Measure:
    from expectations.measures import RemarkableRows

    def is_one(rows: Rows) -> pa.Array:
        return rows.all_of(
            rows.has("entry_kind", "opening"),
            rows.matches("account_code", "^[3-9]"),
            rows.is_not_zero("amount_sek"),
        )

    return RemarkableRows(
        is_one,
        "account_code",
        "Ingående balans bara på balanskonton (klass 1 och 2).",
        "Be bokföringen stänga förra året mot eget kapital. Tills dess står beloppet som oförklarad differens.",
    )


def _number_gaps(table: TextTable) -> Measure:
    from expectations.vouchers import NumberGaps

    is_part = table.ledger is not None and table.ledger.content != "vouchers"
    if is_part:
        return OfAccount(lambda _facts: Measured(0, 0))
    return NumberGaps(table.ledger.vouchers_without_rows if table.ledger else ())


def _flag(table: TextTable) -> Measure:
    def measured(_facts: DeliveryFacts) -> Measured:
        flag = table.ledger.flag if table.ledger else ""
        fault = Fault(
            "",
            1,
            "#FLAGGA",
            flag[:10],
            "#FLAGGA 0: en fil som inte lästs in i något program.",
            "Se efter att filen kommer från förbundets bokföring och att inget annat program skrivit om den.",
        )
        return Measured(int(bool(flag)), int(flag == "1"), [fault] if flag == "1" else [])

    return OfAccount(measured)


def _organisation_number(table: TextTable) -> Measure:
    def measured(_facts: DeliveryFacts) -> Measured:
        digits = "".join(filter(str.isdigit, table.organisation_number or ""))[-10:]
        is_wrong = bool(digits) and not (len(digits) == _ORGANISATION_DIGITS and passes_luhn(digits))
        fault = Fault(
            "",
            None,
            "#ORGNR",
            None,
            "Ett organisationsnummer med tio siffror och rätt kontrollsiffra.",
            "Rätta organisationsnumret i bokföringsprogrammet.",
        )
        return Measured(int(bool(digits)), int(is_wrong), [fault] if is_wrong else [])

    return OfAccount(measured)


def _years(table: TextTable) -> Measure:
    """A table without a year anywhere: nobody knows what it replaces."""
    from expectations.measures import AnyRow

    def has_year(rows: Rows) -> pa.Array:
        return rows.any_of(rows.has_value("fiscal_year"), rows.has_value("voucher_date"))

    fault = Fault(
        "",
        None,
        "fiscal_year",
        None,
        "Ett räkenskapsår eller ett bokföringsdatum på någon rad.",
        "Lägg till kolumnen Räkenskapsår eller Bokföringsdatum, och lämna filen igen.",
    )
    return AnyRow(has_year, fault)


def _table_vouchers(_table: TextTable) -> Measure:
    from expectations.vouchers import VouchersSumToZero

    return VouchersSumToZero()


def _is_not_one_amount(rows: Rows, _table: TextTable) -> pa.Array:
    """Neither an amount nor debit or credit, or both; or something in debit and credit at once."""
    has_sides = rows.any_of(rows.has_value("debit_sek"), rows.has_value("credit_sek"))
    on_both = rows.all_of(rows.is_not_zero("debit_sek"), rows.is_not_zero("credit_sek"))
    return rows.any_of(rows.is_same(rows.has_value("amount_sek"), has_sides), rows.or_false(on_both))


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
            "LED-014",
            "Varje rad har ett belopp: antingen belopp, eller debet eller kredit.",
            "Utan belopp, eller med två, vet ingen vad raden bokför.",
            "Fyll i ett av dem och låt de andra vara tomma.",
            feed=FEED.id,
        ),
        "amount_sek",
        (),
        _is_not_one_amount,
        "Ett belopp, eller debet eller kredit, och bara ett av dem.",
    ),
)

RULES = (
    GateRule(
        Rule(
            "LED-001",
            "Varje verifikation i en SIE-fil går jämnt upp.",
            "Debet och kredit är lika, annars fattas eller dubblas en rad. Summorna är de som bokföringen skrev; de "
            "visas med en anmärkning.",
            "Rätta verifikationen i bokföringen.",
            severity="finding",
            feed=FEED.id,
        ),
        _vouchers,
        needs_every_row=True,
    ),
    GateRule(
        Rule(
            "LED-002",
            "Varje konto är deklarerat i filen (#KONTO).",
            "Ett konto utan namn tyder på en ofullständig kontoplan; beloppet räknas efter kontots nummer.",
            "Exportera kontoplanen med, eller rätta kontot.",
            severity="finding",
            feed=FEED.id,
        ),
        _undeclared_accounts,
    ),
    GateRule(
        Rule(
            "LED-003",
            "Varje verifikation är daterad i räkenskapsåret.",
            "Bokföringen räknar den till året fast dagen ligger utanför.",
            "Rätta datum, eller välj rätt räkenskapsår i exporten.",
            severity="finding",
            feed=FEED.id,
        ),
        _dates_outside_year,
    ),
    GateRule(
        Rule(
            "LED-004",
            "Ett verifikationsnummer används en gång per serie.",
            "Två lika nummer kan vara samma verifikation två gånger; de utgående saldona visar om det är så.",
            "Se efter om den exporterats två gånger.",
            severity="finding",
            feed=FEED.id,
        ),
        _voucher_numbers,
    ),
    GateRule(
        Rule(
            "LED-005",
            "Ingående balans och transaktioner ger filens egna utgående saldon.",
            "Annars saknas transaktioner i filen, eller är för många: att inget fattas är inte bevisat.",
            "Exportera hela året och alla serier.",
            severity="finding",
            feed=FEED.id,
        ),
        _closing_balances,
        needs_every_row=True,
        proves_completeness=True,
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
    GateRule(
        Rule(
            "LED-007",
            "Periodernas saldon ger årets förändring (SIE 2 och 3).",
            "Annars fattas perioder; kontot visas då för hela året, utan perioder.",
            "Exportera alla perioder.",
            severity="finding",
            feed=FEED.id,
        ),
        _periods,
        needs_every_row=True,
        proves_completeness=True,
    ),
    GateRule(
        Rule(
            "LED-008",
            "Utgående balanser och resultat blir tillsammans noll.",
            "Annars fattas konton, eller är året inte avslutat; siffrorna visas med en anmärkning.",
            "Exportera alla konton.",
            severity="finding",
            feed=FEED.id,
        ),
        _closing_sum,
    ),
    GateRule(
        Rule(
            "LED-009",
            "Året öppnar med förra årets utgående balanser.",
            "Annars är förra året ändrat efter bokslutet, eller resultatet inte överfört.",
            "Be bokföringen förklara skillnaden.",
            severity="finding",
            feed=FEED.id,
        ),
        _openings_follow,
    ),
    GateRule(
        Rule(
            "LED-010",
            "Resultatkonton har ingen ingående balans.",
            "Den hör inte till något års resultat och visas som oförklarad differens.",
            "Stäng förra året mot eget kapital.",
            severity="finding",
            feed=FEED.id,
        ),
        _result_openings,
    ),
    GateRule(
        Rule(
            "LED-011",
            "Verifikationsnumren följer på varandra i sin serie.",
            "Ett nummer som saknas kan vara en verifikation som saknas.",
            "Se efter i bokföringen varför nummer saknas.",
            severity="finding",
            feed=FEED.id,
        ),
        _number_gaps,
    ),
    GateRule(
        Rule(
            "LED-012",
            "Filen är inte inläst i något program förut (#FLAGGA 0).",
            "Ett program som läst in filen kan ha skrivit om den.",
            "Exportera på nytt ur förbundets bokföring.",
            severity="finding",
            feed=FEED.id,
        ),
        _flag,
    ),
    GateRule(
        Rule(
            "LED-013",
            "Filens organisationsnummer har rätt kontrollsiffra.",
            "Ett felskrivet nummer skyddar inte mot att en annans fil läses.",
            "Rätta organisationsnumret i bokföringsprogrammet.",
            severity="finding",
            feed=FEED.id,
        ),
        _organisation_number,
    ),
    GateRule(
        Rule(
            "LED-015",
            "Det framgår vilket år en huvudbok som tabell gäller.",
            "Utan år vet ingen vilken tidigare leverans den ersätter.",
            "Lägg till kolumnen Räkenskapsår eller Bokföringsdatum.",
            feed=FEED.id,
        ),
        _years,
    ),
    GateRule(
        Rule(
            "LED-016",
            "Varje verifikation i en huvudbok som tabell går jämnt upp.",
            "En tabell har inget annat som visar att en rad eller ett konto fattas.",
            "Exportera alla konton och alla rader.",
            feed=FEED.id,
        ),
        _table_vouchers,
        needs_every_row=True,
    ),
)
