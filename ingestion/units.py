"""The unit a file's money was sent in: stated on the row, else agreed for the header, else the contract's own.

What a heading says is never trusted; canonical amounts are kronor whatever they were sent in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.feed import UNIT_COLUMN
from ingestion.values import KRONA, ValueProblem, parser_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingestion.binding import Binding
    from ingestion.feed import Feed


class Units:
    """The units of one file. seen: those its data rows were sent in so far."""

    def __init__(self, feed: Feed, binding: Binding) -> None:
        is_of_money = UNIT_COLUMN in feed.column_names and feed.control_column is not None
        self._column = feed.column(UNIT_COLUMN) if is_of_money else None
        self._control_column = feed.control_column or ""
        self._binding = binding
        self.seen: set[str] = set()

    def agreed(self, column_name: str) -> str:
        """What amounts of a column are sent in where their row states no unit."""
        if self._column is None:
            return KRONA
        return self._binding.units.get(column_name) or self._column.default or KRONA

    @property
    def of_row(self) -> str | None:
        """The unit entered on a row that states none; None where the feed has no units."""
        return self.agreed(self._control_column) if self._column else None

    def see(self, units: Iterable[str | None]) -> None:
        """Note what a block's rows were sent in."""
        if self._column is not None:
            self.seen.update(filter(None, units))

    def of_total(self, cells: Sequence[str]) -> str:
        """What a total row is written in: its own unit, else the one all rows so far share. Raises ValueProblem."""
        if self._column is None:
            return KRONA
        position = self._binding.positions.get(UNIT_COLUMN, len(cells))
        if position < len(cells) and cells[position].strip():
            return parser_for(self._column)(cells[position])
        if len(self.seen) > 1:
            raise ValueProblem(
                "VAL-004",
                f"En enhet på summaraden, eftersom raderna har olika: {', '.join(sorted(self.seen))}.",
                "Skriv summaradens enhet i sin kolumn, eller ta bort summaraden.",
            )
        return next(iter(self.seen), self.agreed(self._control_column))
