"""Invented plans of many layouts: a right one has no finding, and a wrong figure in one is found."""

import csv
import random

import pytest

from ingestion.proof.proofing import proof_files

COLUMNS = ((2022, "utfall"), (2023, "prognos"), (2024, "budget"), (2025, "plan"))
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


def plan(dice):
    """Columns, and lines as section, name, kind, values: income, costs in groups with varav rows, sums, the result."""
    columns = dice.sample(COLUMNS, dice.randint(2, 4))

    def amounts():
        return [dice.randint(1_000, 900_000) for _ in columns]

    def sums(rows):
        return [sum(values) for values in zip(*rows, strict=True)]

    income = [amounts() for _ in range(dice.randint(2, 4))]
    lines = [("Intäkter", f"Part {at}", "rad", values) for at, values in enumerate(income, 1)]
    lines.append(("Intäkter", "Summa intäkter", "summa", sums(income)))
    totals = []
    for group in dice.sample(GROUPS, dice.randint(2, 3)):
        rows = []
        for name in dice.sample(NAMES, dice.randint(2, 5)):
            rows.append(amounts())
            lines.append((group, name, "rad", rows[-1]))
            if dice.random() < 0.3:
                lines.append((group, "varav lokal", "varav", [value // 3 for value in rows[-1]]))
        totals.append(sums(rows))
        lines.append((group, f"Summa {group.lower()}", "delsumma", totals[-1]))
    lines.append(("Kostnader", "Summa kostnader", "summa", sums(totals)))
    result = [a - b for a, b in zip(sums(income), sums(totals), strict=True)]
    return columns, [*lines, ("Resultat", "Årets resultat", "resultat", result)]


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


@pytest.mark.parametrize("seed", range(25))
def test_a_right_paper_has_no_finding_and_a_wrong_figure_is_found(tmp_path, seed):
    dice = random.Random(seed)
    columns, lines = plan(dice)
    layout = dice.random()
    right = proof_files([paper(random.Random(layout), tmp_path / "right.csv", columns, lines)])
    assert [one.message_sv for one in right.findings] == []
    assert right.checked["sum"] >= len(columns) * 4

    at = dice.choice([at for at, line in enumerate(lines) if line[2] != "varav"])
    column = dice.randrange(len(columns))
    section, name, kind, values = lines[at]
    digits = list(f"{abs(values[column])}")
    where = dice.randrange(len(digits) - 1)
    digits[where] = dice.choice([one for one in "123456789" if one != digits[where]])
    wrong = (1 if values[column] >= 0 else -1) * int("".join(digits))
    values = [*values[:column], wrong, *values[column + 1 :]]
    changed = [*lines[:at], (section, name, kind, values), *lines[at + 1 :]]
    found = proof_files([paper(random.Random(layout), tmp_path / "wrong.csv", columns, changed)]).findings
    assert found
    assert all(str(columns[column][0]) in one.first.column for one in found)
