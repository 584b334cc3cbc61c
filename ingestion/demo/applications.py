"""The demo's applications: Uppsala's of September 2021, each sheet of each application a file of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from ingestion.demo.tables import Contradiction, corrected, leaf_rows, spaced, text_bytes, text_line, used
from ingestion.demo.workbook import workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ingestion.demo.workbook import Cell

APPLIED = date(2021, 9, 16)


@dataclass(frozen=True)
class Request:
    """One row of a sheet. degrees in percent, amounts in kronor: what is applied for, and what the party pays itself."""

    initiative: str
    party: str = ""
    category: str = ""
    post: str = ""
    degree: int | None = None
    own_degree: int | None = None
    date_from: str = ""
    date_to: str = ""
    year: str = ""
    amount: int = 0
    own: int = 0
    role: str = ""
    note: str = ""


def by_post(sources: Path) -> list[Request]:
    """The detailed budgets: what a party's column says, own financing on the same row where the post is the same."""
    found: dict[tuple[str, ...], Request] = {}
    for row in leaf_rows(sources, "uppsala_application_posts"):
        request = Request(
            row["initiative"],
            row["party"],
            row["cost_category"],
            row["post_name"],
            date_from=row["date_from"],
            date_to=row["date_to_used"] or row["date_to"],
        )
        key = (request.initiative, request.party, request.category, request.post, request.date_from)
        kept = found.get(key, request)
        degree = int(row["post_degree"].rstrip("%")) if row["post_degree"] else None
        value = used(row) if row["measure"] == "kostnad" else 0  # otherwise a post without an amount
        if row["section"] == "Egenfinansiering":
            found[key] = replace(kept, own=kept.own + value, own_degree=degree)
        else:
            found[key] = replace(kept, amount=kept.amount + value, degree=degree)
    return [*found.values(), *_staffing(sources)]


def _staffing(sources: Path) -> list[Request]:
    """Posts that are printed without money, where no detailed budget has them. The association is no party of its own."""
    return [
        Request(
            row["initiative"],
            "" if row["party"] == "Samordningsförbundet" else row["party"],
            "Lönekostnader",
            row["post_name"],
            degree=used(row),
            date_from=row["date_from"],
            date_to=row["date_to"],
        )
        for row in leaf_rows(sources, "uppsala_staffing")
    ]


def by_year(sources: Path) -> list[Request]:
    """The yearly budgets, by cost category."""
    return [
        Request(row["initiative"], category=row["cost_category"], year=row["year"], amount=used(row))
        for row in leaf_rows(sources, "uppsala_application_years")
    ]


def by_party(sources: Path) -> list[Request]:
    """The summaries: a row per owner, with what it asks for and what it pays itself."""
    found: dict[tuple[str, str], Request] = {}
    for row in leaf_rows(sources, "uppsala_application_parties"):
        key = (row["initiative"], row["party"])
        more = re.search(r"\((.+)\)", row["line_item"])
        kept = found.get(
            key,
            Request(
                *key,
                date_from=row["date_from"],
                date_to=row["date_to"],
                role=row["role"],
                note=more[1] if more else "",
            ),
        )
        if row["measure"] == "projektägarnas egenfinansiering":
            found[key] = replace(kept, own=used(row))
        else:
            found[key] = replace(kept, amount=used(row))
    return list(found.values())


def proposals(sources: Path) -> list[Request]:
    """What the board is asked to grant: the first year."""
    return [
        Request(
            row["initiative"],
            row["party"],
            date_from=row["date_from"],
            date_to=row["date_to"],
            year=row["year"],
            amount=used(row),
        )
        for row in leaf_rows(sources, "uppsala_proposals")
    ]


def application_contradictions(sources: Path) -> Iterator[Contradiction]:
    """The cells and end dates of the detailed budgets that are used otherwise than printed."""
    rows = leaf_rows(sources, "uppsala_application_posts")
    yield from corrected(rows, "initiative", "party", "line_item")
    late = [row for row in rows if row["date_to_used"]]
    for initiative in dict.fromkeys(row["initiative"] for row in late):
        ends = {(r["date_to_used"], r["date_to"]) for r in late if r["initiative"] == initiative}
        for was_used, printed in sorted(ends):
            why = "raderna slutar efter insatsen och årsbudgeten; arkets rubrik följs"
            yield Contradiction(f"{initiative}: tjänsternas slutdatum", was_used, printed, why)


class Kronor(int):
    """An amount: grouped in text."""


class Percent(int):
    """Part of full time: with its sign in text, a share underneath in a workbook."""


Cells = tuple["Cell | date", ...]


@dataclass(frozen=True)
class Sheet:
    """One breakdown as senders write it: file word, the word for it, heading rows, columns, where its rows come from."""

    file_word: str
    breakdown: str
    titles: tuple[str, ...]
    header: tuple[str, ...]
    cells: Callable[[Request], Cells]
    rows: Callable[[Path], list[Request]]


_LEAD = ("Ansökan", "Ansökningsdatum", "Insats", "Uppdelning")
SHEETS = (
    Sheet(
        "poster",
        "detaljerad budget",
        ("Budget - detaljerad",),
        (
            "Part", "Kostnadsslag", "Tjänst", "%", "Egen tjänstegrad", "Från", "Till", "Att rekvirera",
            "Egenfinansiering",
        ),
        lambda r: (
            r.party, r.category, r.post, _percent(r.degree), _percent(r.own_degree), _day(r.date_from),
            _day(r.date_to), Kronor(r.amount), Kronor(r.own),
        ),
        by_post,
    ),
    Sheet(
        "per_ar",
        "årsfördelad budget",
        ("Årsfördelad budget",),
        ("Kostnadsslag", "År", "Att rekvirera"),
        lambda r: (r.category, int(r.year), Kronor(r.amount)),
        by_year,
    ),
    Sheet(
        "per_part",
        "budgetsammanställning",
        # as printed, though the amounts are kronor: no reader may believe a heading
        ("Budgetsammanställning", "Kostnader i tkr"),
        ("Part", "Roll", "Period från", "Period till", "Att rekvirera", "Egenfinansiering", "Anmärkning"),
        lambda r: (
            r.party, r.role, _day(r.date_from), _day(r.date_to), Kronor(r.amount), Kronor(r.own), r.note,
        ),
        by_party,
    ),
    Sheet(
        "forslag",
        "förslag till beslut",
        (),
        ("Insatsägare", "År", "Period från", "Period till", "Sökt belopp"),
        lambda r: (r.party, int(r.year), _day(r.date_from), _day(r.date_to), Kronor(r.amount)),
        proposals,
    ),
)  # fmt: skip
# What each initiative's office sends its sheets in; the proposals are the association's own.
WRITTEN_AS = {
    "En väg in - steget vidare": "cp1252",
    "Arbetslivsintro": "xlsx",
    "Ung framtid": "utf-8-sig",
    "Framsteget 2.0": "xlsx",
    "Jobbcentrum - din väg framåt": "cp1252",
    "SMAIL": "utf-8-sig",
}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _percent(degree: int | None) -> Percent | None:
    return None if degree is None else Percent(degree)


def application_files(sources: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of every sheet of every application that is printed."""
    for sheet in SHEETS:
        requests = sheet.rows(sources)
        for initiative, written_as in WRITTEN_AS.items():
            form = "utf-8-sig" if sheet.rows is proposals else written_as
            table = _table(sheet, [request for request in requests if request.initiative == initiative])
            if len(table) == 1:
                continue
            if form == "xlsx":
                stored = [[_stored(cell) for cell in row] for row in table]
                content = workbook_bytes(sheet.titles[0], sheet.titles, stored, made=APPLIED)
            else:
                content = text_bytes([text_line(map(_shown, row)) for row in table], form)
            suffix = "xlsx" if form == "xlsx" else "csv"
            yield f"{_file_word(initiative)}_{sheet.file_word}.{suffix}", content


def _file_word(initiative: str) -> str:
    """The initiative's name, as offices name files."""
    plain = initiative.lower().translate(str.maketrans("åäö", "aao", ".-"))
    return "_".join(plain.split())


def _table(sheet: Sheet, requests: list[Request]) -> list[Cells]:
    """Header, rows and, where there are any, a total row of what is applied for."""
    header = (*_LEAD, *sheet.header)
    rows = [(r.initiative, APPLIED, r.initiative, sheet.breakdown, *sheet.cells(r)) for r in requests]
    if not rows:
        return [header]
    amount_at = next(at for at, cell in enumerate(rows[0]) if isinstance(cell, Kronor))
    total = Kronor(sum(request.amount for request in requests))
    empty = (None,) * len(header)
    return [header, *rows, ("Summa", *empty[1:amount_at], total, *empty[amount_at + 1 :])]


def _stored(cell: Cell | date) -> Cell | date:
    if isinstance(cell, Percent):
        return cell / 100
    if isinstance(cell, Kronor):
        return int(cell)
    return cell


def _shown(cell: Cell | date) -> str:
    if isinstance(cell, Percent):
        return f"{cell} %"
    if isinstance(cell, Kronor):
        return spaced(cell)
    return "" if cell is None else str(cell)
