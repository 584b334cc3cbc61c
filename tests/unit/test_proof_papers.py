"""Invented plans of many layouts: a right one has no finding, and a wrong figure is one finding that names it."""

import csv
import random

import pytest

from ingestion.proof.proofing import proof_files

COLUMNS = (("2022", "utfall"), ("2023", "prognos"), ("2024", "budget"), ("2025", "plan"))
NAMES = (
    "Torget",
    "Kursen",
    "Vägen",
    "Språket",
    "Bryggan",
    "Hälsan",
    "Steget",
    "Porten",
    "Linjen",
    "Navet",
    "Roten",
    "Basen",
)
GROUPS = ("Beslutade insatser", "Ej beslutade insatser", "Kansli", "Projektnära kostnader")
MOST_ROUNDED = 20
"""More lines than any sum here has: a smaller difference may be rounding."""


def plan(dice):
    """Columns, and lines as section, name, kind, values: income, costs in groups with varav rows, sums, the result.

    Costs are printed with or without minus, amounts are of some size, and a column may sum or compare the others.
    """
    columns = dice.sample(COLUMNS, dice.randint(2, 4))
    sign, most = dice.choice((1, 1, -1)), dice.choice((900_000, 9_000, 400))

    def amounts(sign=1):
        return [sign * dice.randint(most // 100, most) for _ in columns]

    income = [amounts() for _ in range(dice.randint(2, 4))]
    lines = [("Intäkter", f"Part {at}", "rad", values) for at, values in enumerate(income, 1)]
    lines.append(("Intäkter", "Summa intäkter", "summa", summed(income)))
    totals = []
    for group in dice.sample(GROUPS, dice.randint(2, 3)):
        rows = []
        for name in dice.sample(NAMES, dice.randint(2, 5)):
            rows.append(amounts(sign))
            lines.append((group, name, "rad", rows[-1]))
            if dice.random() < 0.3:
                lines.append((group, "varav lokal", "varav", [int(value / 3) for value in rows[-1]]))
        totals.append(summed(rows))
        lines.append((group, f"Summa {group.lower()}", "delsumma", totals[-1]))
    lines.append(("Kostnader", "Summa kostnader", "summa", summed(totals)))
    result = [a - sign * b for a, b in zip(summed(income), summed(totals), strict=True)]
    return with_a_last_column(dice, columns, [*lines, ("Resultat", "Årets resultat", "resultat", result)])


def summed(rows):
    return [sum(values) for values in zip(*rows, strict=True)]


def with_a_last_column(dice, columns, lines):
    """Sometimes a column that sums the others, or the first less the second."""
    chance = dice.random()
    if chance > 0.6:
        return columns, lines
    added = ("avvikelse", lambda values: values[0] - values[1]) if chance < 0.3 else ("summa", sum)
    return [*columns, ("", added[0])], [(*said, [*values, added[1](values)]) for *said, values in lines]


def paper(dice, path, columns, lines):
    """The plan as a file, as some sender would write it: with or without numbers, kinds and sections, row by row or not."""
    has_numbers, has_kinds, has_sections = (dice.random() < share for share in (0.5, 0.8, 0.8))
    cells = []
    for number, (section, name, kind, values) in enumerate(lines, 1):
        stated = (section if has_sections else "", name, kind if has_kinds else "")
        cells += [
            (at, number, *stated, *columns[at], f"{value:,}".replace(",", " "))
            for at, value in enumerate(values)
        ]
    if dice.random() < 0.3:
        cells.sort(key=lambda cell: cell[:2])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("Tabell", "Radnummer", "Avsnitt", "Rad", "Radslag", "År", "Version", "Tryckt värde"))
        writer.writerows(("Plan", number if has_numbers else "", *rest) for _at, number, *rest in cells)
    return path


def damaged(dice, value):
    """The figure with another sign, another digit, two of them swapped or one too many."""
    digits = list(f"{abs(value)}")
    at = dice.randrange(len(digits))
    kind = dice.choice(("sign", "digit", "swap", "stray"))
    if kind == "sign":
        return -value
    if kind == "digit":
        digits[at] = dice.choice([one for one in "123456789" if one != digits[at]])
    elif kind == "swap":
        digits[at - 1], digits[at] = digits[at], digits[at - 1]
    else:
        digits.insert(at, dice.choice("123456789"))
    return (1 if value >= 0 else -1) * int("".join(digits))


def places_of(finding):
    told = [finding.first, finding.second, *finding.parts]
    return {(place.line, place.printed) for place in told}.union(*map(places_of, finding.also))


@pytest.mark.parametrize("seed", range(40))
def test_a_right_paper_has_no_finding_and_a_wrong_figure_is_one_that_names_it(tmp_path, seed):
    dice = random.Random(seed)
    columns, lines = plan(dice)
    layout = dice.random()
    right = proof_files([paper(random.Random(layout), tmp_path / "right.csv", columns, lines)])
    assert [one.message_sv for one in right.findings] == []
    assert right.checked["sum"] >= len(columns) * 4

    tried = [at for at, line in enumerate(lines) if line[2] != "varav"]
    for _time in range(4):
        at, column = dice.choice(tried), dice.randrange(len(columns))
        section, name, kind, values = lines[at]
        wrong = damaged(dice, values[column])
        if abs(wrong - values[column]) <= MOST_ROUNDED:
            continue
        values = [*values[:column], wrong, *values[column + 1 :]]
        changed = [*lines[:at], (section, name, kind, values), *lines[at + 1 :]]
        found = proof_files([paper(random.Random(layout), tmp_path / "wrong.csv", columns, changed)]).findings
        assert len(found) == 1, (name, columns[column], wrong)
        assert (name, f"{wrong:,}".replace(",", " ")) in places_of(found[0])
