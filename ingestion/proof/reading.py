"""Reads files of printed tables to figures: the feed's own form, and other forms in which tables are handed round."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ingestion.binding import HeaderAlias, normalise_header
from ingestion.figures import PrintedNumber, read_figure
from ingestion.proof import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal
    from pathlib import Path

HEADERS: dict[str, tuple[str, ...]] = {
    "document": ("handling", "dokument", "document", "paper", "källa"),
    "page": ("sida", "page", "sid", "s."),
    "table": ("tabell", "table_name", "table", "page_heading", "heading", "rubrik", "tabellrubrik"),
    "section": ("avsnitt", "section", "sektion", "grupp", "outcome_type", "dimension"),
    "line_number": ("radnummer", "radnr", "nr", "line_number", "line_no", "rad nr"),
    "line": ("rad", "post", "radens text", "line_name", "line_item_clean", "line_item", "benämning", "label"),
    "row_type": ("radslag", "slag av rad", "row_type", "radtyp", "typ"),
    "total_of": ("summa av", "summerar", "total_of", "består av"),
    "year": ("år", "year", "fiscal_year", "avser år"),
    "period": ("period", "period_basis", "avser tid", "avser period"),
    "version": ("version", "slag", "kolumn", "utfall/budget"),
    "measure": ("mått", "measure", "vad", "storhet"),
    "party": ("part", "party", "party_name", "insatsägare", "medlem", "finansiär"),
    "sex": ("kön", "sex", "sex_kon"),
    "initiative": (
        "insats",
        "initiative",
        "insats/projekt",
        "initiative_name",
        "projekt",
        "insatsens namn",
        "insats_name",
    ),
    "unit": ("enhet", "unit"),
    "unit_printed": ("tryckt enhet", "unit_printed", "enhet enligt rubriken"),
    "printed": ("tryckt värde", "tryckt", "värde", "value_printed", "printed_value", "belopp"),
    "note": ("not", "note_ref", "notnummer"),
    "comment": ("anmärkning", "kommentar", "comment", "note"),
}
"""What each part of a figure may be called, the best word first: where a file has several, the first is used."""

_NOT_LABELS = frozenset(
    (
        *("association", "förbund", "source_line", "statement_id", "fact_id", "code", "kod", "document_date"),
        *("value_num", "value", "value_clean", "value_used", "cell_kind", "reads_as", "ocr_doubt"),
        *("role", "post_degree", "date_from", "date_to", "line_item_explanation", "jämförs med", "nyckel"),
    )
)
_NEEDED = ("printed",)


class NotATable(Exception):
    """A file has no printed values; the message says what is missing, in Swedish."""


@dataclass(frozen=True)
class Figure:
    """One printed cell. sex: female, male, unknown or total, or the word itself. row: in its file."""

    file: str
    row: int
    document: str
    table: str
    page: str
    section: str
    line_number: str
    line: str
    row_type: str
    total_of: str
    year: str
    period: str
    version: str
    measure: str
    party: str
    sex: str
    initiative: str
    unit: str
    unit_printed: str
    printed: str
    note: str
    number: PrintedNumber
    has_own_row_type: bool = False

    @property
    def value(self) -> Decimal | None:
        """The number; None where the print is none."""
        return self.number.value

    @property
    def unit_class(self) -> str:
        """What may be summed together: kronor in the unit printed, percent, or counts of one kind."""
        if words.scale_of(self.unit) is not None:
            return "money"
        if self.unit.casefold() in words.PERCENT or (not self.unit and self.number.is_percent):
            return "percent"
        return self.unit.casefold()

    @property
    def scale(self) -> int:
        """Kronor per unit of the value; 1 for what is not money."""
        return words.scale_of(self.unit) or 1

    @property
    def is_damaged(self) -> bool:
        """True where something is printed that nobody can read as a number."""
        return self.number.reason == "unreadable"


@dataclass
class Read:
    """The figures of some files, and the headers that no part of a figure goes by."""

    figures: list[Figure] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)


def read(paths: Sequence[Path]) -> Read:
    """Every figure of the files, in their order. Raises NotATable, and DeliveryUnreadable from the readers."""
    found = Read()
    for path in paths:
        _read_file(path, found)
    found.figures = _columns_that_sum(found.figures)
    return found


def _columns_that_sum(figures: Sequence[Figure]) -> list[Figure]:
    """A measure that only says `summa` is the line's kind, unless the line has other measures: then it is a column."""
    measures: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for one in figures:
        measures[_line_of(one)].add(one.measure)
    return [
        one
        if one.has_own_row_type or not _says_sum(one.measure)
        else replace(one, row_type=_kind_of_row([one.line]))
        if len(measures[_line_of(one)]) > 1
        else replace(one, measure="", row_type=words.row_type_of(one.measure), has_own_row_type=True)
        for one in figures
    ]


def _line_of(figure: Figure) -> tuple[str, ...]:
    one = figure
    return one.document, one.table, one.initiative, one.section, one.line_number, one.line


def _says_sum(measure: str) -> bool:
    return words.row_type_of(measure) in ("total", "subtotal", "result")


def _read_file(path: Path, found: Read) -> None:
    from ingestion.feeds.published_figures import FEED
    from ingestion.readers import read as open_file

    known = {word: column for column, headers in HEADERS.items() for word in headers}
    table = open_file(path, FEED, {word: HeaderAlias("comment") for word in known})
    header = [normalise_header(text) for text in table.header]
    at = {
        column: header.index(word)
        for column, headers in HEADERS.items()
        for word in [next((one for one in headers if one in header), None)]
        if word is not None
    }
    if "comment" in at and at["comment"] == at.get("note"):
        del at["note"]
    missing = [name for name in _NEEDED if name not in at]
    if missing:
        raise NotATable(
            f"{path.name}: en kolumn ”Tryckt värde” måste finnas (eller value_printed). Filens rubriker är: "
            f"{', '.join(text for text in table.header if text.strip())}."
        )
    others = _labels(header, at)
    for position in set(range(len(header))) - set(at.values()) - set(others):
        found.unused[table.header[position]] += 1
    width = len(header)
    for block in table.blocks:
        rows = block.table.to_pydict()
        for index, number in enumerate(rows["_row_number"]):
            cells = [(rows[str(position)][index] or "").strip() for position in range(width)]
            found.figures.append(_figure(path.name, number, cells, at, others))


def _labels(header: Sequence[str], at: dict[str, int]) -> list[int]:
    """Where no column is the line's own, the columns that together say what a row is: category, age, municipality."""
    if "line" in at:
        return []
    taken = set(at.values())
    return [
        position
        for position, word in enumerate(header)
        if position not in taken and word and word not in _NOT_LABELS and not word.startswith("_")
    ]


def _figure(file: str, row: int, cells: Sequence[str], at: dict[str, int], others: Iterable[int]) -> Figure:
    def cell(name: str) -> str:
        return cells[at[name]] if name in at else ""

    labels = [cell("line")] if "line" in at else [cells[position] for position in others if cells[position]]
    line = " · ".join(labels)
    stated = words.row_type_of(cell("row_type"))
    return Figure(
        file,
        row,
        cell("document"),
        cell("table") or cell("page") or file,
        cell("page"),
        cell("section"),
        cell("line_number"),
        line,
        stated or _kind_of_row(labels),
        cell("total_of"),
        cell("year") or (cell("period") if words.years_of(cell("period")) else ""),
        cell("period"),
        cell("version"),
        cell("measure"),
        cell("party"),
        words.sex_of(cell("sex")) or cell("sex") if "sex" in at else "total",
        cell("initiative"),
        cell("unit") or cell("unit_printed") or _unstated_unit(cell("printed"), cell("sex")),
        cell("unit_printed"),
        cell("printed"),
        cell("note"),
        read_figure(cell("printed")),
        bool(stated),
    )


def _unstated_unit(printed: str, sex: str) -> str:
    """Kronor, as the contract says, where nothing shows that it is shares or people."""
    if read_figure(printed).is_percent:
        return "percent"
    return "personer" if sex else "kr"


def _kind_of_row(labels: Sequence[str]) -> str:
    """The kind of row its words say it is, where the sender does not."""
    if any(map(words.PART.search, labels)):
        return "part"
    if any(map(words.TOTAL.search, labels)):
        return "total"
    if any(words.RESULT.search(label) or words.CLOSING.search(label) for label in labels):
        return "result"
    return ""
