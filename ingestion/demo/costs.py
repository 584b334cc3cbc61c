"""Where the demo ledger books its costs: note 2 and the report's summary break the same total down differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.demo.tables import Contradiction, amounts, corrected, leaf_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.demo.tables import Row

_REST = "Kansli"


def cost_amounts(sources: Path, chart: list[Row], year: int) -> dict[str, int]:
    """Kronor by cost account, so that both printed breakdowns of the year hold.

    A year without a summary has one account per line of note 2. Otherwise every account belongs to a line of
    each: in the chart's order it takes what both have left; the office takes what then remains of the note.
    """
    note = amounts(sources, "note2_costs", year)
    summary = amounts(sources, "cost_summary", year)
    if not summary:
        return {row["account_code"]: note[row["line_item"]] for row in chart if row["role"] == "cost"}
    found: dict[str, int] = {}
    rows = [row for row in chart if row["summary_item"]]
    for row in sorted(rows, key=lambda row: row["summary_item"] == _REST):
        left = note[row["line_item"]]
        if row["summary_item"] != _REST:
            left = min(left, summary[row["summary_item"]])
            summary[row["summary_item"]] -= left
        note[row["line_item"]] -= left
        found[row["account_code"]] = left
    return found


def cost_contradictions(sources: Path, chart: list[Row], year: int) -> Iterator[Contradiction]:
    """Where the summary's lines are used otherwise than printed, or not reached."""
    summary = amounts(sources, "cost_summary", year)
    yield from corrected(
        (r for r in leaf_rows(sources, "cost_summary") if r["year"] == str(year)), "line_item"
    )
    booked = cost_amounts(sources, chart, year)
    for item, wanted in summary.items():
        reached = sum(booked[row["account_code"]] for row in chart if row["summary_item"] == item)
        if reached != wanted:
            why = "not 2:s rader räcker inte till, eller ger mer än, sammanställningens"
            yield Contradiction(f"{item} {year}", str(reached), str(wanted), why)
