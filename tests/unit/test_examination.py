"""One delivery from bytes to facts: canonical rows, faults in words, pseudonyms, identity, the row account."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.examination import Examination
from ingestion.feeds import all_feeds
from ingestion.privacy import PersonKeys
from ingestion.readers.table import DeliveryUnreadable

KEY = b"a key for tests only"
PERSON, OTHER, BROKEN = "19800102-2386", "198001042392", "19800102-2387"
FEES = "Medlem;År;Belopp;Status;Fakturanr\n"
REGISTER = "Insats;Personnummer;Kön;Inskriven;Avslutad;Avslut till;Anonym\n"


@pytest.fixture
def examine(tmp_path):
    def run(content, name="avgifter.csv", feed="member_fees", **more):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8", newline="")
        examination = Examination(path, all_feeds()[feed], "fjall", pseudonym_key=KEY, **more)
        rows = [row for block in examination.blocks() for row in block.to_pylist()]
        return examination, rows, examination.facts("d")

    return run


@pytest.fixture
def register(examine):
    return lambda rows, name="register_2031.csv": examine(REGISTER + rows, name, "participants")


def faults_of(examination, facts):
    return [(fault.rule_id, fault.row_number, fault.column) for fault in examination.faults(facts)]


def test_rows_come_in_contract_order_with_defaults(examine):
    examination, rows, facts = examine(FEES + " Dalby  kommun ;2031;1 000,50;Beslutad;\n")
    assert list(rows[0]) == [*all_feeds()["member_fees"].column_names, "_missing", "_row_number"]
    assert rows[0] == {
        "member_name": "Dalby kommun", "fiscal_year": "2031", "amount_sek": "1000.50", "fee_event": "decided",
        "fee_kind": "ordinary", "fee_version": "final", "member_code": None, "population_count": None,
        "population_date": None, "invoice_number": None, "due_date": None, "paid_date": None, "unit": "kr",
        "_missing": None, "_row_number": 2,
    }  # fmt: skip
    assert (examination.scope, examination.period, examination.completeness) == (
        "decided/final",
        "2031",
        "unproven",
    )
    assert (facts.rows_read, facts.rows_loaded, facts.rows_quarantined, facts.rows_non_data) == (2, 1, 0, 1)


def test_identity_is_known_before_the_rows_are_drawn(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(FEES + "A;2031;1;fakturerad;1\n")
    examination = Examination(path, all_feeds()["member_fees"], "fjall")
    assert (examination.scope, examination.period) == ("invoiced/final", "2031")


def test_every_fault_of_a_file_is_told_at_once(examine):
    body = "A;2031;1.234;beslutad;1\n;2031;5;beslutad;2\nC;31;5;beslutade;3\nD;2031;0;beslutad;4\nE;2031;7;beslutad\n"
    examination, rows, facts = examine(FEES + body)
    assert rows == []
    assert faults_of(examination, facts) == [
        ("VAL-001", 2, "Belopp"), ("VAL-005", 3, "Medlem"), ("VAL-003", 4, "År"), ("VAL-004", 4, "Status"),
        ("FEE-001", 5, "Belopp"), ("STR-007", 6, None),
    ]  # fmt: skip
    assert all(
        fault.expected_sv and fault.remedy_sv and fault.blocking for fault in examination.faults(facts)
    )
    assert (facts.rows_read, facts.rows_quarantined, facts.rows_non_data) == (6, 5, 1)


def test_the_header_is_named_as_the_sender_wrote_it(examine):
    examination, _rows, facts = examine("PART;AVSER;Driftbidrag*\nA;2031;tolv\n")
    assert faults_of(examination, facts) == [("VAL-001", 2, "Driftbidrag*")]


def test_control_totals_are_read_with_the_contracts_column(examine):
    examination, _rows, facts = examine(FEES + "A;2031;1 000;;1\nB;2031;2 000;;2\nSumma;;3 000,00 kr;;\n")
    assert [(t.column, t.value, t.row_number, t.label) for t in facts.control_totals] == [
        ("amount_sek", "3000.00", 4, "Summa")
    ]
    assert examination.completeness == "proven"
    assert facts.measured["DLV-002"].failed == 0


def test_a_wrong_total_shows_both_sums_and_the_difference(examine):
    """F07."""
    examination, _rows, facts = examine(FEES + "A;2031;1 000;;1\nB;2031;2 000;;2\nSumma;;3 000,01;;\n")
    (fault,) = examination.faults(facts)
    assert (fault.rule_id, fault.row_number) == ("DLV-002", 4)
    assert "3 000,00" in fault.expected_sv
    assert "3 000,01" in fault.expected_sv
    assert "0,01" in fault.expected_sv


def test_group_sums_and_a_grand_total_both_hold(examine):
    body = "A;2031;1;;1\nB;2031;2;;2\nSumma;;3;;\nC;2031;4;;3\nSumma;;4;;\nTotalt;;7;;\n"
    _examination, _rows, facts = examine(FEES + body)
    assert (facts.measured["DLV-002"].examined, facts.measured["DLV-002"].failed) == (3, 0)


def test_a_blank_total_proves_nothing(examine):
    examination, _rows, facts = examine(FEES + "A;2031;1;;1\nSumma;;;;\n")
    assert facts.measured["DLV-002"].examined == 0
    assert examination.completeness == "unproven"


def test_an_unreadable_total_refuses(examine):
    _examination, _rows, facts = examine(FEES + "A;2031;1;;1\nSumma;;1.234;;\n")
    assert facts.measured["VAL-001"].failed == 1


def test_a_cell_under_a_blank_header_refuses(examine):
    examination, _rows, facts = examine("Medlem;År;Belopp;\nA;2031;1;\nB;2031;2;glömd\n")
    assert faults_of(examination, facts) == [("STR-004", 3, "kolumn 4")]


def test_several_years_are_refused_with_their_rows(examine):
    examination, _rows, facts = examine(FEES + "A;2031;1;;1\nB;2032;2;;2\nC;2031;3;;3\n")
    assert faults_of(examination, facts) == [("STR-011", 3, "År")]


def test_another_associations_file_is_refused(tmp_path):
    """F14."""
    head = '#SIETYP 4\n#ORGNR 222000-6666\n#FNAMN "X"\n#RAR 0 20310101 20311231\n#UB 0 1 0\n'
    path = tmp_path / "a.se"
    path.write_text(head)
    with pytest.raises(DeliveryUnreadable, match="STR-013"):
        Examination(path, all_feeds()["ledger"], "fjall", organisation_numbers=frozenset({"2220005555"}))
    Examination(
        path, all_feeds()["ledger"], "fjall", organisation_numbers=frozenset({"222000-6666", "222000-5555"})
    )


# --- persons ---


def test_persons_become_pseudonyms(register):
    _examination, rows, _facts = register(
        f"Steget;{PERSON};kvinna;2031-01-01;;;\nSteget;A-7;man;2031-01-01;;;\n"
    )
    make = PersonKeys(KEY, "fjall", 2031)._make
    assert [row["person_key"] for row in rows] == [make("198001022386"), make("own:A-7")]


def test_an_anonymous_row_needs_no_number(register):
    examination, rows, facts = register("Steget;;kvinna;2031-01-01;;;ja\nSteget;;man;2031-01-01;;;nej\n")
    assert len(rows) == 1
    assert len(rows[0]["person_key"]) == 32
    assert ("VAL-005", 3, "Personnummer") in faults_of(examination, facts)


def test_a_bad_row_is_set_aside_without_its_person(register):
    good = "".join(f"Steget;A-{n};kvinna;2031-01-01;;;\n" for n in range(30))
    examination, rows, facts = register(good + f"Steget;{BROKEN};man;2031-13-01;;;\n")
    assert (len(rows), facts.rows_quarantined) == (30, 1)
    assert examination.quarantined[0].row_number == 32
    assert examination.quarantined[0].cells["start_date"] == "2031-13-01"
    assert "person_key" not in examination.quarantined[0].cells
    assert "2387" not in repr((examination.quarantined, examination.faults(facts)))
    assert {fault.blocking for fault in examination.faults(facts)} == {False}


COLUMNS = REGISTER.strip().split(";")


@pytest.mark.parametrize("number", [PERSON, OTHER, BROKEN, PERSON.replace("-", " - "), PERSON[2:]])
@pytest.mark.parametrize("place", range(len(COLUMNS)))
def test_a_personal_number_is_shown_nowhere(register, number, place):
    """F33, F71: whatever column it stands in, no fault, set-aside row or canonical row shows it."""
    cells = ["Steget", "A-1", "kvinna", "2031-01-01", "", "", ""]
    cells[place] = number if place in (1, 2, 3, 4, 6) else f"text {number}"
    examination, rows, facts = register(";".join(cells) + "\nSteget;A-2;man;2031-01-01;;;\n")
    said = repr(
        (rows if place == 1 else [], examination.faults(facts), examination.quarantined, examination.notes)
    )
    assert number not in said
    assert number[-4:] not in said
    if number != BROKEN and place != 1:
        assert facts.measured["PRI-002"].failed == 1


def test_a_personal_number_in_the_files_name_is_refused_unshown(examine):
    with pytest.raises(DeliveryUnreadable) as problem:
        examine(REGISTER, f"register_2031_{PERSON}.csv", "participants")
    assert problem.value.fault.rule_id == "PRI-002"
    assert "2386" not in str(problem.value)


def test_a_personal_number_in_a_total_row_is_refused(examine):
    """F71: its other cells are read by nobody, and would be kept with the file."""
    examination, _rows, facts = examine(FEES + f"Dalby;2031;100;Beslutad;\nSumma;{OTHER};100;;\n")
    assert facts.measured["PRI-002"].failed == 1
    assert OTHER not in repr(examination.faults(facts))


def test_a_personal_number_among_amounts_is_refused(examine):
    examination, _rows, facts = examine(FEES + f"A;2031;{OTHER};;1\n")
    assert faults_of(examination, facts) == [("PRI-002", 2, "Belopp")]
    assert OTHER not in repr(examination.faults(facts))


@pytest.mark.parametrize("name", ["register.csv", "register_2030_2031.csv", "register_20311.csv"])
def test_the_year_must_stand_in_the_name(examine, name):
    with pytest.raises(DeliveryUnreadable, match="STR-010"):
        examine(REGISTER + "Steget;A;man;2031-01-01;;;\n", name, "participants")


def test_a_file_in_which_everything_is_wrong_keeps_a_thousand_faults_and_counts_all(register):
    examination, rows, facts = register("Steget;A-1;man;igår;;;\n" * 25_000)
    assert rows == []
    assert facts.measured["VAL-002"].failed == facts.rows_quarantined == 25_000
    assert len(facts.measured["VAL-002"].faults) == 1000
    assert len(examination.quarantined) == 10_000


# --- the account ---

CELL = st.text(st.sampled_from('A12 ,.;-Så\n"x'), max_size=5)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=0, max_size=6).map(";".join), max_size=15))
def test_every_row_is_loaded_set_aside_or_no_data(examine, lines):
    """The row account over generated files, or an explained refusal."""
    try:
        _examination, rows, facts = examine(FEES + "\n".join(lines) + "\n")
    except DeliveryUnreadable as problem:
        assert problem.fault.remedy_sv
        return
    assert facts.rows_read == len(rows) + facts.rows_quarantined + facts.rows_non_data
    assert facts.measured["DLV-001"].failed == 0
