"""`finsam diff`: on scripted nights, exactly the figures that moved, by how much, and because of what."""

import json
from dataclasses import asdict
from decimal import Decimal

import pytest

from ingestion import cli
from ingestion.warehouse import diff
from tests.warehouse.small_warehouse import ENTRIES

CORRECTED = [("2016", "fees", "-501.00"), *ENTRIES[1:]]


def compare(warehouse, first=1, last=2, login=None, **asked):
    asked.setdefault("audiences", ("public", "internal"))
    return diff.compare(warehouse.settings, diff.Asked(first, last, **asked), login)


def moved(found):
    """(mart, key without the association, column) -> (before, after, difference)."""
    return {
        (f.mart, *(v for n, v in f.key.items() if n != "association_id"), f.column): (
            f.before,
            f.after,
            f.difference,
        )
        for f in found.figures
    }


@pytest.fixture
def alfa(warehouse):
    """One association published once."""
    warehouse.deliver("alfa")
    warehouse.night()
    return warehouse


def test_a_correction_is_tied_to_its_delivery(alfa):
    alfa.deliver("alfa", CORRECTED)
    alfa.night()
    found = compare(alfa)
    assert moved(found) == {
        ("statement", "2016", "fees", "amount_sek"): ("750.50", "751.50", "1.00"),
        ("statement", "2017", "fees", "previous_year_sek"): ("750.50", "751.50", "1.00"),
        ("capital", "2016", "result_sek"): ("450.25", "451.25", "1.00"),
        ("capital", "2016", "closing_sek"): ("450.25", "451.25", "1.00"),
        ("capital", "2017", "opening_sek"): ("450.25", "451.25", "1.00"),
        ("capital", "2017", "closing_sek"): ("149.50", "150.50", "1.00"),
    }
    (cause,) = found.causes
    assert (cause.kind, set(cause.deliveries)) == ("delivery", {"alfa-1", "alfa-2"})
    assert {figure.causes for figure in found.figures} == {(cause.cause_id,)}
    text = diff.as_text(found)
    assert "alfa-2.se (leverans alfa-2) i stället för alfa-1.se (leverans alfa-1)" in text
    assert "alfa statement 2016, fees: Belopp i kronor 750.50 → 751.50 (+1.00) [1]" in text


def test_the_other_way_round_the_difference_has_the_other_sign(alfa):
    alfa.deliver("alfa", CORRECTED)
    alfa.night()
    there, back = compare(alfa), compare(alfa, 2, 1)
    assert moved(back) == {
        place: (after, before, str(-Decimal(difference)))
        for place, (before, after, difference) in moved(there).items()
    }
    assert "alfa-1.se (leverans alfa-1) i stället för alfa-2.se" in diff.as_text(back)


def test_a_withdrawn_delivery_is_named_with_who_withdrew_it_and_why(alfa):
    alfa.deliver("alfa", CORRECTED)
    alfa.night()
    with alfa.admin() as connection:
        connection.execute(
            "update ops.delivery set state = 'withdrawn', decided_by = 'anna_berg', reason_sv = 'Fel år'"
            " where delivery_id = 'alfa-2'"
        )
        connection.execute("update ops.delivery set state = 'accepted' where delivery_id = 'alfa-1'")
    alfa.deliveries["alfa"] = ("alfa-1", ENTRIES)
    assert alfa.night().generation == 3
    found = compare(alfa, 2, 3)
    (cause,) = found.causes
    assert "beslut av anna_berg: Fel år" in cause.text_sv
    assert moved(found)["statement", "2016", "fees", "amount_sek"] == ("751.50", "750.50", "-1.00")
    assert compare(alfa, 1, 3).figures == [], "what was undone is no difference"


def test_changed_reference_data_are_named_for_what_they_moved_and_for_nothing_else(alfa):
    alfa.deliver("beta")
    alfa.deliver_register("0.100000")
    alfa.night()
    alfa.deliver_register("0.200000")
    alfa.night()
    found = compare(alfa, 2, 3)
    assert {(f.association_id, f.column) for f in found.figures} == {
        ("alfa", "ceiling_share"),
        ("beta", "ceiling_share"),
        ("alfa", "status"),
        ("beta", "status"),
    }
    assert {cause.kind for cause in found.causes} == {"reference"}
    assert all(
        "(gemensamt)" in cause.text_sv and "report_lines.csv" in cause.text_sv for cause in found.causes
    )
    assert all(len(f.causes) == 1 and f":{f.association_id}:" in f.causes[0] for f in found.figures)


def test_rows_of_an_unchanged_delivery_that_were_placed_otherwise_lead_to_the_reference_data_below(alfa):
    """A ledger is as it was, and its rows stand on other lines: by the register its model reads."""
    with alfa.admin() as connection:
        connection.execute(
            "insert into ops.lineage_parent (model, parent) values ('fct_entry', 'raw.report_lines')"
        )
    alfa.deliver_register("0.200000")
    alfa.night()
    alfa.deliver_register("0.200000")
    delivery, _ = alfa.deliveries["alfa"]
    alfa.deliveries["alfa"] = (delivery, [("2016", "costs", "-500.00"), *ENTRIES[1:]])
    alfa.night()
    found = compare(alfa, 2, 3)
    place = ("statement", "2016", "fees", "amount_sek")
    assert moved(found)[place] == ("750.50", "250.50", "-500.00")
    assert {cause.kind for cause in found.causes} == {"reference"}


def test_changed_models_are_named_where_nothing_else_changed(alfa):
    alfa.models = "m2"
    alfa.night(tamper="update candidate.statement set amount_sek = amount_sek + 1 where fiscal_year = 2016")
    found = compare(alfa)
    assert set(moved(found)) == {
        ("statement", "2016", "fees", "amount_sek"),
        ("statement", "2016", "costs", "amount_sek"),
    }
    (cause,) = found.causes
    assert (cause.kind, cause.cause_id) == ("models", "models:alfa")
    assert "m1 → m2" in cause.text_sv


def test_a_figure_that_moved_for_no_known_reason_says_so(alfa):
    alfa.night(full=True, tamper="update candidate.capital set ceiling_share = 0.9")
    found = compare(alfa)
    assert {cause.kind for cause in found.causes} == {"unknown"}
    assert "orsaken är inte känd" in diff.as_text(found)


def test_nothing_differs_from_itself_or_for_an_association_that_did_not_move(alfa):
    alfa.deliver("beta")
    alfa.night()
    assert compare(alfa, 1, 1).figures == []
    assert compare(alfa, associations=("alfa",)).figures == []
    assert "Inga siffror skiljer." in diff.as_text(compare(alfa, associations=("alfa",)))


def test_rows_that_came_are_told_by_their_amounts_and_counts(alfa):
    alfa.deliver("alfa", [*ENTRIES, ("2018", "fees", "-700.00")])
    alfa.night()
    found = compare(alfa)
    new = {
        f.column: (f.before, f.after, f.difference)
        for f in found.figures
        if f.how == "new" and f.mart == "statement"
    }
    assert new == {"amount_sek": (None, "700.00", "700.00"), "previous_year_sek": (None, "600.00", "600.00")}
    (cause,) = found.causes
    assert {figure.causes for figure in found.figures} == {(cause.cause_id,)}


def test_what_changed_and_moved_nothing_is_told_too(alfa):
    """The same rows in a new file, in a night where others moved."""
    alfa.deliver("alfa")
    alfa.deliver("beta")
    alfa.night()
    found = compare(alfa, associations=("alfa",))
    assert found.figures == []
    assert [cause.deliveries for cause in found.without_effect] == [("alfa-1", "alfa-2")]
    assert "ÄNDRADE INGEN SIFFRA" in diff.as_text(found)


def test_amounts_come_first_and_the_largest_of_them(alfa):
    alfa.deliver("alfa", [("2016", "fees", "-900.00"), *ENTRIES[2:], ("2017", "fees", "-1.00")])
    alfa.night()
    found = compare(alfa)
    sizes = [abs(Decimal(f.difference)) for f in found.figures if f.column.endswith("_sek")]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) > 4
    kinds = [0 if f.column.endswith("_sek") else 1 if f.difference else 2 for f in found.figures]
    assert kinds == sorted(kinds) and 1 in kinds
    assert sum(found.per_mart.values()) == len(found.figures)


def test_counts_of_people_are_told_to_those_who_may_read_them(alfa):
    """F73: neither the operator's default nor a reader's login shows what stands in marts_internal only."""
    alfa.deliver("alfa", [*ENTRIES, ("2017", "fees", "-1.00")])
    alfa.deliver("beta")
    alfa.night()
    default = compare(alfa, audiences=("public",))
    assert "flow" not in default.per_mart and default.hidden_count == 3
    assert "participant_count" not in json.dumps(asdict(default))
    assert "3 siffror i marts_internal skiljer också" in diff.as_text(default)
    with alfa.admin() as connection:
        connection.execute(
            "insert into ops.access (login_name, association_id) values ('rolf', 'alfa'), ('inga', 'alfa')"
        )
        connection.execute(
            "insert into ops.reader (login_name, kind, audience) values ('rolf', 'person', 'public'),"
            " ('inga', 'person', 'internal')"
        )
    rolf, inga = compare(alfa, login="rolf"), compare(alfa, login="inga")
    assert {f.association_id for f in (*rolf.figures, *inga.figures)} == {"alfa"}
    assert "flow" not in rolf.per_mart and inga.per_mart["flow"] == 1
    assert {cause.association_id for cause in (*rolf.causes, *inga.causes)} == {"alfa"}


@pytest.mark.parametrize(
    ("asked", "login", "says"),
    [
        ({"first": 7}, None, "Generation 7 finns inte"),
        ({"mart": "nothing"}, None, "Marten nothing finns inte"),
        ({}, "nobody", "nobody får inte läsa något"),
    ],
)
def test_a_question_without_an_answer_says_why(published, asked, login, says):
    with pytest.raises(diff.NotFound, match=says):
        compare(published, **{"first": 1, "last": 1, **asked}, login=login)


def test_the_command_answers_as_text_and_as_json(alfa, monkeypatch, capsys):
    alfa.deliver("alfa", CORRECTED)
    alfa.night()
    monkeypatch.setattr("ingestion.settings.load", lambda: alfa.settings)
    assert cli.main(["diff", "1", "2"]) == 0
    assert "6 siffror skiljer" in capsys.readouterr().out
    assert cli.main(["diff", "1", "2", "--json", "--mart", "capital"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {figure["mart"] for figure in answer["figures"]} == {"capital"}
    assert cli.main(["diff", "1", "9"]) == 2
