"""The nouns of a delivery contract: `Feed`, `Column`. Pure declarations, no input or output.

One `Feed` is declared once, in `ingestion/feeds/`. Its raw table, dbt source, DAG and template follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "amount", "integer", "year", "quarter", "date", "share", "flag", "code", "person_key"]
"""What a column holds. Canonical text of each kind:

text: NFC, trimmed, inner white space folded; amount: `-1250000.50` (kronor, point, two decimals);
integer: `1250`; year: `2017`; quarter: `2017-Q1`; date: `2017-03-01`; share: `0.25`; flag: `true`/`false`;
code: one of the column's `allowed` codes; person_key: a keyed pseudonym, never the number itself.
"""


UNIT_COLUMN = "unit"
UNITS = {
    "kr": ("kronor", "sek"),
    "tkr": ("tusental kronor", "tsek", "kkr", "tsk"),
    "mnkr": ("miljoner kronor", "mkr", "msek"),
}
"""Units of money as contracts allow them. A feed with a column of that name states the unit its amounts were sent in;
canonical amounts are always kronor."""


@dataclass(frozen=True)
class Column:
    """One column of a delivery.

    name: the canonical name, also the raw column. headers: what senders call it (any case).
    allowed: for kind `code`, canonical code -> what senders write for it (the code itself always counts).
    default: canonical text used when the column is absent or the cell is blank.
    """

    name: str
    kind: Kind
    label_sv: str
    headers: tuple[str, ...] = ()
    required: bool = False
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    default: str | None = None
    description_sv: str = ""

    @property
    def is_personal(self) -> bool:
        """True where the cell identifies a person and must never be written as it stands."""
        return self.kind == "person_key"


@dataclass(frozen=True)
class Feed:
    """One kind of delivery.

    id: also the raw table and the landing folder. kind: `member` feeds come from `landing/<association>/<id>/`,
    `reference` datasets from `reference/<association or common>/<id>.csv`.
    reader: `table` (delimited text or workbook) or `sie`.
    scope: columns whose single value tells sibling deliveries apart; empty means `whole`.
    scope_part: a column that may tell siblings apart: one value in the file is a part's own delivery, several are
    `scope_all`, which overlaps every part of the same period. scope_register: the dataset whose names and aliases
    make two spellings of a part one.
    period: where the period comes from: a column's name (a date counts as its year), `file_name` (a year in it),
    `declared` (the reader finds it in the file, as SIE's #RAR), or `whole`.
    made_date: the column whose latest date says when the document was made, and so which version is newer.
    control_column: the amount column a total row in the file must equal.
    on_bad_row: `reject` refuses the whole delivery, `quarantine` sets rows aside up to `quarantine_ceiling`
    (share of data rows).
    """

    id: str
    title_sv: str
    owner_sv: str
    reader: Literal["table", "sie"]
    columns: tuple[Column, ...]
    grain: tuple[str, ...]
    kind: Literal["member", "reference"] = "member"
    schedule: str = "15 1 * * *"
    scope: tuple[str, ...] = ()
    scope_part: str | None = None
    scope_all: str = "all"
    scope_register: Literal["initiatives", "members"] | None = None
    period: str = "whole"
    made_date: str | None = None
    control_column: str | None = None
    on_bad_row: Literal["reject", "quarantine"] = "reject"
    quarantine_ceiling: float = 0.0
    suffixes: tuple[str, ...] = (".csv", ".txt", ".xlsx", ".xls")
    description_sv: str = ""

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The canonical column names, in raw-table order."""
        return tuple(column.name for column in self.columns)

    @property
    def is_personal(self) -> bool:
        """True where deliveries of this feed hold personal identity numbers."""
        return any(column.is_personal for column in self.columns)
