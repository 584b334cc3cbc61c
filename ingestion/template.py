"""`finsam template`: an empty delivery to fill in, with instructions, made from the contract and what the association
calls things. What it makes is what the reader reads: the same headers, the same words, the same formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ingestion import reference
from ingestion.binding import known_headers, normalise_header
from ingestion.feeds import all_feeds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingestion.binding import HeaderAlias
    from ingestion.feed import Column, Feed, WideTable
    from ingestion.settings import Settings

SEPARATOR = ";"
LAST_PREPARED_ROW = 5000
_TABLE_SUFFIXES = (".csv", ".xlsx")
_WIDE = "_per_ar"
_LONGEST_PROMPT = 250
_HOW_SV = {
    "text": "Text.",
    "amount": "Belopp med decimalkomma: 1 250 000,50 eller -400. Inte 1.234, som kan läsas på två sätt.",
    "integer": "Heltal med bara siffror: 1250.",
    "year": "År med fyra siffror: 2026.",
    "quarter": "År och kvartal: 2026-kv1.",
    "period": "År, kvartal eller månad: 2026, 2026-kv1 eller 2026-03.",
    "date": "År, månad, dag: 2026-03-01.",
    "share": "Andel: 0,25 eller 25 %.",
    "posts": "Del av heltid: 0,5 eller 50 %; flera tjänster på en rad är mer än 1.",
    "flag": "Ja eller nej.",
    "municipality": "Kommunkod med fyra siffror: 0380.",
    "organisation_number": "Tio siffror: 222000-1933.",
    "member_code": "Kommunkod (0380) eller organisationsnummer (222000-1933).",
    "person_key": "Personnummer eller samordningsnummer med tolv siffror, eller ett eget löpnummer som K-17. "
    "Numret görs om till en pseudonym innan något sparas.",
}
_FORMATS = {
    "date": "yyyy\\-mm\\-dd",
    "amount": "#,##0.00",
    "integer": "0",
    "year": "0",
    "share": "General",
    "posts": "General",
}
"""Number formats of the workbook's columns; every other kind is text, so that leading zeros stay."""
_FROM_THE_LEDGER_SV = """Så här gör du filen i bokföringsprogrammet:
1. Välj att exportera bokföringen som SIE, typ 4 (ibland ”SIE 4E” eller ”transaktioner”).
2. Välj hela räkenskapsåret och alla serier, från årets första dag.
3. Spara filen. Den slutar på .se, och öppnas inte i Excel på vägen: då ändras den.
Varje ny fil för samma år ersätter den förra, så lämna alltid hela året hittills."""


class AlreadyThere(Exception):
    """A file of that name is there already; nothing was written."""


@dataclass(frozen=True)
class Made:
    """What was written, and what to do with it."""

    files: list[Path]
    text_sv: str


def make(
    settings: Settings, feed_id: str, association_id: str | None, folder: Path, year: int | None = None
) -> Made:
    """Write the template of a feed to a folder. year: for feeds whose file name says it; this year if not given.

    Raises AlreadyThere before anything is written.
    """
    feed = all_feeds()[feed_id]
    known = reference.associations(settings, only=association_id or "").get(association_id or "")
    template = Template(feed, known.aliases(feed_id) if known else {}, association_id or "<förbund>")
    stem = f"{feed_id}_{year or date.today().year}" if feed.period == "file_name" else feed_id
    writers = template.writers(stem)
    files = [folder / name for name in writers]
    if there := [path.name for path in files if path.exists()]:
        raise AlreadyThere(
            f"{', '.join(there)} finns redan i {folder}, och inget har ändrats. Ta bort eller döp om, eller välj en"
            " annan mapp med --out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, write in zip(files, writers.values(), strict=True):
        write(path)
    return Made(files, template.told_sv(folder, list(writers), association_id is not None and known is None))


class Template:
    """One feed's empty delivery, in an association's own words."""

    def __init__(self, feed: Feed, aliases: Mapping[str, HeaderAlias], association_id: str) -> None:
        self.feed, self.association_id = feed, association_id
        self.headers = {c.name: own_header(feed, c, aliases) for c in self._columns()}

    def _columns(self) -> list[Column]:
        """What a sender fills in: of a feed that programs export, only what tables of it have headers for."""
        asked = [c for c in self.feed.columns if not (c.by_reader or c.reads)]
        return [c for c in asked if self.feed.reader != "sie" or c.headers]

    @property
    def columns(self) -> list[Column]:
        """The columns, in the contract's order."""
        return [self.feed.column(name) for name in self.headers]

    def writers(self, stem: str) -> dict[str, Any]:
        """File name -> what writes it: a table for every kind of table the feed reads, and the instructions."""
        suffixes = [suffix for suffix in _TABLE_SUFFIXES if suffix in self.feed.suffixes]
        tables = {".csv": self.write_csv, ".xlsx": self.write_workbook}
        self._delivered = f"{stem}{suffixes[0]}" if suffixes else f"{stem}.se"
        wide = {f"{stem}{_WIDE}.csv": self.write_wide} if self.feed.wide is not None else {}
        return {
            **wide,
            **{f"{stem}{suffix}": tables[suffix] for suffix in suffixes},
            f"{stem}_anvisning.txt": self.write_instructions,
        }

    def told_sv(self, folder: Path, names: list[str], is_unknown: bool) -> str:
        """What is said when the files are written."""
        per = "part" if self.feed.wide is not None and self.feed.wide.across else "år"
        what = {
            f"{_WIDE}.csv": f"en rad per post och en kolumn per {per}, som tabellen trycks; eller …",
            "csv": "fyll i den här …",
            "xlsx": "… eller den här, i Excel",
            "txt": "vad varje kolumn betyder",
        }
        if len(names) == 2:
            what["csv"] = "fyll i den här"
        width = max(map(len, names))
        lines = [f"Mallen för {self.feed.title_sv.lower()} ligger i {folder.resolve()}:"]
        lines += [
            f"  {name:<{width}}  {what[next(end for end in what if name.endswith(end))]}" for name in names
        ]
        if is_unknown:
            lines.append(
                f"Förbundet {self.association_id} är inte känt än, så rubrikerna är de allmänna. Det blir känt med en fil: "
                "`finsam template associations`."
            )
        return "\n".join([*lines, f"Fråga sedan: {self._command_sv}", f"Lägg filen i: {self._inbox}"])

    # --- where it goes ---

    @property
    def _inbox(self) -> str:
        if self.feed.kind == "member":
            return f"FINSAM_HOME/landing/{self.association_id}/{self.feed.id}/"
        return f"FINSAM_HOME/reference/{self.association_id}/{self.feed.id}.csv"

    @property
    def _command_sv(self) -> str:
        return f"finsam check {self._delivered} --feed {self.feed.id} --association {self.association_id}"

    # --- the table ---

    def write_csv(self, path: Path) -> None:
        """One line of headers, as Excel writes ”CSV UTF-8”."""
        line = SEPARATOR.join(self.headers.values())
        path.write_bytes(f"\ufeff{line}\r\n".encode())

    def write_wide(self, path: Path) -> None:
        """The table as it is printed: what holds for all of it above, then a column per year or party and their sum."""
        words = self.feed.wide
        lines = self._per_party(words) if words is not None and words.across else self._per_year()
        width = max(map(len, lines))
        rows = [SEPARATOR.join([*cells, *[""] * (width - len(cells))]) for cells in lines]
        path.write_bytes("\ufeff".encode() + "".join(f"{row}\r\n" for row in rows).encode())

    def _per_party(self, words: WideTable) -> list[list[str]]:
        above = [[self.headers[column.name], ""] for column in self.columns if column.required]
        named = [self.headers[name] for name in ("post_name", "fte_share")]
        kinds = [[self.headers[name]] for name in words.amounts]
        return [
            *above,
            [],
            [*named, "Part 1", "Part 2", "Part 3", "Alla parter"],
            kinds[0],
            ["Summa"],
            *kinds[1:],
            ["Summa"],
        ]

    def _per_year(self) -> list[list[str]]:
        year = date.today().year
        above = [[self.headers["made_date"], ""], [self.headers["unit"], "kr"], []]
        years = [f"Utfall {year - 1}", f"Prognos {year}", f"Budget {year + 1}", f"Plan {year + 2}", "Summa"]
        named = [self.headers[name] for name in ("line_name", "initiative_name", "party_name")]
        return [*above, [*named, *years], ["Summa"]]

    def write_workbook(self, path: Path) -> None:
        """A sheet to fill in with lists, formats and help in the cells, a sheet of instructions, the lists hidden."""
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.active
        assert sheet is not None  # noqa: S101 - a new workbook has a sheet
        sheet.title = self.feed.title_sv[:31].replace("/", " ")
        lists = book.create_sheet("Listor")
        lists.sheet_state = "hidden"
        sheet.freeze_panes = "A2"
        for place, column in enumerate(self.columns, 1):
            self._prepare(sheet, lists, place, column)
        self._fill_instructions(book.create_sheet("Anvisning", 1))
        book.save(path)

    def _prepare(self, sheet: Any, lists: Any, place: int, column: Column) -> None:
        from openpyxl.styles import Font, PatternFill
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation

        letter = get_column_letter(place)
        header = sheet.cell(1, place, self.headers[column.name])
        header.font = Font(bold=column.required)
        header.fill = PatternFill("solid", fgColor="FFE699" if column.required else "F2F2F2")
        sheet.column_dimensions[letter].width = max(14, len(str(header.value)) + 4)
        sheet.column_dimensions[letter].number_format = _FORMATS.get(column.kind, "@")
        words = words_of(column)
        for row, word in enumerate(words, 1):
            lists.cell(row, place, word)
        help_in_cell = DataValidation(
            type="list" if words else None,
            formula1=f"Listor!${letter}$1:${letter}${len(words)}" if words else None,
            allow_blank=True,
            errorStyle="warning",
            error="Välj ett ord i listan.",
            showErrorMessage=bool(words),
            showInputMessage=True,
            promptTitle="Krävs" if column.required else "Frivillig",
            prompt=" ".join(filter(None, (column.description_sv, how_sv(column))))[:_LONGEST_PROMPT],
        )
        help_in_cell.add(f"{letter}2:{letter}{LAST_PREPARED_ROW}")
        sheet.add_data_validation(help_in_cell)

    def _fill_instructions(self, sheet: Any) -> None:
        from openpyxl.styles import Alignment, Font

        for letter, width in zip("ABCD", (28, 12, 60, 70), strict=True):
            sheet.column_dimensions[letter].width = width
        for line in self._about():
            sheet.append([line])
        sheet.append([])
        sheet.append(["Så här heter kolumnen", "Måste stå", "Vad den betyder", "Hur det skrivs"])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        for column in self.columns:
            sheet.append(self._told(column))
            for cell in sheet[sheet.max_row]:
                cell.alignment = Alignment(wrap_text=True, vertical="top")

    # --- the instructions ---

    def write_instructions(self, path: Path) -> None:
        """The instructions as a text that Notepad opens with its letters whole."""
        lines = [*self._about(), ""]
        if self.feed.reader == "sie":
            lines += [*_FROM_THE_LEDGER_SV.splitlines(), ""]
        if any(suffix in self.feed.suffixes for suffix in _TABLE_SUFFIXES):
            lines += ["KOLUMNERNA", ""]
            for column in self.columns:
                name, needed, means, how = self._told(column)
                lines += [f"{name}{' (krävs)' if needed else ''}", f"    {means}", f"    {how}", ""]
        text = "\r\n".join(line.rstrip() for line in lines)
        path.write_bytes(f"\ufeff{text.rstrip()}\r\n".encode())

    def _about(self) -> list[str]:
        """What the delivery is, how it is filled in, where it goes and how to ask first."""
        feed = self.feed
        lines = [
            feed.title_sv.upper(),
            *filter(None, [feed.description_sv]),
            f"Lämnas av: {feed.owner_sv}.",
            "",
        ]
        if any(suffix in feed.suffixes for suffix in _TABLE_SUFFIXES):
            lines += self._filling_in()
        if feed.period == "file_name":
            lines.append(f"Året står i filens namn, som i {self._delivered}: just ett årtal.")
        lines += [
            f"Filen får vara {_either(feed.suffixes)}. Lägg den i {self._inbox}",
            f"Fråga först om den tas emot: {self._command_sv}",
            "Den som vill bevisa att inget fattas lägger ett följeblad bredvid, med samma namn och .manifest.csv efter.",
        ]
        return lines

    def _filling_in(self) -> list[str]:
        feed = self.feed
        lines = [
            "Behåll rubrikerna; ordningen är fri, och en frivillig kolumn får tas bort. En rad per uppgift, inga tomma"
            " rubriker.",
        ]
        if feed.control_column and feed.control_column in self.headers:
            lines.append(
                f"Sist får en summarad stå: Summa i första kolumnen och summan under {self.headers[feed.control_column]}. "
                "Den bevisar att ingen rad fattas."
            )
        if feed.is_personal:
            lines.append(
                "Skriv inga personnummer i någon annan kolumn än den för personnummer, och inte i filens namn."
            )
        else:
            lines.append("Skriv inga personnummer någonstans, och inte i filens namn.")
        return lines

    def _told(self, column: Column) -> list[str]:
        needed = "ja" if column.required else ""
        return [
            self.headers[column.name],
            needed,
            column.description_sv or f"{column.label_sv}.",
            how_sv(column),
        ]


def own_header(feed: Feed, column: Column, aliases: Mapping[str, HeaderAlias]) -> str:
    """What the association calls a column, else the contract's first word for it that is not taken for another."""
    known = known_headers(feed, aliases)
    own = [header for header, alias in aliases.items() if alias.column == column.name]
    for header in (*own, *column.headers, column.label_sv, column.name):
        if known.get(normalise_header(header)) == column.name:
            return header
    return column.name


def words_of(column: Column) -> list[str]:
    """The words a cell may hold, one per code; nothing where any text may stand."""
    if column.kind == "flag":
        return ["ja", "nej"]
    return [(words or (code,))[0] for code, words in column.allowed.items()]


def how_sv(column: Column) -> str:
    """How a cell of the column is written, what an empty one means, and which words say that there is no number."""
    words = words_of(column)
    is_code = column.kind == "code" and words
    said = f"Något av: {', '.join(words)}." if is_code else _HOW_SV.get(column.kind, "Text.")
    if column.default is not None:
        said += f" Tomt betyder {_word_for(column, column.default)}."
    elif not column.required:
        said += " Får vara tomt."
    missing = [words[0] for words in column.missing.values() if words]
    if missing:
        said += f" Finns ingen uppgift: {_either(tuple(f'”{word}”' for word in missing))}."
    return said


def _word_for(column: Column, code: str) -> str:
    if column.kind == "flag":
        return "ja" if code == "true" else "nej"
    return (column.allowed.get(code) or (code,))[0]


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} eller {words[-1]}" if len(words) > 1 else words[0]
