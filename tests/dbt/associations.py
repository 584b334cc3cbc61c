"""Invented associations: one healthy, some with little, and one per rule that has just the fault the rule is for."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass

from psycopg import sql

from ingestion.feeds import all_feeds


def deliver(connection, feed_id, association_id, rows, period="whole", scope="whole"):
    """Insert a delivery and its rows (as the administrator), as an intake would have left them: canonical text.

    scope: `whole@superseded` is one that another has taken the place of. Columns left out take the contract's default or
    null. Returns the delivery's id.
    """
    feed, rows = all_feeds()[feed_id], list(rows)
    delivery_id = hashlib.sha256(f"{feed_id}|{association_id}|{scope}|{period}".encode()).hexdigest()[:16]
    scope, _, state = scope.partition("@")
    connection.execute(
        "insert into ops.delivery (delivery_id, feed_id, association_id, scope, period, content_id, file_name, byte_count,"
        " state, rows_read, rows_loaded, run_id, code_version)"
        " values (%s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s, 'test', 'test')",
        (
            delivery_id,
            feed_id,
            association_id,
            scope,
            period,
            delivery_id,
            f"{feed_id}.csv",
            state or "accepted",
            len(rows),
            len(rows),
        ),
    )
    (load_number,) = connection.execute(
        "select load_number from ops.delivery where delivery_id = %s", (delivery_id,)
    ).fetchone()
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("raw", feed_id),
        sql.SQL(", ").join(
            map(sql.Identifier, ("_load_number", "_delivery_id", "_row_number", *feed.column_names))
        ),
    )
    with connection.cursor().copy(statement) as copy_in:
        for number, row in enumerate(rows, start=2):
            assert set(row) <= set(feed.column_names), (
                f"{feed_id} has no column {set(row) - set(feed.column_names)}"
            )
            copy_in.write_row(
                (
                    load_number,
                    delivery_id,
                    number,
                    *(row.get(column.name, column.default) for column in feed.columns),
                )
            )
    return delivery_id


def _rows(columns, *lines):
    return [
        {name: cell for name, cell in zip(columns.split(), line.split(";"), strict=True) if cell}
        for line in lines
    ]


LINE = "statement line_code label_sv line_kind total_code sign sort_order"
MAP = "account_prefix statement line_code"
LEDGER = "entry_kind fiscal_year account_code amount_sek voucher_number"
FEE = "member_name fiscal_year amount_sek fee_kind fee_event fee_version"
SPELL = "person_key initiative_name sex start_date end_date exit_result"
TOLD = f"{SPELL} referrer education support_before support_after occupation_before occupation_after occupation_extent_share"

COMMON = {
    "report_lines": _rows(
        LINE,
        "income_statement;member_fees;Medlemsavgifter;line;income|result;-1;10",
        "income_statement;other_income;Övriga intäkter;line;income|result;-1;20",
        "income_statement;income;Summa intäkter;total;;-1;30",
        "income_statement;cost;Summa kostnader;total;;-1;50",
        "income_statement;result;Årets resultat;total;;-1;60",
        "balance_sheet;assets;Summa tillgångar;total;;1;30",
        "balance_sheet;year_result;Årets resultat;line;equity;-1;50",
        "balance_sheet;equity;Eget kapital;total;equity_and_liabilities;-1;60",
        "balance_sheet;equity_and_liabilities;Summa skulder och eget kapital;total;;-1;70",
        "cash_flow_statement;receivables_change;Förändring av fordringar;line;operating_cash_flow;-1;20",
        "cash_flow_statement;other;Annat som inte är pengar;line;operating_cash_flow;-1;30",
        "notes;bought;Köpt verksamhet;line;note_costs;1;10",
        "notes;note_costs;Kostnader;total;;1;20",
    )
    + _rows(
        f"{LINE} cash_flow_code note_code",
        "income_statement;operating_costs;Kostnader;line;cost|result;-1;40;;note_costs",
        "balance_sheet;receivables;Fordringar;line;assets;1;10;receivables_change;",
        "balance_sheet;cash;Kassa och bank;line;assets;1;20;closing_cash;",
        "balance_sheet;equity_opening;Ingående eget kapital;line;equity;-1;40;other;",
    ),
    "account_map": _rows(
        MAP, "15;balance_sheet;receivables", "19;balance_sheet;cash", "20;balance_sheet;equity_opening",
        "3;income_statement;other_income", "31;income_statement;member_fees", "4;income_statement;operating_costs",
        "40;notes;bought",
    ),
    "code_lists": _rows(
        "list_code code label_sv aliases group_code sort_order",
        "exit_result;work;Arbete;Till arbete|Jobb;work;10",
        "exit_result;studies;Studier;;studies;20",
        "exit_result;misregistered;Felregistrering;;misregistered;30",
        "referrer;af;Arbetsförmedlingen;AF;;10", "referrer;municipality;Kommun;;;20",
        "education;compulsory;Grundskola;;;10",
        "support;social_assistance;Försörjningsstöd;;;10",
        "support;none;Ingen offentlig försörjning;Ingen;;20",
        "occupation;studies;Studier;;;10",
    ),
    "rules": _rows(
        "rule_code value_share base_code source valid_from",
        "financing_share_state;0.5;total;lag;2004-01-01",
        "financing_share_region;0.25;total;lag;2004-01-01",
        "financing_share_municipality;0.25;total;lag;2004-01-01",
        "own_capital_ceiling_share;0.2;ordinary;råd;2017-01-01",
    ),
}  # fmt: skip

HEALTHY = {
    ("associations", "whole", "whole"): _rows("organisation_number name_sv", "222000-0000;Påhittade förbundet"),
    ("members", "whole", "whole"): _rows(
        "member_id member_kind name_sv aliases",
        "fk;state;Försäkringskassan;FK|Staten", "region;region;Region Norr;Landstinget",
        "k1;municipality;Storköpings kommun;Storköping", "k2;municipality;Lillköpings kommun;",
    ),
    ("initiatives", "whole", "whole"): _rows(
        "initiative_id name_sv aliases initiative_kind is_individual",
        "torget;Torget;Stora torget;individual;true", "kursen;Kursen;;preventive;false",
    ),
    ("ledger", "2017", "whole"): _rows(
        LEDGER,
        "opening;2017;1910;1000.00;", "opening;2017;2010;-1000.00;",
        "transaction;2017;1910;800.00;1", "transaction;2017;3110;-800.00;1",
        "transaction;2017;4010;500.00;2", "transaction;2017;1910;-500.00;2",
    ),
    ("member_fees", "2017", "decided,final"): _rows(
        FEE,
        "FK;2017;400.00;ordinary;decided;final", "landstinget;2017;200.00;ordinary;decided;final",
        "STORKÖPING;2017;150.00;ordinary;decided;final", "Lillköpings kommun;2017;50.00;ordinary;decided;final",
    ),
    ("member_fees", "2017", "invoiced,final"): _rows(
        FEE, "FK;2017;200.00;ordinary;invoiced;final", "FK;2017;200.00;ordinary;invoiced;final"
    ),
    ("participants", "2017", "whole"): _rows(
        SPELL,
        "p1;Torget;female;2016-05-01;2017-03-01;Jobb", "p2;stora torget;male;2017-02-01;;",
        "p3;Torget;unknown;2017-02-01;2017-06-30;Studier", "p4;Kursen;female;2017-02-01;2017-02-01;",
    ) + _rows(
        TOLD, "p5;Torget;female;2017-02-01;2017-06-30;Jobb;af;Grundskola;ingen;Försörjningsstöd|Försörjningsstöd;Studier;;0.5",
    ),
}  # fmt: skip
"""A ledger that balances, fees that follow the rule, a register that agrees: no rule has anything to say."""


def _with(**changes):
    """The healthy deliveries with rows added, replaced (key starts with `only_`) or taken away (None)."""
    data = copy.deepcopy(HEALTHY)
    for name, rows in changes.items():
        feed, _, period = name.removeprefix("only_").rpartition("__")
        feed, period = (feed, period) if feed else (period, "whole")
        key = next((k for k in data if k[0] == feed and k[1] == period), (feed, period, "whole"))
        if rows is None:
            data = {k: kept for k, kept in data.items() if k[0] != feed}
        elif name.startswith("only_"):
            data[key] = rows
        else:
            data[key] = [*data.get(key, ()), *rows]
    return data


def _ledger(*lines):
    return _rows(LEDGER, *lines)


_OPENING = ("opening;2017;1910;1000.00;", "opening;2017;2010;-1000.00;")
_FEES = ("transaction;2017;1910;800.00;1", "transaction;2017;3110;-800.00;1")
_COSTS = ("transaction;2017;4010;500.00;2", "transaction;2017;1910;-500.00;2")

_ADOPTED = _rows("fiscal_year adopted_date source", "2017;2018-03-15;protokoll")

PLAIN = {
    "frisk": HEALTHY,
    "faststallt": {
        ("ledger", "2017", "whole@superseded"): list(reversed(HEALTHY["ledger", "2017", "whole"])),
        **HEALTHY,
        ("adopted_years", "whole", "whole"): _ADOPTED,
    },
    "bara-avgifter": {key: rows for key, rows in HEALTHY.items() if key[0] in {"members", "member_fees"}},
    "bara-huvudbok": {key: rows for key, rows in HEALTHY.items() if key[0] == "ledger"},
    "bara-register": {
        key: rows for key, rows in HEALTHY.items() if key[0] in {"participants", "initiatives"}
    },
    "ingenting": {},
}
"""Associations that lack feeds build without errors, and no rule complains."""

_DATED = f"{LEDGER} voucher_date"
PLAIN["skottar"] = {
    **{key: rows for key, rows in HEALTHY.items() if key[0] in {"associations", "members", "initiatives"}},
    ("ledger", "2023", "whole"): _rows(
        _DATED,
        "opening;2023;1910;100.00;;", "opening;2023;2010;-100.00;;",
        "transaction;;1910;10.00;1;2023-12-31", "transaction;;3010;-10.00;1;2023-12-31",
    ),
    ("ledger", "2024", "whole"): _rows(
        _DATED,
        "opening;2024;1910;110.00;;", "opening;2024;2010;-110.00;;",
        "transaction;;4010;3.00;1;2024-01-01", "transaction;;1910;-3.00;1;2024-01-01",
        "transaction;;1910;7.00;2;2024-02-29", "transaction;;3010;-7.00;2;2024-02-29",
        "transaction;;1910;1.00;3;2024-12-31", "transaction;;3010;-1.00;3;2024-12-31",
    ),
    ("participants", "2023", "whole"): _rows(SPELL, "p1;Torget;female;2023-12-31;;"),
    ("participants", "2024", "whole"): _rows(
        SPELL,
        "p1;Torget;female;2023-12-31;2024-02-29;Jobb", "p2;Torget;male;2024-02-29;2024-12-31;Studier",
    ),
}  # fmt: skip
"""Events on leap day, on the last day of a year and on the first of the next; the year follows from the date (F64)."""

TOLD_EARLIER = (
    "af;;;;;;", ";Grundskola;;;;;", ";;Ingen;;;;", ";;;Ingen;;;", ";;;;Studier;;", ";;;;;Studier;", ";;;;;;0.5",
    ";;;;;;", "af;Grundskola;Ingen|Försörjningsstöd;;Studier;;0.5",
)  # fmt: skip
TOLD_LATER = (
    "kommun;;;;;;", ";;;;;;", ";;Försörjningsstöd;;;;", ";;;;;;", ";;;;;;", ";;;;;;", ";;;;;;1",
    "af;Grundskola;Ingen;Ingen;Studier;Studier;1", "AF;Grundskola;Försörjningsstöd|Ingen;Ingen;Studier;;0.5",
)  # fmt: skip
"""What two registers tell of the same spells: the first seven disagree, in one column each; the last two do not."""

DELIVERED = {
    "FIN-002": _with(only_ledger__2017=_ledger("opening;2017;1910;1001.00;", _OPENING[1], *_FEES, *_COSTS)),
    "FIN-003": _with(report_lines=_rows(LINE, "income_statement;operating_costs;Kostnader;line;cost;-1;40")),
    "FIN-004": _with(ledger__2018=_ledger("opening;2018;1910;1290.00;", "opening;2018;2010;-1290.00;")),
    "FIN-005": _with(ledger__2018=_ledger(
        "opening;2018;1910;1200.00;", "opening;2018;1510;100.00;", "opening;2018;2010;-1300.00;")),
    "FIN-006": _with(ledger__2017=_ledger("transaction;2017;2010;-10.00;3", "transaction;2017;1910;10.00;3")),
    "FIN-007": _with(ledger__2017=_ledger("transaction;2017;1300;5.00;3", "transaction;2017;1910;-5.00;3")),
    "FIN-008": _with(
        account_map=_rows(MAP, "2999;balance_sheet;unexplained_difference"),
        only_ledger__2017=_ledger("opening;2017;1910;1001.00;", "opening;2017;2999;-1.00;", _OPENING[1], *_FEES, *_COSTS)),
    "FIN-009": _with(ledger__2017=_ledger("opening;2017;3110;5.00;", "opening;2017;4010;-5.00;")),
    "FIN-010": _with(goals=_rows("fiscal_year goal_code claimed_status source", "2017;own_capital;met;årsredovisning")),
    "FIN-011": _with(ledger__2017=_ledger("transaction;2017;3110;1.00;3", "transaction;2017;3900;-1.00;3")),
    "FIN-012": _with(only_member_fees__2017=_rows(
        FEE, "FK;2017;400.00;ordinary;decided;final", "Region Norr;2017;190.00;ordinary;decided;final",
        "Storköping;2017;160.00;ordinary;decided;final", "Lillköpings kommun;2017;50.00;ordinary;decided;final")),
    "FIN-013": _with(rules=_rows("rule_code value_share base_code source", "financing_share_region;0.3;total;fel")),
    "KEY-003": _with(
        member_fees__2017=_rows(FEE, "Okända kommunen;2017;10.00;other;decided;final"),
        ledger__2017=_ledger("transaction;2017;1910;10.00;3", "transaction;2017;3110;-10.00;3")),
    "KEY-004": _with(participants__2017=_rows(SPELL, "p9;Okända insatsen;male;2017-02-01;;")),
    "OUT-003": _with(participants__2017=_rows(SPELL, "p9;Torget;male;2017-02-01;2017-03-01;Vann på lotteri")),
    "OUT-004": _with(
        participants__2016=_rows(TOLD, "p1;Torget;male;2016-05-01;;;;;;;;;", *(
            f"o{n};Torget;male;2016-05-01;;;{told}" for n, told in enumerate(TOLD_EARLIER))),
        participants__2017=_rows(TOLD, *(
            f"o{n};Torget;male;2016-05-01;2017-03-01;Jobb;{told}" for n, told in enumerate(TOLD_LATER)))),
    "OUT-009": _with(participants__2017=_rows(f"{SPELL} referrer", "p9;Torget;male;2017-02-01;;;Brevbäraren")),
    "OUT-010": _with(participants__2017=_rows(f"{SPELL} education", "p9;Torget;male;2017-02-01;;;Livets skola")),
    "OUT-011": _with(participants__2017=_rows(f"{SPELL} support_before", "p9;Torget;male;2017-02-01;;;Ingen|Lotteri")),
    "OUT-012": _with(participants__2017=_rows(
        f"{SPELL} occupation_after", "p9;Torget;male;2017-02-01;2017-03-01;Jobb;Trolleri")),
    "OUT-005": _with(participants__2017=_rows(SPELL, "p9;Torget;male;2014-02-01;2015-03-01;Jobb")),
    "OUT-006": _with(participants__2016=_rows(SPELL, "p9;Torget;male;2016-02-01;;")),
    "OUT-007": _with(participants__2017=_rows(SPELL, "p1;Stora torget;female;2017-01-15;;")),
    "OUT-008": _with(participants__2017=_rows(SPELL, "p9;Torget;male;2017-02-01;2017-03-01;Felregistrering")),
    "FIN-040": _with(
        report_lines=_rows(LINE, "cash_flow_statement;receivables_change;Fordringar;line;;-1;20"),
        ledger__2017=_ledger("transaction;2017;1510;5.00;3", "transaction;2017;1910;-5.00;3")),
    "FIN-041": _with(
        account_map=_rows(MAP, "1920;cash_flow_statement;receivables_change"),
        ledger__2017=_ledger("transaction;2017;1920;5.00;3", "transaction;2017;1910;-5.00;3")),
    "FIN-044": _with(ledger__2017=_ledger("transaction;2017;4110;5.00;3", "transaction;2017;1910;-5.00;3")),
    "FIN-045": _with() | {("member_fees", "2017", "invoiced,final"): _rows(
        FEE, "FK;2017;400.00;ordinary;invoiced;final", "Staten;2017;1.00;ordinary;invoiced;final")},
    "FIN-046": _with(ledger__2017=_ledger("transaction;2017;4010;5.00;3", "transaction;2017;1910;-5.00;4")),
    "FIN-047": _with(ledger__2017=_rows(
        _DATED, "transaction;2017;4010;5.00;3;2017-01-31", "transaction;2017;1910;-5.00;3;2017-02-01")),
    "FIN-048": {
        ("ledger", "2017", "whole@superseded"): HEALTHY["ledger", "2017", "whole"],
        **_with(adopted_years=_ADOPTED, ledger__2017=_ledger("transaction;2017;4010;5.00;3", "transaction;2017;1910;-5.00;3")),
    },
    "FIN-050": _with(adopted_years=_rows(
        "fiscal_year adopted_date result_sek own_capital_sek source", "2017;2018-03-15;301.00;1300.00;protokoll")),
    "FIN-049": _with(
        report_lines=_rows(LINE, "balance_sheet;loans;Lån;line;equity_and_liabilities;-1;65"),
        account_map=_rows(MAP, "23;balance_sheet;loans"),
        ledger__2017=_ledger("transaction;2017;2310;-5.00;3", "transaction;2017;1910;5.00;3")),
}  # fmt: skip
"""Rule -> deliveries that have the fault it is for."""

ALSO = {"FIN-004": {"FIN-005"}, "FIN-013": {"FIN-012"}, "REC-002": {"FIN-045"}}
"""Findings that necessarily follow: equity that moved shows on another account too, a part nobody bears is a deviation, an
invoice that grew on the way is more than the fee."""


@dataclass(frozen=True)
class Tampering:
    """What is done to the candidate of one association after the run: a fault of ours that no delivery can cause."""

    association_id: str
    statements: tuple[str, ...]
    data: dict


def _tampered(rule_id, *statements, data=HEALTHY):
    return Tampering(rule_id.lower(), statements, data)


TAMPERED = {
    "KEY-001": _tampered("KEY-001", "insert into candidate.dim_association select * from candidate.dim_association"
                         " where association_id = %(association)s"),
    "KEY-002": _tampered("KEY-002", "delete from candidate.dim_exit_result where association_id = %(association)s"
                         " and exit_result_code = 'work'"),
    "REC-001": _tampered("REC-001", "delete from candidate.fct_ledger_entry where association_id = %(association)s"
                         " and amount_sek = 0 and account_code = '1910'",
                         data=_with(ledger__2017=_ledger("transaction;2017;1910;0.00;3", "transaction;2017;4010;0.00;3"))),
    "REC-002": _tampered("REC-002", "update candidate.fct_member_fee set amount_sek = amount_sek + 0.01"
                         " where association_id = %(association)s and fee_event = 'invoiced' and _row_number = 2"),
    "REC-003": _tampered("REC-003", "update candidate.fct_participation set delivered_row_count = 2"
                         " where association_id = %(association)s and sex = 'male'"),
    "REC-004": _tampered("REC-004", "delete from candidate.income_statement where association_id = %(association)s"
                         " and line_code = 'operating_costs'"),
    "REC-005": _tampered("REC-005", "delete from candidate.member_fee_shares where association_id = %(association)s"
                         " and member_id = 'k2'"),
    "FIN-042": _tampered("FIN-042", "update candidate.reconciliations set right_sek = right_sek + 1, difference_sek = -1,"
                         " status = 'differs' where association_id = %(association)s and check_code = 'cash_flow_result'"),
    "FIN-043": _tampered("FIN-043", "update candidate.reconciliations set left_sek = left_sek + 1, difference_sek = 1,"
                         " status = 'differs' where association_id = %(association)s and check_code = 'note_costs'"),
    "OUT-001": _tampered("OUT-001", "delete from candidate.participant_flow where association_id = %(association)s"
                         " and sex = 'male'"),
    "OUT-002": _tampered("OUT-002", "delete from candidate.exit_results where association_id = %(association)s"
                         " and sex = 'unknown'"),
}  # fmt: skip


BUDGET = "line_name fiscal_year amount_sek unit version_kind made_date document initiative_name party_name decision_state"

COMMON["account_map"] += _rows(MAP, "31;budget;member_fees", "4;budget;initiatives")

BUDGETS = {
    ("budgets", "whole", "budget/2016-11-23"): _rows(
        BUDGET,
        "Ingående överskott;2017;1000.00;;budget;2016-11-23;;;;", "medlemsavgifter;2017;800.00;;budget;2016-11-23;;;;",
        "Förtroendevalda;2017;100.00;;budget;2016-11-23;;;;", "Förvaltning;2017;100.00;;budget;2016-11-23;;;;",
        "Stöd;2017;300.00;;budget;2016-11-23;;Stora torget;Storköping;",
        "Insatser;2017;50.00;;budget;2016-11-23;;Kursen;k2;undecided", "Insatser;2018;20.00;;budget;2016-11-23;;;;",
    ),
    ("budgets", "whole", "forecast/2017-09-01/Bilaga 3"): _rows(
        BUDGET,
        "Ingående överskott;2017;1000.00;;forecast;2017-09-01;Bilaga 3;;;",
        "Medlemsavgifter;2017;800.00;;forecast;2017-09-01;Bilaga 3;;;",
        "Insatser;2017;500.00;;forecast;2017-09-01;Bilaga 3;;;",
        "Ingående överskott;2018;1300.00;;forecast;2017-09-01;Bilaga 3;;;",
    ),
    ("budgets", "whole", "forecast/2017-09-01/Tusental"): _rows(
        BUDGET,
        "Ingående överskott;2017;1000.00;tkr;forecast;2017-09-01;Tusental;;;",
        "Medlemsavgifter;2017;1000.00;tkr;forecast;2017-09-01;Tusental;;;",
        "Insatser;2018;0.00;tkr;forecast;2017-09-01;Tusental;;;",
    ),
    ("budgets", "whole", "plan/2017-09-01"): _rows(
        BUDGET,
        "Ingående överskott;2018;1300.00;;plan;2017-09-01;;;;", "Medlemsavgifter;2018;700.00;;plan;2017-09-01;;;;",
        "Förvaltning;2018;100.00;;plan;2017-09-01;;;;", "Medlemsavgifter;2019;700.00;;plan;2017-09-01;;;;",
    ),
    ("applications", "whole", "2017-4/proposal"): _rows(
        "application_code application_date initiative_name breakdown fiscal_year amount_sek",
        "2017-4;2017-08-01;Torget;proposal;2018;900.00",
    ),
}  # fmt: skip
"""Budgets by the kind of version, the day and the document; two forecasts of one day, one of them in thousands."""


def _budgeted(*lines, **changes):
    """The healthy deliveries and the budgets, with rows added to the budget of November."""
    data = {**_with(**changes), **copy.deepcopy(BUDGETS)}
    data["budgets", "whole", "budget/2016-11-23"] += _rows(BUDGET, *lines)
    return data


PLAIN |= {
    "budgeterat": _budgeted(),
    "avtalat": _with(
        rules=_rows(
            "rule_code value_share member_id base_code source valid_from lower_sek upper_sek step_method cap_sek",
            "member_share;0.75;k1;working_age;avtal;2017-01-01;;;;",
            "member_share;0.25;k2;working_age;avtal;2017-01-01;;;;",
            "own_capital_ceiling_share;0.2;;total;råd;2013-10-02;;300.00;slice;",
            "own_capital_ceiling_share;0.1;;total;råd;2013-10-02;300.00;;slice;100.00",
        )
    ),
    "bara-budget": {key: rows for key, rows in BUDGETS.items() if key[2].startswith(("forecast", "plan"))},
}

DELIVERED |= {
    "FIN-014": _budgeted(report_lines=_rows(LINE, "budget;administration;Förvaltning;line;cost;1;60")),
    "FIN-015": _budgeted("Okänd post;2017;5.00;;budget;2016-11-23;;;;"),
    "FIN-016": _budgeted("Förvaltning;2019;-5.00;;budget;2016-11-23;;;;"),
    "FIN-017": _budgeted("Medlemsavgifter;2016;700.00;;budget;2016-11-23;;;;", member_fees__2016=_rows(
        FEE, "FK;2016;400.00;ordinary;decided;final", "Landstinget;2016;200.00;ordinary;decided;final",
        "Storköping;2016;150.00;ordinary;decided;final", "Lillköpings kommun;2016;50.00;ordinary;decided;final")),
    "FIN-018": _budgeted(ledger__2017=_ledger("transaction;2017;1910;5.00;3", "transaction;2017;3900;-5.00;3")),
    "FIN-019": _budgeted("Insatser;2017;5.00;;budget;2016-11-23;;Okända insatsen;;"),
    "FIN-020": _budgeted("Ingående överskott;2018;9.00;;budget;2016-11-23;;;;"),
    "FIN-021": _budgeted("Gemensamt;2017;5.00;;budget;2016-11-23;;;;", report_lines=_rows(
        LINE, "budget;elected;Förtroendevalda;total;cost|result;1;50", "budget;administration;Förvaltning;total;cost|result;1;60",
        "budget;shared;Gemensamt;line;elected|administration;1;55")),
}  # fmt: skip

TAMPERED |= {
    "REC-006": _tampered("REC-006", "update candidate.fct_budget_line set amount_sek = amount_sek + 0.01"
                         " where association_id = %(association)s and version_kind = 'plan' and _row_number = 2",
                         data=_budgeted()),
}  # fmt: skip


WIDE = (
    "line_name fiscal_year first_year amount_sek unit version_kind made_date section_name initiative_code initiative_name"
    " decision_state annex_code row_role part_of"
)
PLAN_TABLE = {
    ("budgets", "whole", "2016-11-25/table"): _rows(
        WIDE,
        "FK;2015;2006;4000.00;tkr;actual;2016-11-25;Intäkter;;;;;;", "FK;2016;;400.00;tkr;forecast;2016-11-25;Intäkter;;;;;;",
        "FK;2017;;410.00;tkr;plan;2016-11-25;Intäkter;;;;;;",
        "Förvaltning;2015;2006;900.00;tkr;actual;2016-11-25;Kostnader;;;;;;",
        "Förvaltning;2016;;90.00;tkr;forecast;2016-11-25;Kostnader;;;;;;",
        "varav lokal;2016;;30.00;tkr;forecast;2016-11-25;Kostnader;;;;;part;Förvaltning",
        "T1 Torget;2016;;200.00;tkr;forecast;2016-11-25;A;torget;Ett annat namn;decided;A;;",
        "T1 Torget;2017;;80.00;tkr;plan;2016-11-25;B1;torget;Torget;undecided;B1;;",
        "T1 Torget;2017;;20.00;tkr;plan;2016-11-25;B1;torget;Torget;undecided;B1;;",
    ),
    ("budgets", "whole", "actual/2017-02-20"): _rows(
        BUDGET,
        "Medlemsavgifter;2016;405.00;;actual;2017-02-20;;;;", "Förvaltning;2016;100.00;;actual;2017-02-20;;;;",
        "Insatser;2016;205.00;;actual;2017-02-20;;;;",
    ),
}  # fmt: skip
"""A table with a column per year, as read: a sum over ten years, a part, one code in two lists; and what 2016 became."""

PLAIN["bred"] = {
    **{key: HEALTHY[key] for key in HEALTHY if key[0] in {"associations", "initiatives", "members"}},
    **PLAN_TABLE,
}

DELIVERED |= {
    "FIN-080": {**PLAIN["bred"], ("budgets", "whole", "plan/2016-11-25"): _rows(
        BUDGET, "Förvaltning;2017;5.00;;plan;2016-11-25;;;;")},
}  # fmt: skip

TAMPERED |= {
    "FIN-081": _tampered("FIN-081", "delete from candidate.forecast_accuracy where association_id = %(association)s"
                         " and report_line = 'administration'", data=PLAIN["bred"]),
}  # fmt: skip


APPLICATION = (
    "application_code application_date initiative_name breakdown party_name cost_category post_name fte_share"
    " from_date to_date fiscal_year amount_sek own_financing_sek"
)
DECISION = "decision_code decision_date initiative_name party_name decision_kind application_code amount_sek from_date to_date"
CLAIM = (
    "claim_number claim_date quarter initiative_name party_name cost_category amount_sek own_financing_sek"
)

COMMON["code_lists"] += _rows(
    "list_code code label_sv aliases group_code sort_order",
    "cost_category;salaries;Lönekostnader;Löner;salaries;10", "cost_category;premises;Lokalkostnader;;premises;20",
    "cost_category;rent;Lokalhyra;;premises;30", "cost_category;travel;Resor;;other_costs;40",
)  # fmt: skip

_POSTS = (
    "A-1;2021-09-01;Stora torget;post;Storköping;Löner;Coach;1.0;2022-01-01;2023-12-31;;500.00;",
    "A-1;2021-09-01;Stora torget;post;Storköping;Löner;Coach;1.0;2022-01-01;2023-12-31;;500.00;",
    "A-1;2021-09-01;Stora torget;post;AF;Lönekostnader;Handläggare;0.25;2022-01-01;2023-12-31;;0.00;",
    "A-1;2021-09-01;Stora torget;post;Storköping;Lokalhyra;;;;;;0.00;80.00",
)
_YEARS = (
    "A-1;2021-09-01;Torget;year;;Löner;;;;;2022;600.00;", "A-1;2021-09-01;Torget;year;;Löner;;;;;2023;400.40;",
)  # fmt: skip
_GRANTS = (
    "2021-17;2021-11-25;Torget;Storköpings kommun;granted;A-1;600.00;2022-01-01;2022-12-31",
    "2021-18;2021-11-25;Kursen;;rejected;;0.00;;",
)
_CLAIMS = (
    "1;2022-04-10;2022-Q1;Torget;Storköping;Löner;250.00;20.00",
    "1;2022-04-10;2022-Q1;Torget;Storköping;Resor;50.50;",
)

FUNDED = {
    **{key: HEALTHY[key] for key in HEALTHY if key[0] in {"associations", "initiatives"}},
    ("members", "whole", "whole"): [
        *HEALTHY["members", "whole", "whole"],
        *_rows("member_id member_kind name_sv aliases pays_fee", "af;state;Arbetsförmedlingen;AF;false"),
    ],
    ("member_fees", "2017", "decided,final"): HEALTHY["member_fees", "2017", "decided,final"],
    ("member_fees", "2018", "decided,preliminary"): _rows(
        FEE + " population_count population_date",
        "FK;2018;440.00;ordinary;decided;preliminary;;",
        "Region Norr;2018;220.00;ordinary;decided;preliminary;;",
        "Storköping;2018;165.00;ordinary;decided;preliminary;300;2017-11-01",
        "Lillköpings kommun;2018;55.00;ordinary;decided;preliminary;100;2017-11-01",
    ),
    ("applications", "whole", "A-1/post"): _rows(APPLICATION, *_POSTS),
    ("applications", "whole", "A-1/year"): _rows(APPLICATION, *_YEARS),
    ("applications", "whole", "A-1/party"): _rows(
        APPLICATION, "A-1;2021-09-01;Torget;party;Storköping;;;;;;;1000.00;80.00"
    ),
    ("applications", "whole", "A-1/proposal"): _rows(
        APPLICATION, "A-1;2021-09-01;Torget;proposal;;;;;;;2022;600.00;"
    ),
    ("applications", "whole", "A-2/post"): _rows(
        APPLICATION, "A-2;2021-10-01;Kursen;post;;;Kursledare;0.5;;;;40.00;"
    ),
    ("applications", "whole", "A-3/party"): _rows(APPLICATION, "A-3;2022-10-01;Kursen;party;FK;;;;;;;7.00;"),
    ("decisions", "2021", "2021-11-25"): _rows(DECISION, *_GRANTS),
    ("project_costs", "2022-Q1", "k1"): _rows(CLAIM, *_CLAIMS),
    ("project_costs", "2022-Q1", "fk"): _rows(CLAIM, "7;2022-04-12;2022-Q1;Torget;FK;;99.50;"),
    ("ledger", "2022", "whole"): _rows(
        LEDGER + " project_code",
        "transaction;2022;4010;300.50;1;torget", "transaction;2022;1910;-300.50;1;torget",
        "transaction;2022;4010;9.00;2;999", "transaction;2022;1910;-9.00;2;",
    ),
}  # fmt: skip
"""Applications in every breakdown, decided and pending, claims within the grant, booked costs by project; fees by population."""


def _funded(changes):
    return {**copy.deepcopy(FUNDED), **changes}


def _funding_rows(feed, period, scope, columns, *lines):
    return {(feed, period, scope): _rows(columns, *lines)}


PLAIN["finansierad"] = FUNDED

DELIVERED |= {
    "KEY-005": _funded(_funding_rows("applications", "whole", "A-4/post", APPLICATION,
                                     "A-4;2021-10-01;Okända insatsen;post;FK;;;;;;;5.00;")),
    "KEY-006": _funded(_funding_rows("project_costs", "2022-Q2", "okand", CLAIM,
                                     "2;2022-07-10;2022-Q2;Torget;Okända parten;;5.00;")),
    "KEY-007": _funded(_funding_rows("project_costs", "2022-Q2", "k1", CLAIM,
                                     "2;2022-07-10;2022-Q2;Torget;Storköping;Trollsländor;5.00;")),
    "FIN-030": _funded(_funding_rows("applications", "whole", "A-1/party", APPLICATION,
                                     "A-1;2021-09-01;Torget;party;Storköping;;;;;;;990.00;80.00")),
    "FIN-031": _funded(_funding_rows("project_costs", "2022-Q2", "k1", CLAIM,
                                     "2;2022-07-10;2022-Q2;Torget;Storköping;Löner;250.00;")),
    "FIN-032": _funded(_funding_rows("project_costs", "2023-Q1", "k1", CLAIM,
                                     "2;2023-04-10;2023-Q1;Torget;Storköping;Löner;5.00;")),
}  # fmt: skip

TAMPERED |= {
    "REC-007": _tampered("REC-007", "update candidate.fct_application set own_financing_sek = own_financing_sek + 0.01"
                         " where association_id = %(association)s and breakdown = 'proposal'",
                         "update candidate.application_requests set own_financing_sek = own_financing_sek + 0.01"
                         " where association_id = %(association)s and breakdown = 'proposal'", data=FUNDED),
    "REC-008": _tampered("REC-008", "delete from candidate.fct_decision where association_id = %(association)s"
                         " and decision_kind = 'rejected'", data=FUNDED),
    "REC-009": _tampered("REC-009", "update candidate.fct_project_cost set vat_sek = 0.01"
                         " where association_id = %(association)s and claim_number = '7'", data=FUNDED),
    "REC-010": _tampered("REC-010", "delete from candidate.application_requests where association_id = %(association)s"
                         " and post_name = 'Handläggare'", data=FUNDED),
    "REC-011": _tampered("REC-011", "delete from candidate.initiative_funding where association_id = %(association)s"
                         " and granted_sek <> 0", data=FUNDED),
}  # fmt: skip


COMMON["rules"] += _rows("rule_code source valid_from value_number", "claim_due_days;rutin;2018-01-01;14")
COMMON["rules"] += _rows(
    "rule_code value_share base_code line_code source valid_from",
    "service_fee;0.002;total;administration;avtal;2017-01-01",
    "office_index;0.028;year_before;administration;princip;2017-01-01",
)

_SHARED = (
    f"{APPLICATION} own_fte_share in_kind_sek party_role preparation_group recommendation recommendation_date"
    " votes_for_count votes_against_count"
)
_TOLD = "LSG;split;2022-01-20;4;2"
_GIVEN = f"{DECISION} paragraph has_option option_to_date conditions"

_COURSE = {
    **FUNDED,
    ("applications", "whole", "A-5/post"): _rows(
        _SHARED,
        f"A-5;2022-01-15;Kursen;post;Storköping;Löner;Samordnare;0.5;2022-03-01;2022-12-31;;300.00;60.00;0.1;;owner;{_TOLD}",
        f"A-5;2022-01-15;Kursen;post;k2;Löner;Samordnare;;2022-03-01;2022-12-31;;0.00;60.00;0.1;;co_owner;{_TOLD}",
        f"A-5;2022-01-15;Kursen;post;FK;Löner;Samordnare;;2022-03-01;2022-12-31;;0.00;0.00;0.1;;co_owner;{_TOLD}",
        f"A-5;2022-01-15;Kursen;post;AF;Löner;Samordnare;;2022-03-01;2022-12-31;;0.00;0.00;0.1;;co_owner;{_TOLD}",
        f"A-5;2022-01-15;Kursen;post;region;Löner;Samordnare;;2022-03-01;2022-12-31;;0.00;0.00;0.1;25.00;co_owner;{_TOLD}",
    ),
    ("decisions", "2022", "2022-02-10"): _rows(
        _GIVEN, "2022-3;2022-02-10;Kursen;Storköping;granted;a-5;250.00;2022-03-01;2022-12-31;§ 7;true;2023-12-31;alla godkänner",
    ),
    ("decisions", "2022", "2022-09-04"): _rows(
        _GIVEN, "2022-9;2022-09-04;Kursen;Storköping;granted;A-5;0.00;2022-03-01;2023-03-31;§ 41;false;;",
    ),
    ("budgets", "whole", "budget/2021-12-01"): _rows(
        BUDGET, "Insatser;2022;600.00;;budget;2021-12-01;;Torget;;", "Insatser;2022;5.00;;budget;2021-12-01;;Kursen;;undecided",
    ),
}  # fmt: skip
"""As above; a post that five parties share, a recommendation split by vote, a grant prolonged without money, a budget."""

PLAIN["rekvirerat"] = _COURSE


def _course(changes):
    return {**copy.deepcopy(_COURSE), **changes}


DELIVERED |= {
    "FIN-061": _course(_funding_rows("budgets", "whole", "plan/2021-12-01", BUDGET,
                                     "Insatser;2022;605.00;;plan;2021-12-01;;Torget;;")),
    "FIN-062": _course(_funding_rows("ledger", "2022", "whole", LEDGER + " project_code",
                                     "transaction;2022;4010;300.50;1;torget", "transaction;2022;1910;-300.50;1;torget",
                                     "transaction;2022;4010;9.00;2;", "transaction;2022;1910;-9.00;2;")),
    "FIN-063": _course(_funding_rows("applications", "whole", "A-1/party", APPLICATION,
                                     "A-1;2021-09-01;Torget;party;Storköping;;;;;;;900.00;80.00",
                                     "A-1;2021-09-01;Torget;party;AF;;;;;;;100.00;")),
    "FIN-064": _course(_funding_rows("project_costs", "2022-Q1", "fk", CLAIM, "7;2022-07-15;2022-Q1;Torget;FK;;99.50;")),
}  # fmt: skip
ALSO |= {"FIN-030": {"FIN-063"}, "FIN-032": {"FIN-064"}}

TAMPERED |= {
    "FIN-060": _tampered("FIN-060", "delete from candidate.decision_space_line where association_id = %(association)s"
                         " and section = 'application'", data=_budgeted()),
    "FIN-065": _tampered("FIN-065", "delete from candidate.initiative_claims where association_id = %(association)s"
                         " and party_id = 'not_stated'", data=_COURSE),
}  # fmt: skip


FIGURE = "line_name row_type year_printed unit value_printed printed_number mart_name mart_key mart_column"


def _printed(data, *lines):
    """Deliveries with a paper whose one table has these lines."""
    told = [{"document": "ÅR", "table_name": "Eget kapital", **row} for row in _rows(FIGURE, *lines)]
    return {**copy.deepcopy(data), ("published_figures", "whole", "ÅR"): told}


_RIGHT = (
    "Ingående;line;2023;kr;100;100;own_capital;fiscal_year=2023;opening_sek",
    "Resultat;line;2023;tkr;0,01;0.01;own_capital;fiscal_year=2023;result_sek",
    "Minskning;line;2023;kr;-10;-10;own_capital;fiscal_year=2023;-result_sek",
    "Utgående;total;2023;kr;110;110;own_capital;fiscal_year=2023;closing_sek",
    "Utgående två år;line;;kr;225;225;own_capital;association_id=tryckt;closing_sek",
    "Utan motsvarighet;line;2023;kr;7;7;;;",
    "Skadad;line;2023;kr;O0O;;own_capital;fiscal_year=2023;opening_sek",
)
PLAIN["tryckt"] = _printed(PLAIN["skottar"], *_RIGHT)

DELIVERED |= {
    "PRT-010": _printed(
        PLAIN["skottar"],
        "Utgående;total;2023;kr;110;110;own_capital;fiscal_year=2023;closing_sek",
        "Tecken;line;2023;kr;-100;-100;own_capital;fiscal_year=2023;opening_sek",
        "Enhet;line;2023;kr;100000;100000;own_capital;fiscal_year=2023;opening_sek",
        "Utgående;total;2024;kr;110;110;own_capital;fiscal_year=2024;closing_sek",
        "Felskriven;line;2023;kr;120;120;own_capital;fiscal_year=2023;opening_sek",
        "Summa;total;2023;kr;200;200;own_capital;fiscal_year=2023;opening_sek",
    ),
    "PRT-011": _printed(
        PLAIN["skottar"], "Ingående;line;2031;kr;100;100;own_capital;fiscal_year=2031;opening_sek"
    ),
}
TAMPERED |= {
    "PRT-012": _tampered("PRT-012", "delete from candidate.published_vs_computed where association_id = %(association)s"
                         " and status = 'unmapped'",
                         data=_printed(PLAIN["skottar"], "Ingående;line;2023;kr;100;100;;;")),
}  # fmt: skip


COMMON["rules"] += _rows(
    "rule_code source valid_from value_number",
    "fewest_answers;praxis;1900-01-01;3", "progress_interval_weeks;rutin;1900-01-01;13",
)  # fmt: skip
COMMON["code_lists"] += _rows(
    "list_code code label_sv aliases group_code sort_order",
    "sex;female;Kvinna;Kvinnor;;10",
    "respondent_group;staff;Personal;Medarbetare;;10", "respondent_group;participant;Deltagaren;;;20",
    "answer_scale;yes_no;Ja eller nej;Ja/nej;;10",
    "yes_no;yes;Ja;;positive;10", "yes_no;no;Nej;;negative;20", "yes_no;no_opinion;Vet ej;;no_opinion;30",
    "progress_indicator;health;Hälsa;;;10", "progress_indicator;ladder;Trappan;;;20",
    "ladder;start;Start;;;10", "ladder;work;Arbete;;;20",
    "public_statistic;population;Folkmängd;;count;10", "public_statistic;sick_days;Sjukpenningtal;;rate;20",
    "public_statistic;target_group;Målgruppen;;count;30",
)  # fmt: skip

SURVEY = "survey_name survey_period initiative_name respondent_group question_code scale answer answer_count positive_count"
STEP = "person_key initiative_name measured_date rater health indicator answer"
VALUE = "table_name statistic region region_code age age_from age_to sex statistic_period value"
GOAL = (
    "fiscal_year goal_code claimed_status initiative_name respondent_group measure subject denominator operator"
    " threshold_printed threshold_number compared_year fewest_answers due_date claimed_number follow_up_point source"
)

FOLLOWED = {
    **HEALTHY,
    ("members", "whole", "whole"): _rows(
        "member_id member_kind name_sv aliases municipality_code",
        "fk;state;Försäkringskassan;FK|Staten;", "region;region;Region Norr;Landstinget;",
        "k1;municipality;Storköpings kommun;Storköping;0101", "k2;municipality;Lillköpings kommun;;0102",
    ),
    ("surveys", "2017", "Årsenkät"): _rows(
        SURVEY,
        "Årsenkät;2017-H2;Torget;Personal;1;;;8;6", "Årsenkät;2017-H2;;Medarbetare;2;Ja/nej;ja;3;",
        "Årsenkät;2017-H2;;Personal;2;Ja/nej;Nej;1;", "Årsenkät;2017-H2;;Personal;2;Ja/nej;vet ej;5;",
        "Årsenkät;2017-H2;Torget;Personal;3;;;2;2",
    ),
    ("progress", "2017", "all"): _rows(
        STEP,
        "p2;Torget;2017-02-10;participant;3;;", "p2;Torget;2017-05-10;participant;5;Trappan;Start",
        "p2;Torget;2017-12-10;caseworker;;Trappan;Arbete", "p3;Torget;2017-02-10;participant;4;;",
        "p3;Torget;2017-06-10;participant;4;;",
    ),
    ("public_statistics", "whole", "Folkmängd"): _rows(
        VALUE,
        "Folkmängd;Folkmängd;Storköping;0101;;;;female;2016;600", "Folkmängd;Folkmängd;Storköping;0101;;;;male;2016;400",
        "Folkmängd;Folkmängd;Storköping;0101;;;;total;2017;900", "Folkmängd;Folkmängd;Storköping;0101;;;;male;2017;400",
        "Folkmängd;Målgruppen;Lillköping;0102;16-64 år;16;64;total;2017;40", "Folkmängd;Folkmängd;Riket;00;;;;total;2017;9",
        "Folkmängd;Sjukpenningtal;Storköping;0101;;;;total;2017-01;9.5",
        "Folkmängd;Sjukpenningtal;Storköping;0101;;;;total;2017-02;",
        "Folkmängd;Sjukpenningtal;Storköping;0101;;;;total;2017-03;10.5",
    ),
    ("goals", "whole", "whole"): _rows(
        GOAL,
        "2017;arbete;met;Torget;;to_work;;;at_least;50 %;50;;;;;at_exit;plan",
        "2017;kvinnor;not_stated;;;participants;Kvinnor;participants;at_least;40 %;40;;;;;at_exit;plan",
        "2017;enkat1;not_stated;;Personal;positive_answers;1;;at_least;80 %;80;;;;;at_exit;plan",
        "2017;enkat2;met;;Medarbetare;positive_answers;2;;at_least;75 %;75;;;;;at_exit;plan",
        "2017;enkat3;met;Torget;Personal;positive_answers;3;;at_least;75 %;75;;;;;at_exit;plan",
        "2017;enkat9;not_stated;;;positive_answers;9;;at_least;75 %;75;;;;;at_exit;plan",
        "2017;steg;not_stated;;Deltagaren;progress_up;Hälsa;;at_least;60 %;60;;2;;;at_exit;plan",
        "2017;forsenade;not_stated;;;progress_overdue;Trappan;;at_most;0 %;0;;1;;;at_exit;plan",
        "2017;folk;not_stated;;;statistic;population;;decrease_at_least;20 %;20;;;;;at_exit;plan",
        "2017;sjuk;not_stated;;;statistic;sick_days;;at_most;10;10;;;;;at_exit;plan",
        "2017;nar;not_stated;Torget;;participants;;target_group;at_least;10 %;10;;;;;at_exit;plan",
        "2017;kapital;not_met;;;own_capital;;;at_most;200 kr;200;;;;;at_exit;plan",
        "2017;foretag;not_stated;;;stated;;;at_least;två;2;;;;1;at_exit;plan",
        "2017;sedan;met;;;remaining;;;at_most;9;9;;;2018-06-30;;at_exit;plan",
        "2017;tre;met;Torget;;self_support_a;;;at_least;70 %;70;;;;;months_3;plan",
        "2016;arbete;met;Torget;;to_work;;;at_least;50 %;50;;;;;at_exit;plan",
        "2017;ord;met;;;;;;;;;;;;;;plan",
    ),
}  # fmt: skip
"""Healthy, with a survey, measurements of progress, public statistics, and goals that use all of them."""

PLAIN["uppfoljt"] = FOLLOWED


def _followed(feed, period, scope, columns, *lines):
    """The deliveries of `uppfoljt`, with rows added to one of them."""
    data = copy.deepcopy(FOLLOWED)
    data[feed, period, scope] += _rows(columns, *lines)
    return data


DELIVERED |= {
    "OUT-030": _followed("goals", "whole", "whole", GOAL,
                         "2017;studier;met;Torget;;to_studies;;;at_least;90 %;90;;;;;at_exit;plan"),
    "OUT-031": _followed("goals", "whole", "whole", GOAL,
                         "2017;okand;not_stated;Okända insatsen;;participants;;;at_least;1;1;;;;;at_exit;plan"),
    "OUT-032": _followed("surveys", "2017", "Årsenkät", SURVEY, "Årsenkät;2017-H2;;Personal;4;Ja/nej;Kanske;3;"),
    "OUT-033": _followed("surveys", "2017", "Årsenkät", SURVEY, "Årsenkät;2017-H2;;Gästerna;4;;;3;2"),
    "OUT-034": _followed("progress", "2017", "all", STEP, "p2;Torget;2017-05-10;caseworker;;Trappan;Flyga"),
    "OUT-035": _followed("public_statistics", "whole", "Folkmängd", VALUE, "Folkmängd;Lycka;Storköping;0101;;;;total;2017;5"),
    "OUT-040": _followed("surveys", "2017", "Årsenkät", SURVEY, "Årsenkät;2017-H2;Okända insatsen;Personal;4;;;3;2"),
}  # fmt: skip

TAMPERED |= {
    "OUT-036": _tampered("OUT-036", "delete from candidate.fct_survey_answer where association_id = %(association)s"
                         " and question_code = '2' and answer_code = 'no'", data=FOLLOWED),
    "OUT-037": _tampered("OUT-037", "delete from candidate.fct_progress where association_id = %(association)s"
                         " and rater = 'caseworker'", data=FOLLOWED),
    "OUT-038": _tampered("OUT-038", "delete from candidate.fct_public_statistic where association_id = %(association)s"
                         " and region_name = 'Riket'", data=FOLLOWED),
    "OUT-039": _tampered("OUT-039", "delete from candidate.goal_attainment where association_id = %(association)s"
                         " and goal_code = 'ord'", data=FOLLOWED),
}  # fmt: skip


REFERRAL = "reported_period referrer destination sex referral_count accepted_count"
COUNT = "initiative_name reported_period sex measure exit_result reported_count"

COMMON["code_lists"] += _rows(
    "list_code code label_sv aliases group_code sort_order",
    "exit_result;work_or_studies;Arbete eller studier;;work_or_studies;25",
    "referral_destination;psychiatry;Psykiatrin;;;10",
)  # fmt: skip

_REFERRED = (
    "2022-W02;AF;Stora torget;female;3;2", "2022-W02;AF;Torget;male;1;", "2022-W03;Kommun;Psykiatrin;unknown;2;",
    "2022-Q1;kommun;Torget;unknown;5;5", "2022-W04;kommun;Torget;unknown;2;",
)  # fmt: skip
_COUNTED = {
    "2022-H1": (
        "Kursen;2022-H1;female;participants;;110", "Kursen;2022-H1;male;participants;;90", "Kursen;2022-H1;all;participants;;200",
        "Kursen;2022-H1;all;new;;120", "Kursen;2022-H1;all;ended;;60", "Kursen;2022-H1;all;remaining;;140",
    ),
    "2022-H2": (
        "Kursen;2022-H2;all;participants;;180", "Kursen;2022-H2;all;new;;40", "Kursen;2022-H2;all;remaining;;130",
        "Kursen;2022-H2;all;ended;Arbete eller studier;30", "Kursen;2022-H2;all;ended;Jobb;20",
    ),
}  # fmt: skip

COUNTED = {
    **FUNDED,
    ("participants", "2022", "all"): _rows(
        f"{SPELL} referrer",
        "p1;Torget;female;2022-01-12;2022-06-30;Jobb;AF", "p2;Torget;male;2022-02-01;;;Kommun",
        "p3;Torget;female;2021-09-01;2022-12-31;Studier;", "p4;Torget;male;2022-01-16;2023-01-01;Jobb;AF",
    ),
    ("referrals", "2022", "all"): _rows(REFERRAL, *_REFERRED),
    **{("participant_counts", period, "kursen"): _rows(COUNT, *told) for period, told in _COUNTED.items()},
    ("participant_counts", "2022", "torget"): _rows(COUNT, "Torget;2022;all;participants;;4"),
}  # fmt: skip
"""A register of one initiative, counts of another and of both, referrals week by week; the money of the year beside them."""

SENT = "fiscal_year sent_date initiative_name field_code sent_number sent_text"
_SENT = (
    "2022;2023-02-10;;administration_actual_sek;7.00;", "2022;2023-02-10;stora torget;participants_female;2.00;",
    "2022;2023-02-10;Torget;focus;;individinriktad", "2022;2023-02-10;Torget;target_group;;16 till 29 år",
)  # fmt: skip
COUNTED["follow_up_reports", "2022", "whole"] = _rows(SENT, *_SENT)

PLAIN["remitterat"] = COUNTED


def _counted(feed, period, scope, columns, *lines):
    return {**copy.deepcopy(COUNTED), (feed, period, scope): _rows(columns, *lines)}


DELIVERED |= {
    "OUT-045": _counted("referrals", "2022", "all", REFERRAL, *_REFERRED, "2022-W09;AF;Månen;female;1;"),
    "OUT-046": _counted("referrals", "2022", "all", REFERRAL, *_REFERRED, "2022-W09;Grannen;Torget;female;1;"),
    "OUT-047": _counted("participant_counts", "2022", "all", COUNT,
                        "Okända insatsen;2022;all;participants;;4", "Torget;2022;all;ended;Trolleri;1"),
    "OUT-048": _counted("participant_counts", "2022", "torget", COUNT, "Torget;2022;all;participants;;5"),
    "OUT-049": _counted("participant_counts", "2022-H1", "kursen", COUNT, *_COUNTED["2022-H1"][1:],
                        "Kursen;2022-H1;female;participants;;111"),
    "OUT-056": _counted("follow_up_reports", "2022", "whole", SENT, *_SENT, "2022;2023-02-10;Okända insatsen;target_group;;unga"),
    "OUT-057": _counted("follow_up_reports", "2022", "whole", SENT, *_SENT, "2022;2023-02-10;Kursen;participants_male;91.00;"),
    "OUT-055": _counted("referrals", "2022", "all", REFERRAL, *_REFERRED,
                        "2022-01;AF;Torget;female;9;", "2022-W05;AF;Torget;female;2;"),
}  # fmt: skip

TAMPERED |= {
    "OUT-050": _tampered("OUT-050", "delete from candidate.referrals where association_id = %(association)s"
                         " and referrer_code = 'not_stated'", data=COUNTED),
    "OUT-051": _tampered("OUT-051", "update candidate.participants_by_source set participant_count = participant_count + 1"
                         " where association_id = %(association)s and initiative_id = 'kursen' and sex = 'male'", data=COUNTED),
    "OUT-052": _tampered("OUT-052", "update candidate.fct_referral set accepted_count = 9"
                         " where association_id = %(association)s and accepted_count = 2", data=COUNTED),
    "OUT-053": _tampered("OUT-053", "delete from candidate.fct_participant_count where association_id = %(association)s"
                         " and counts_towards = '{}' and reported_count = 180", data=COUNTED),
    "OUT-058": _tampered("OUT-058", "delete from candidate.fct_follow_up_report where association_id = %(association)s"
                         " and field_code = 'target_group'", data=COUNTED),
    "OUT-054": _tampered("OUT-054", "delete from candidate.cost_per_result where association_id = %(association)s"
                         " and initiative_id = 'torget' and basis = 'claimed'", data=COUNTED),
}  # fmt: skip


TOLD_OF_ENDED = (
    f"{SPELL} exit_reason birth_year age_at_start time_in_support consent_date is_self_supporting_3_months"
)
COMMON["rules"] += _rows("rule_code source valid_from value_number", "reentry_days;val;1900-01-01;30",
                         "target_age_min;lag;1900-01-01;16", "target_age_max;lag;1900-01-01;64")  # fmt: skip
COMMON["code_lists"] += _rows(
    "list_code code label_sv aliases sort_order",
    "exit_measure;work_or_studies;Arbete eller studier;work|studies;10", "exit_reason;moved;Flytt;;10",
    "time_in_support;up_to_1;Upp till 1 år;;10", "exit_reason;deceased;Dödsfall;;20",
    f"age_band;up_to_29;15–29 år;{'|'.join(map(str, range(15, 30)))};10",
    f"age_band;over_29;30–64 år;{'|'.join(map(str, range(30, 65)))};20",
)  # fmt: skip

_FOLLOW_UP = _rows("rule_code value_number source valid_from", "follow_up_grace_days;30;val;2017-01-01")
_FOLLOWED_UP = f"{SPELL} exit_reason is_anonymous is_self_supporting_3_months occupation_3_months is_self_supporting_6_months"
PLAIN["uppfoljda"] = _with(rules=_FOLLOW_UP, only_participants__2017=_rows(
    _FOLLOWED_UP,
    # answered by either column, a no as well; nobody anonymous or dead is asked, nor who took part in a course
    "f1;Torget;male;2017-01-02;2017-02-01;Jobb;;;;Studier;false", "f2;Torget;male;2017-01-02;2017-02-01;Jobb;;true;;;",
    "f3;Torget;male;2017-01-02;2017-02-01;Studier;Dödsfall;;;;", "f4;Kursen;male;2017-01-02;2017-02-01;;;;;;",
    # 1 September and three months and thirty days is 31 December, and that day is not over
    "f5;Torget;male;2017-01-02;2017-09-01;Jobb;;;;;", "f6;Torget;male;2017-12-31;;;;;;;",
))  # fmt: skip
"""Followed up in time, or not to be asked."""

PLAIN["utforlig"] = _with(participants__2017=_rows(
    TOLD_OF_ENDED,
    # in two initiatives and back in the one of them: three spells, one person
    "u1;Torget;female;2017-02-01;2017-03-01;Jobb;Flytt;1952;;upp till 1 år;2017-01-02;true",
    "u1;Torget;female;2017-09-01;;;;1952;;;2017-01-02;", "u1;Kursen;female;2017-02-01;;;;1952;;;2017-01-02;",
    # 16 or 15 by the year of birth; 64 or 65; back after 31 days
    "u2;Torget;male;2017-02-01;2017-04-01;Studier;;2001;;;2017-01-02;false", "u2;Torget;male;2017-05-02;;;;2001;;;2017-01-02;",
    "u3;Torget;unknown;2017-02-01;;;;;64;;2017-01-02;",
), participants__2016=_rows(SPELL, "p1;Torget;female;2016-05-01;;"))  # fmt: skip
"""Everything told, and each at the edge of what a rule has nothing to say about."""
PLAIN["utforlig"]["participants", "2017", "whole"] = [
    {"consent_date": "2017-01-02", **row} for row in PLAIN["utforlig"]["participants", "2017", "whole"]
]

DELIVERED |= {
    "OUT-013": _with(participants__2017=_rows(SPELL, "p9;Torget;male;2017-02-01;2017-03-01;")),
    "OUT-014": _with(participants__2017=_rows(
        TOLD_OF_ENDED, "p8;Torget;male;2017-02-01;;;;2002;;;;", "p9;Torget;male;2017-02-01;;;;;65;;;")),
    "OUT-015": _with(participants__2017=_rows(TOLD_OF_ENDED, "p9;Torget;male;2017-02-01;2017-03-01;Jobb;Månen;;;;;")),
    "OUT-016": _with(participants__2017=_rows(TOLD_OF_ENDED, "p9;Torget;male;2017-02-01;;;;;;alltid;;")),
    "OUT-017": _with(participants__2017=_rows(
        SPELL, "p9;Torget;male;2017-02-01;2017-03-01;Jobb", "p9;Stora torget;male;2017-03-31;;")),
    "OUT-018": _with(participants__2017=_rows(
        TOLD_OF_ENDED, "p8;Torget;male;2017-02-01;;;;;;;;", "p8;Kursen;female;2017-02-01;;;;;;;;",
        "p9;Torget;male;2017-02-01;;;;1980;;;;", "p9;Kursen;male;2017-02-01;;;;1981;;;;")),
    "OUT-019": _with(participants__2017=_rows(TOLD_OF_ENDED, "p9;Torget;male;2017-02-01;;;;;;;2017-01-01;")),
    "OUT-060": _followed("public_statistics", "whole", "Folkmängd", VALUE,
                         "Folkmängd;Folkmängd;Lillköping;0102;16-24;16;24;total;2017;5",
                         "Folkmängd;Folkmängd;Lillköping;0102;20-29;20;29;total;2017;6"),
    # due at three months or six, and the register tells of the last day of the year: p1 twice, p3 and p5 once, p9 once
    "OUT-061": _with(rules=_FOLLOW_UP, participants__2017=_rows(
        _FOLLOWED_UP, "p8;Torget;male;2017-12-31;;;;;;;", "p9;Torget;male;2017-01-02;2017-02-01;Jobb;;;true;;")),
}  # fmt: skip
TAMPERED |= {
    "OUT-020": _tampered("OUT-020", "delete from candidate.education_profile where association_id = %(association)s"
                         " and sex = 'male'"),
    "OUT-021": _tampered("OUT-021", "delete from candidate.support_before_after where association_id = %(association)s"
                         " and support_code = 'none'"),
    "OUT-022": _tampered("OUT-022", "update candidate.participant_totals set person_count = person_count + 1,"
                         " repeated_count = repeated_count - 1 where association_id = %(association)s and sex = 'male'"),
    "OUT-023": _tampered("OUT-023", "delete from candidate.exit_measures where association_id = %(association)s"
                         " and sex = 'unknown'"),
}  # fmt: skip


DELIVERED |= {
    "DSC-007": _with(rules=_rows("rule_code source valid_from value_number", "disclosure_threshold;nämnden;2017-01-01;3")),
    # one of the two codes is not in the list
    "DSC-009": _with(code_lists=_rows("list_code code label_sv aliases group_code",
                                      "shown_together;ut;Ut;work|moon;exit_results")),
}  # fmt: skip
TAMPERED |= {
    "DSC-002": _tampered("DSC-002", "update candidate.fct_disclosure_decision set shown_count = 7"
                         " where association_id = %(association)s and report = 'exit_results' and shown_count = 0"),
    "DSC-003": _tampered("DSC-003", "delete from candidate.public_exit_results where association_id = %(association)s"
                         " and ended_count = 0"),
    "DSC-004": _tampered("DSC-004", "update candidate.public_participant_flow set new_count = 3"
                         " where association_id = %(association)s and new_count is null"),
    "DSC-005": _tampered("DSC-005", "update candidate.public_cost_per_result set sek_per_participant = 1000"
                         " where association_id = %(association)s and participant_count is null"),
}  # fmt: skip


def all_associations():
    """Every association by id, with its deliveries."""
    return {
        **PLAIN,
        **{rule_id.lower(): data for rule_id, data in DELIVERED.items()},
        **{fault.association_id: fault.data for fault in TAMPERED.values()},
    }


def deliver_all(connection):
    """Deliver everything and open a build over it."""
    for feed_id, rows in COMMON.items():
        deliver(connection, feed_id, "common", rows)
    for association_id, data in all_associations().items():
        for (feed_id, period, scope), rows in data.items():
            deliver(connection, feed_id, association_id, rows, period, scope)
    open_build(connection, "full")


def open_build(connection, kind="changed"):
    """Open a build as a night would; its id."""
    return connection.execute(
        "select build_id from ops.open_build('m', 'r', 'c', '2024-01-01', 'test', %s)", (kind,)
    ).fetchone()[0]
