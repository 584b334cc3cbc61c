"""Disclosure control, case by case (F76: S01-S16, S20, S25): what must be hidden, and that an attacker then finds nothing.

Every verdict is held against `tests.possible_values`, which shares no code with the attacker.
"""

import itertools

import numpy as np
import pytest

from ingestion.disclosure import releases, rounding, tables
from ingestion.disclosure.attack import attack
from ingestion.disclosure.protection import Unprotectable, protect, protect_all
from ingestion.disclosure.system import components, system
from ingestion.disclosure.tables import TOTAL, Cell, Dimension, Equation, Table, build
from tests.possible_values import by_integer_program, by_writing_out

SEX = Dimension("sex")
RESULT = Dimension("exit_result")


def dense(name, dimensions, counts, measure="ended", **more):
    """A table with all totals, from the counts of its innermost cells."""
    rows = {}
    for coordinates, count in counts.items():
        for row in itertools.product(*((value, TOTAL) for value in coordinates)):
            rows[row] = rows.get(row, 0) + count
    return Table(name, tuple(dimensions), list(rows), {measure: list(rows.values())}, **more)


def results_by_sex(name="exit_results", measure="ended", **by_sex):
    """One row of counts per sex, in the order of results r0, r1, ..."""
    counts = {(sex, f"r{at}"): count for sex, row in by_sex.items() for at, count in enumerate(row)}
    return dense(name, (SEX, RESULT), counts, measure)


def place(built, measure="ended", **coordinates):
    return built.cells.index(Cell(measure, tuple(sorted(coordinates.items()))))


def protected(built):
    """The protection, after everything that must hold of one has been seen to hold."""
    found = protect(built.system)
    holds(built.system, found.hidden)
    return found.hidden


def holds(of, hidden):
    assert not (of.sensitive & ~of.known & of.published & ~hidden).any()
    assert len(attack(of, hidden).recovered) == 0
    for cell in np.flatnonzero(of.sensitive & ~of.known):
        assert by_integer_program(of, hidden, cell) >= 3, of.names[cell]


def test_s01_a_single_one_in_a_small_table_with_margins():
    built = build([results_by_sex(female=[1, 20], male=[30, 25], unknown=[10, 12])])
    hidden = protected(built)
    one = place(built, sex="female", exit_result="r0")
    assert hidden[one]
    found = attack(built.system, hidden)
    assert found.high[one] - found.low[one] >= 2
    assert hidden.sum() == 4  # itself, and a rectangle is the least that protects it
    assert not hidden[place(built)]


def test_s02_two_ones_in_a_row_are_both_hidden_and_neither_is_told():
    built = build([results_by_sex(female=[1, 1, 30], male=[40, 25, 20])])
    hidden = protected(built)
    assert hidden[place(built, sex="female", exit_result="r0")]
    assert hidden[place(built, sex="female", exit_result="r1")]


def test_s03_a_total_that_is_its_only_cell_is_hidden_with_it():
    built = build([results_by_sex(female=[3, 0], male=[17, 25], unknown=[30, 12])])
    hidden = protected(built)
    assert hidden[place(built, sex="female", exit_result="r0")] and hidden[place(built, sex="female")]
    alone = build([dense("referrals", (RESULT,), {("r0",): 2})])
    assert protected(alone).all()


def test_s04_one_of_unknown_sex():
    built = build([dense("flow", (SEX,), {("female",): 20, ("male",): 30, ("unknown",): 1})])
    hidden = protected(built)
    assert hidden[place(built, sex="unknown")]
    assert hidden.sum() == 2  # with the total and the two others told, it would be what is left
    only_two_printed = Table("flow", (Dimension("sex", is_exhaustive=False),),
                             [("female",), ("male",), (TOTAL,)], {"ended": [20, 30, 51]})  # fmt: skip
    assert protected(build([only_two_printed])).any()


def test_s05_a_sensitive_outcome_of_everyone_hides_the_row_with_its_zeros():
    table = results_by_sex(female=[9, 0, 0], male=[30, 25, 20])
    built = build([table], sensitive_outcomes={"exit_result": {"r0"}})
    hidden = protected(built)
    row = [place(built, sex="female", exit_result=f"r{at}") for at in range(3)]
    assert hidden[row].all() and not hidden[place(built, sex="female")]
    # nine of nine, where no outcome is sensitive, is told as it is
    assert not protected(build([table])).any()


def test_s06_all_but_one():
    table = results_by_sex(female=[11, 1, 0], male=[30, 25, 20])
    flags = tables.sensitive_cells(table, 5, {"exit_result": {"r0"}})["ended"]
    assert {row for row, flag in zip(table.rows, flags, strict=True) if flag} == {
        ("female", "r0"), ("female", "r1"), ("female", "r2"),
    }  # fmt: skip
    protected(build([table], sensitive_outcomes={"exit_result": {"r0"}}))


def test_s07_a_row_of_nobody_is_there_and_is_shown():
    built = build([results_by_sex(female=[0, 0, 0], male=[30, 25, 20], unknown=[5, 6, 7])])
    hidden = protected(built)
    assert len(built.places["exit_results", "ended"]) == 16
    assert not hidden.any()


def test_s08_children_of_an_area_subtract_from_its_own_figure():
    places = Dimension("place", parents={"k0": "f0", "k1": "f0", "k2": "f1", "k3": "f1"})
    rows = [("k0",), ("k1",), ("k2",), ("k3",), ("f0",), ("f1",), (TOTAL,)]
    by_place = Table("by_municipality", (places,), rows[:4], {"ended": [2, 40, 30, 20]})
    by_area = Table("by_association", (places,), rows[4:], {"ended": [42, 50, 92]})
    built = build([by_place, by_area])
    # each table alone is safe with one star or none; together the association's figure gives the star away
    assert attack(built.system, built.system.sensitive).recovered.tolist() == [place(built, place="k0")]
    hidden = protected(built)
    assert hidden[place(built, place="k0")] and hidden.sum() == 2


def test_s09_two_reports_that_differ_by_one_who_broke_off():
    equation = Equation("participants", ("participants_without_dropouts",), rest="dropouts")
    counts = {"participants": [40, 31, 71], "participants_without_dropouts": [39, 31, 70]}
    table = Table("flow", (SEX,), [("female",), ("male",), (TOTAL,)], counts)
    built = build([table], equations=[equation])
    dropout = place(built, "dropouts", sex="female")
    nothing = np.zeros(built.system.size, dtype=bool)
    assert dropout in attack(built.system, nothing).recovered
    hidden = protected(built)
    assert (
        hidden[place(built, "participants", sex="female")]
        or hidden[place(built, "participants_without_dropouts", sex="female")]
    )


def test_s10_twelve_months_and_the_calendar_year_share_a_half():
    halves = Table("halves", (), [()], {"h1": [20], "h2": [30], "h3": [22]}, is_published=False)
    printed = Table("periods", (), [()], {"year": [50], "rolling": [52]})
    equations = [Equation("year", ("h1", "h2")), Equation("rolling", ("h2", "h3"))]
    assert not protected(build([halves, printed], equations=equations)).any()
    small = Table("halves", (), [()], {"h1": [20], "h2": [30], "h3": [2]}, is_published=False)
    printed = Table("periods", (), [()], {"year": [50], "rolling": [32]})
    year_and_first = Table("first", (), [()], {"h1": [20]})
    built = build([small, printed, year_and_first], equations=equations)
    shown = np.zeros(built.system.size, dtype=bool)
    assert attack(built.system, shown).recovered.tolist() == [place(built, "h3")]
    assert protected(built).sum() == 1


def released(built, hidden=None):
    nothing = np.zeros(built.system.size, dtype=bool)
    return releases.Release(built.cells, built.system, nothing if hidden is None else hidden)


def test_s11_one_more_person_tonight_does_not_move_the_period():
    before = released(build([results_by_sex(female=[12, 20], male=[30, 25])]))
    after = released(build([results_by_sex(female=[12, 20], male=[31, 25])]))
    decision = releases.decide(before, after, is_due=False)
    assert not decision.is_replaced and "står kvar" in decision.reason_sv
    assert not releases.decide(before, before, is_due=True).is_replaced
    assert releases.decide(None, after, is_due=False).is_replaced
    corrected = released(build([results_by_sex(female=[12, 20], male=[60, 25])]))
    assert releases.decide(before, corrected, is_due=False).is_replaced


def test_s12_two_publications_do_not_subtract_to_a_person():
    built = build([results_by_sex(female=[12, 20, 2], male=[30, 25, 15])])
    before = released(built, protect(built.system).hidden)
    newer = build([results_by_sex(female=[12, 20, 2], male=[31, 25, 15])])
    after = released(newer)
    alone = protect(newer.system).hidden
    joint = releases.joint(after, [before])
    padded = np.zeros(joint.size, dtype=bool)
    padded[: newer.system.size] = alone
    # what is safe by itself tells the change from what stood there before
    assert len(attack(joint, padded).recovered)
    hidden = protect(joint).hidden
    holds(joint, hidden)
    for changed in ({"sex": "male", "exit_result": "r0"}, {"sex": "male"}, {"exit_result": "r0"}, {}):
        cell = place(newer, **changed)
        assert hidden[cell] or not before.visible[place(built, **changed)]


def test_s12_a_star_for_anothers_sake_cannot_be_shown_the_next_time():
    built = build([results_by_sex(female=[2, 20], male=[30, 25])])
    before = released(built, protect(built.system).hidden)
    newer = build([results_by_sex(female=[2, 20], male=[30, 25])])
    joint = releases.joint(released(newer), [before])
    assert (protect(joint).hidden[: newer.system.size] == before.hidden).all()
    star = place(newer, sex="male", exit_result="r1")
    shown = before.hidden.copy()
    shown[star] = False
    padded = np.concatenate([shown, np.zeros(joint.size - len(shown), dtype=bool)])
    assert len(attack(joint, padded).recovered)


def test_s12_a_hidden_figure_that_changed_by_one_does_not_tell_its_change():
    """What stood hidden was wide for its neighbours' sake and can be told; that one person came cannot."""
    built = build([results_by_sex(female=[2, 20], male=[30, 25])])
    before = released(built, protect(built.system).hidden)
    newer = build([results_by_sex(female=[2, 20], male=[31, 25])])
    joint = releases.joint(released(newer), [before])
    changes = [at for at, name in enumerate(joint.names) if name.startswith("ändring av")]
    assert changes and joint.sensitive[changes].all() and not joint.published[changes].any()
    holds(joint, protect(joint).hidden)


def test_s14_s15_a_share_or_mean_made_of_a_hidden_count_is_hidden():
    hidden = np.array([True, False, False])
    numerators, bases = np.array([0, 1, 2, -1]), np.array([1, 2, 0, 1])
    assert tables.figure_is_shown(hidden, numerators, bases).tolist() == [False, True, False, True]


def test_s16_totals_are_rounded_by_themselves():
    built = build([results_by_sex(female=[12, 22], male=[32, 27])], threshold=8)
    found = rounding.protect(built.system)
    assert not found.hidden.any()
    assert found.shown[place(built, sex="female")] == 35  # 10 + 20 would be 30
    assert found.shown[place(built)] == 95
    assert rounding.share(35, 95) == 37
    assert rounding.share(20, 45) is None and rounding.share(None, 60) is None


def test_rounding_hides_one_to_seven_and_what_would_tell_them():
    built = build([results_by_sex(female=[1, 22, 18], male=[32, 27, 30])], threshold=8)
    found = rounding.protect(built.system)
    assert found.hidden[place(built, sex="female", exit_result="r0")]
    assert len(rounding.attack(built.system, found.hidden).recovered) == 0
    # a row of zeros and one star: the total is at least 8 or a star, so the star must not stand beside a figure
    lone = build([results_by_sex(female=[7, 0, 0], male=[32, 27, 30])], threshold=8)
    assert rounding.protect(lone.system).hidden[place(lone, sex="female")]


def test_rounding_is_attacked_as_a_reader_who_knows_the_rule():
    # the printed 30 is 28 at least, and four stars are 28 at most: each of them is 7
    counts = {("female", f"r{at}"): 7 for at in range(4)}
    built = build([dense("t", (SEX, RESULT), counts)], threshold=8)
    stars = built.system.values < 8
    found = rounding.attack(built.system, stars)
    assert len(found.recovered)
    assert len(rounding.attack(built.system, rounding.protect(built.system).hidden).recovered) == 0


@pytest.mark.parametrize("asked", [4, 0, -1])
def test_s20_a_lower_threshold_is_refused(asked):
    table = results_by_sex(female=[9, 1], male=[30, 25])
    with pytest.raises(ValueError, match="aldrig sänkas"):
        build([table], threshold=asked)
    with pytest.raises(ValueError, match="aldrig sänkas"):
        rounding.protect(build([table]).system, threshold=7)
    assert build([table], threshold=10).system.sensitive.sum() == 2


def test_s25_subtraction_is_found():
    built = build([results_by_sex(female=[1, 20], male=[30, 25])])
    found = attack(built.system, built.system.sensitive)
    assert found.recovered.tolist() == [place(built, sex="female", exit_result="r0")]
    assert found.low[found.recovered] == found.high[found.recovered] == [1]


def test_s25_a_cell_visible_all_the_same_is_recovered():
    built = build([results_by_sex(female=[1, 20], male=[30, 25])])
    assert len(attack(built.system, np.zeros(built.system.size, dtype=bool)).recovered) == 1


def test_s25_what_only_all_equations_together_tell():
    """Every equation has two unknowns or more, and bounds alone leave each cell wide; their sum says x0 = 1."""
    # x0 + x1 = 21, x1 + x2 = 40, x0 + x2 = 21
    values = [1, 20, 20, 21, 40, 21]
    relations = np.array([[1, 1, 0, -1, 0, 0], [0, 1, 1, 0, -1, 0], [1, 0, 1, 0, 0, -1]])
    of = system(np.array(values), relations, sensitive=np.array([True, *[False] * 5]))
    hidden = np.array([True] * 3 + [False] * 3)
    assert attack(of, hidden).recovered.tolist() == [0]
    assert attack(of, hidden, intervals=False).recovered.tolist() == [0]
    assert by_writing_out(of, hidden, 0, 41) == {1}
    holds(of, protect(of).hidden)


def test_s25_a_wide_interval_of_fractions_with_few_whole_numbers():
    """x1 = 5 x0, at most x2: as fractions everything up to x2, as whole numbers every fifth."""
    relations = np.array([[5, -1, 0]])
    of = system(
        np.array([2, 10, 14]), relations, at_most=np.array([[1, 2]]), sensitive=np.array([False, True, False])
    )
    hidden = np.array([True, True, False])
    assert len(attack(of, hidden).recovered) == 0  # 0, 5 or 10
    of = system(
        np.array([1, 5, 9]), relations, at_most=np.array([[1, 2]]), sensitive=np.array([False, True, False])
    )
    found = attack(of, hidden)
    assert found.high[1] - found.low[1] >= 3 and found.recovered.tolist() == [1]
    assert by_writing_out(of, hidden, 1, 9) == {0, 5}


def test_s25_what_only_linked_tables_tell():
    """Each table hides its small cell well; the other prints what this one hides."""
    sexes = results_by_sex("by_result", female=[2, 20], male=[30, 25])
    education = Dimension("education")
    other = dense(
        "by_education",
        (education, RESULT),
        {("low", "r0"): 12, ("low", "r1"): 15, ("high", "r0"): 20, ("high", "r1"): 30},
    )
    alone = build([sexes])
    stars = protect(alone.system, least_width=3).hidden
    assert not len(attack(alone.system, stars).recovered)
    both = build([sexes, other])
    linked = np.zeros(both.system.size, dtype=bool)
    linked[both.places["by_result", "ended"]] = stars[alone.places["by_result", "ended"]]
    hide_total = linked.copy()
    hide_total[
        [
            place(both, sex="male", exit_result="r0"),
            place(both, sex="female", exit_result="r1"),
            place(both, sex="male", exit_result="r1"),
        ]
    ] = False
    hide_total[[place(both, exit_result="r0"), place(both, sex="female"), place(both)]] = True
    only_first = np.zeros(alone.system.size, dtype=bool)
    for cell in np.flatnonzero(hide_total):
        only_first[alone.cells.index(both.cells[cell])] = True
    assert not len(attack(alone.system, only_first).recovered)
    assert len(attack(both.system, hide_total).recovered)
    protected(both)


def test_a_part_of_several_answers_is_at_most_its_base():
    support = Dimension("support", is_additive=False)
    table = Table("support", (support,), [("grant",), ("sickness",), (TOTAL,)], {"ended": [2, 30, 31]})
    built = build([table])
    hidden = protected(built)
    assert hidden[place(built, support="grant")]
    crowded = Table("support", (support,), [("grant",), ("sickness",), (TOTAL,)], {"ended": [1, 1, 1]})
    built = build([crowded])
    assert protected(built)[built.system.published].all()


def test_a_base_that_leaves_no_room_is_hidden_too():
    support = Dimension("support", is_additive=False, is_exhaustive=False)
    table = Table("support", (support,), [("grant",), (TOTAL,)], {"ended": [1, 1]})
    assert protected(build([table])).all()


def test_tables_that_differ_in_the_same_cell_are_refused():
    one, other = dense("a", (SEX,), {("female",): 20}), dense("b", (SEX,), {("female",): 21})
    with pytest.raises(ValueError, match="måste räkna samma personer"):
        build([one, other])


def test_parts_that_do_not_add_up_are_refused_with_what_to_do():
    table = Table("a", (SEX,), [("female",), ("male",), (TOTAL,)], {"ended": [20, 30, 51]})
    with pytest.raises(ValueError, match="inte uttömmande"):
        build([table])


def test_a_total_that_no_table_prints_links_two_tables():
    first = Table("a", (SEX,), [("female",), ("male",)], {"ended": [3, 30]})
    second = Table("b", (RESULT,), [("r0",), ("r1",)], {"ended": [13, 20]})
    built = build([first, second])
    assert attack(built.system, built.system.sensitive).recovered.tolist() == [place(built, sex="female")]
    assert protected(built).sum() == 2


def test_what_cannot_be_protected_is_named_and_the_others_are_protected():
    known = Cell("ended", ())
    lone = build(
        [dense("a", (SEX,), {("female",): 2, ("male",): 0})], known=[known, Cell("ended", (("sex", "male"),))]
    )
    with pytest.raises(Unprotectable, match="sex=female"):
        protect(lone.system)
    fine = build([results_by_sex(female=[1, 20], male=[30, 25])]).system
    refused, found = protect_all([lone.system, fine], processes=2)
    assert isinstance(refused, Unprotectable) and refused.cells.tolist() == [
        lone.cells.index(Cell("ended", (("sex", "female"),)))
    ]
    assert (found.hidden == protect(fine).hidden).all()


def test_a_known_cell_is_never_hidden_and_links_nothing():
    table = results_by_sex(female=[1, 20, 8], male=[30, 25, 9])
    margins = [Cell("ended", (("sex", "female"),)), Cell("ended", (("sex", "male"),))]
    built = build([table], known=margins)
    assert not protected(built)[built.system.known].any()
    apart = system(np.array([5, 2, 3, 9, 4, 5]), np.array([[-1, 1, 1, 0, 0, 0], [0, 0, 0, -1, 1, 1]]),
                   sensitive=np.zeros(6, dtype=bool), known=np.array([False] * 3 + [True] + [False] * 2))  # fmt: skip
    assert [part.tolist() for part in components(apart)] == [[0, 1, 2], [3, 4, 5]]


def test_equations_that_do_not_hold_are_refused():
    with pytest.raises(ValueError, match="summan stämmer inte: 0, 1"):
        system(np.array([5, 4]), np.array([[1, -1]]), sensitive=np.zeros(2, dtype=bool))
