"""What a delivery is for: scope, period and the day it was made, from its contract and its rows.

A delivery replaces the former one with the same scope and period, so all its rows must share them.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from ingestion.readers.table import Fault
from ingestion.values import match_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from ingestion.feed import Feed

UNKNOWN = "okänd"
WHOLE = "whole"
_YEAR_DIGITS = 4
_VERSION = re.compile(r"(?<!\s)\s+(?:version\s*|ver\.?\s*|v\.?\s*)?[0-9]", re.IGNORECASE)
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")


def year_in_name(file_stem: str) -> str | None:
    """The year that stands in a file's name; None where there is none, or several."""
    years = set(_YEAR.findall(file_stem))
    return years.pop() if len(years) == 1 else None


def program_name(text: str) -> str:
    """A program's name without its version: an update is no other sender."""
    return (_VERSION.split(text, maxsplit=1)[0] or text).strip().casefold()


class Identity:
    """The identity of one delivery, complete once all its blocks were seen; one value per column is kept, whatever its size.

    declared_period, declared_scope: what the file's name or its reader said. headers: the sender's words for the columns.
    parts: known spellings of the parts that may tell deliveries apart -> the part's id.
    """

    def __init__(
        self,
        feed: Feed,
        declared_period: str | None,
        headers: Mapping[str, str],
        parts: Mapping[str, str],
        declared_scope: str | None = None,
    ) -> None:
        self.feed, self._headers, self._parts_known = feed, headers, parts
        self._declared_period, self._declared_scope = declared_period, declared_scope
        instead = feed.period_else if feed.period not in headers else None
        self._period_column = instead if instead is not None and instead in headers else feed.period
        self._period_is_column = self._period_column in feed.column_names
        self._shared = (*feed.scope, *((self._period_column,) if self._period_is_column else ()))
        self._values: dict[str, str | None] = {}
        self._parts: set[str] = set()
        self._made: str | None = None

    @property
    def is_shared(self) -> bool:
        """True where rows could disagree on what the delivery is for."""
        return bool(self._shared)

    @property
    def period(self) -> str:
        """A year, a quarter, `whole`, or `okänd` where no row could be read."""
        if self.feed.period == WHOLE:
            return WHOLE
        if not self._period_is_column:
            return self._declared_period or UNKNOWN
        return self._values.get(self._period_column or "") or UNKNOWN

    @property
    def scope(self) -> str:
        """What tells it from its siblings: `decided/final`, one part, the feed's word for all parts, or `whole`."""
        if self.feed.scope_part:
            return next(iter(self._parts)) if len(self._parts) == 1 else self.feed.scope_all
        if not self.feed.scope:
            return self._declared_scope or WHOLE
        if not self._values:
            return UNKNOWN
        return "/".join(
            filter(None, (*(self._values[name] for name in self.feed.scope), self._declared_scope))
        )

    @property
    def made_date(self) -> date | None:
        """The latest date in the column that says when the document was made."""
        return date.fromisoformat(self._made) if self._made else None

    def add(self, rows: pa.Table) -> list[Fault]:
        """See a block of good rows; returns a fault for each row that is for something else than the first (STR-011)."""
        if not rows.num_rows:
            return []
        self._see_parts(rows)
        self._see_made_date(rows)
        return [fault for name in self._shared for fault in self._others(rows, name)]

    def _see_parts(self, rows: pa.Table) -> None:
        import pyarrow.compute as pc

        if not self.feed.scope_part or len(self._parts) > 1:
            return
        for text in pc.unique(rows.column(self.feed.scope_part)).to_pylist():
            name = match_key(text or "")
            self._parts.add(self._parts_known.get(name, name))
            if len(self._parts) > 1:
                return

    def _see_made_date(self, rows: pa.Table) -> None:
        import pyarrow.compute as pc

        if self.feed.made_date:
            latest = pc.max(rows.column(self.feed.made_date)).as_py()
            self._made = max(filter(None, (self._made, latest)), default=None)

    def _others(self, rows: pa.Table, name: str) -> list[Fault]:
        import pyarrow.compute as pc

        cells = rows.column(name)
        column = self.feed.column(name)
        if name == self._period_column and column.kind == "date":
            cells = pc.utf8_slice_codeunits(cells, 0, _YEAR_DIGITS)
        is_instead = name == self.feed.period_else
        if is_instead and self._values.get(name) is None:
            self._values[name] = next(filter(None, pc.unique(cells).to_pylist()), None)
        first = self._values.setdefault(name, cells[0].as_py())
        # blank is a value of its own only where a row may be blank; elsewhere it is a cell that could not be read
        may_be_blank = not column.required and column.default is None and not is_instead
        is_same = (
            pc.is_null(cells) if first is None else pc.fill_null(pc.equal(cells, first), not may_be_blank)
        )
        if pc.all(is_same).as_py():
            return []
        others = rows.select([name, "_row_number"]).filter(pc.invert(is_same))
        header = self._headers.get(name, column.label_sv)
        return [
            _another(row_number, header, cell, first)
            for cell, row_number in zip(*others.to_pydict().values(), strict=True)
        ]


def _another(row_number: int, header: str, cell: str | None, first: str | None) -> Fault:
    return Fault(
        "STR-011",
        row_number,
        header,
        cell,
        f"{'Tomt' if first is None else first}, som på filens första rad.",
        "Dela upp filen: en per år och slag.",
        whole_delivery=True,
    )
