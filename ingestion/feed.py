"""The nouns of a delivery contract: `Feed`, `Version`, `Column`. Pure declarations, no input or output.

One `Feed` is declared once, in `ingestion/feeds/`. Its raw table, dbt source, DAG and template follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestion.calendar import Grain

Kind = Literal[
    "text",
    "amount",
    "integer",
    "year",
    "quarter",
    "period",
    "date",
    "share",
    "posts",
    "flag",
    "code",
    "municipality",
    "organisation_number",
    "member_code",
    "person_key",
    "figure",
]
"""What a column holds. Canonical text of each kind:

text: NFC, trimmed, inner white space folded; amount: `-1250000.50` (kronor, point, two decimals);
integer: `1250`; year: `2017`; quarter: `2017-Q1`; date: `2017-03-01`; share: `0.25`; posts: `1.95`; flag: `true`/`false`;
period: `2017`, `2017-H1`, `2017-T1`, `2017-Q1`, `2017-03` or `2017-W12`, of the column's `grains`;
code: one of the column's `allowed` codes; municipality: its code, `0380`; organisation_number: `222000-1933`;
member_code: one of these two; person_key: a keyed pseudonym, never the number itself; figure: the number a paper prints,
`-7803654` or `27.5`, null with a reason where the print is none.
"""

MissingReason = Literal[
    "too_few", "no_outcome", "none_reported", "unknown", "not_computable", "not_stated", "unreadable"
]
"""Why there is no number: too few answers, no outcome, no example given, unknown, division by nothing, not stated, or a
print that nobody can read."""

NOT_STATED: dict[MissingReason, tuple[str, ...]] = {"not_stated": ("-", "–", "—", "−")}
NOT_KNOWN: dict[MissingReason, tuple[str, ...]] = {
    **NOT_STATED,
    "unknown": ("Uppgift saknas", "Data saknas"),
}
NOT_A_NUMBER: dict[MissingReason, tuple[str, ...]] = {
    **NOT_KNOWN,
    "not_computable": ("*****",),
}
"""What papers and exports print where a number should stand and there is none."""
MISSING_COLUMN = "_missing"
"""The raw column that says why cells have no value: `population_count=unknown;…`, null where none has a reason."""


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
    missing: reason -> the words that say so (any case): the cell is then null, never the default, and the reason is kept.
    A required cell may hold one too. Words a contract does not declare stay what they are.
    grains: for kind `period`, those it may hold; none named means all. has_happened: a date that cannot lie ahead.
    reads: the column whose cells it is read from: what stands there in one more form. It has no header of its own.
    stays_raw: kept as delivered, but no model reads it and nothing shows it: no figure needs it and it may tell of people.
    stays_unseen: models read it, for a rule about it, but no delivered line is shown with it: it helps tell who it is.
    by_reader: filled in by the reader of a wide table; no sender is asked for it.
    withdraws_consent: the day a person took back a consent: one that a privacy officer entered stands here too.
    """

    name: str
    kind: Kind
    label_sv: str
    headers: tuple[str, ...] = ()
    required: bool = False
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    default: str | None = None
    description_sv: str = ""
    missing: Mapping[MissingReason, tuple[str, ...]] = field(default_factory=dict)
    grains: tuple[Grain, ...] = ()
    has_happened: bool = False
    reads: str | None = None
    stays_raw: bool = False
    stays_unseen: bool = False
    by_reader: bool = False
    withdraws_consent: bool = False

    @property
    def is_shown(self) -> bool:
        """True where a delivered line may be shown with it."""
        return not (self.stays_raw or self.stays_unseen)

    @property
    def is_personal(self) -> bool:
        """True where the cell identifies a person and must never be written as it stands."""
        return self.kind == "person_key"


@dataclass(frozen=True)
class Version:
    """How a contract was, is or will be, where that differs from its columns.

    valid_from, valid_to: the business dates it holds on, both included. without: columns that it has not.
    headers: column -> what senders called it then, instead of the contract's headers. required: column -> whether it was.
    """

    id: str
    valid_from: date = date.min
    valid_to: date | None = None
    without: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: Mapping[str, bool] = field(default_factory=dict)

    def holds_on(self, day: date | None) -> bool:
        """True where it is valid that day; None asks for no day."""
        return day is None or (self.valid_from <= day and (self.valid_to is None or day <= self.valid_to))


ONLY_VERSION = Version("1")


@dataclass(frozen=True)
class Band:
    """How far a delivery may be from the one before it without a person's word.

    fewest, most: times the rows of the delivery it would replace. fewest_elsewhere, most_elsewhere: times the rows of
    another period. None: no limit, where a period grows until it is closed. floor: rows more or less that never matter.
    turnover: times the amount per row, up or down, compared where both have at least `smallest` rows.
    """

    fewest: float = 0.5
    most: float | None = 4.0
    fewest_elsewhere: float | None = 0.125
    most_elsewhere: float = 8.0
    floor: int = 10
    turnover: float = 30.0
    smallest: int = 5


@dataclass(frozen=True)
class WideTable:
    """How a feed is read where a table has a column per year and version (`Budget 2026`), as associations print them.

    Its columns are the canonical names wide.py fills in; the words are those of senders, in any case.
    draft_words: kinds of version that keep their word as the document's name, since nothing was decided yet.
    sum_words, difference_words: what a column that sums or compares the others begins with. result_words: a row that
    is income less costs. part_words: a row that is a part of the row above. initiative_words, with undecided_words or
    else decided_words: the heading of a list of initiatives. running_words, new_words: lists of those not decided.
    document_words: what a title or a file's name tells two documents of one kind and day apart by. cost_words: what the
    name of a sum of costs holds.
    across: the column that headings name where a table has a column per party instead of per year; amounts: what its
    amounts may be for, the first where no heading says; fills: what else its reader fills in.
    scope: the columns whose single value tells sibling deliveries apart, instead of the feed's own.
    """

    draft_words: tuple[str, ...] = ()
    sum_words: tuple[str, ...] = ("summa", "totalt", "total", "summering", "samtliga år", "alla år")
    difference_words: tuple[str, ...] = ()
    result_words: tuple[str, ...] = ()
    part_words: tuple[str, ...] = ("varav", "därav")
    decided_words: tuple[str, ...] = ()
    undecided_words: tuple[str, ...] = ()
    running_words: tuple[str, ...] = ()
    new_words: tuple[str, ...] = ()
    initiative_words: tuple[str, ...] = ()
    document_words: tuple[str, ...] = ()
    cost_words: tuple[str, ...] = ()
    across: str = ""
    amounts: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    scope: tuple[str, ...] = ("made_date",)


@dataclass(frozen=True)
class Feed:
    """One kind of delivery.

    id: also the raw table and the landing folder. kind: `member` feeds come from `landing/<association>/<id>/`,
    `reference` datasets from `reference/<association or common>/<id>.csv`.
    reader: `table` (delimited text or workbook), `sie` (SIE by its suffixes, else as `table`), or `statistics` (a table
    whose headings hold periods, or JSON-stat).
    scope: columns whose single value tells sibling deliveries apart; empty means `whole`.
    scope_part: a column that may tell siblings apart: one value in the file is a part's own delivery, several are
    `scope_all`, which overlaps every part of the same period. scope_register: the dataset whose names and aliases
    make two spellings of a part one.
    scope_declared: True where the reader may find in the file itself that it is a part (SIE 4I: `import`).
    period_else: a date column whose year is the period in files without the period's column.
    period: where the period comes from: a column's name (a date counts as its year), `file_name` (a year in it),
    `declared` (the reader finds it in the file, as SIE's #RAR), or `whole`.
    made_date: the column whose latest date says when the document was made, and so which version is newer.
    control_column: the amount column a total row in the file must equal.
    band: how far it may be from the delivery before it without a person's word.
    on_bad_row: `reject` refuses the whole delivery, `quarantine` sets rows aside up to `quarantine_ceiling`
    (share of data rows).
    versions: how the contract changes over time; none means that it never did. Its columns are those of all versions.
    wide: how tables with a column per year are read; None where the feed has none.
    counts_persons: True where rows tell how many persons, though not who: how many rows are wrong, and what stood in
    them, is then told to staff under secrecy only.
    """

    id: str
    title_sv: str
    owner_sv: str
    reader: Literal["table", "sie", "statistics"]
    columns: tuple[Column, ...]
    grain: tuple[str, ...]
    kind: Literal["member", "reference"] = "member"
    schedule: str = "15 1 * * *"
    scope: tuple[str, ...] = ()
    scope_part: str | None = None
    scope_all: str = "all"
    scope_register: Literal["initiatives", "members"] | None = None
    scope_declared: bool = False
    period: str = "whole"
    period_else: str | None = None
    made_date: str | None = None
    control_column: str | None = None
    counts_persons: bool = False
    band: Band = Band()
    on_bad_row: Literal["reject", "quarantine"] = "reject"
    quarantine_ceiling: float = 0.0
    suffixes: tuple[str, ...] = (".csv", ".txt", ".xlsx", ".xls")
    description_sv: str = ""
    versions: tuple[Version, ...] = ()
    wide: WideTable | None = None

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
    def has_parts(self) -> bool:
        """True where a delivery may be a part of what another delivery holds all of."""
        return self.scope_part is not None or self.scope_declared

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """What a raw table holds of each row: the contract's columns and why cells have no value."""
        return (*self.column_names, MISSING_COLUMN)

    @property
    def all_versions(self) -> tuple[Version, ...]:
        """Every version, the newest first."""
        return tuple(sorted(self.versions, key=lambda one: one.valid_from, reverse=True)) or (ONLY_VERSION,)

    def in_version(self, version: Version) -> Feed:
        """The contract as it reads in one version: without the columns that it has not, with its own headers."""
        columns = tuple(
            replace(
                column,
                headers=version.headers.get(column.name, column.headers),
                required=version.required.get(column.name, column.required),
            )
            for column in self.columns
            if column.name not in version.without
        )
        return replace(self, columns=columns, versions=(version,))

    def required_as_in(self, version: Version) -> Feed:
        """The whole contract, with the cells required that a version requires: what its rows are checked by."""
        required = {column.name: column.required for column in self.in_version(version).columns}
        columns = tuple(replace(c, required=required.get(c.name, False)) for c in self.columns)
        return replace(self, columns=columns)

    @property
    def is_personal(self) -> bool:
        """True where deliveries of this feed hold personal identity numbers."""
        return any(column.is_personal for column in self.columns)

    @property
    def is_about_persons(self) -> bool:
        """True where deliveries of this feed tell of persons, one by one or as counts."""
        return self.is_personal or self.counts_persons
