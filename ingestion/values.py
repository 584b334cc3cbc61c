"""One parser per kind of value: what senders write to canonical text, or a ValueProblem. Pure; never a
float."""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import date
from decimal import Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingestion.feed import Column

LONGEST_TEXT = 1000
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
LARGEST_AMOUNT = Decimal(10) ** 13
KRONA = "kr"
KRONOR_PER = {KRONA: 1, "tkr": 1_000, "mnkr": 1_000_000}
"""The units of money, as contracts code them, in kronor."""

_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u2002\u2003\t"), " ")
_MINUSES = dict.fromkeys(map(ord, "−–‒\u2011"), "-")
_TEXT_FOLD = re.compile(r"\s+")
_YES = frozenset(("ja", "j", "sant", "true", "1", "x", "yes"))
_NO = frozenset(("nej", "n", "falskt", "false", "0", "no"))


class ValueProblem(ValueError):
    """A cell cannot be read. rule_id names the rule, the two texts say what was expected and what to do."""

    def __init__(self, rule_id: str, expected_sv: str, remedy_sv: str) -> None:
        super().__init__(f"{rule_id}: {expected_sv}")
        self.rule_id = rule_id
        self.expected_sv = expected_sv
        self.remedy_sv = remedy_sv


def parse_text(text: str) -> str:
    """NFC, trimmed, inner white space folded, without control and invisible formatting characters.

    Formula text (`=1+1`) stays verbatim: it is escaped where we write, not here.
    """
    composed = unicodedata.normalize("NFC", text)
    folded = _TEXT_FOLD.sub(" ", composed)
    return "".join(c for c in folded if unicodedata.category(c) not in ("Cc", "Cf")).strip()


def match_key(text: str) -> str:
    """How two spellings of one name compare: composed, lower case, white space folded; as dbt's macro of that name."""
    return _TEXT_FOLD.sub(" ", unicodedata.normalize("NFC", text)).strip().lower()


# --- amounts ---

_AMOUNT_FORMS = (
    # (form, characters that group thousands, decimal sign)
    (re.compile(r"\d+", re.ASCII), "", ""),
    (re.compile(r"\d+,\d+", re.ASCII), "", ","),
    (re.compile(r"\d+\.\d+", re.ASCII), "", "."),
    (re.compile(r"\d{1,3}(?:[ ']\d{3})+", re.ASCII), " '", ""),
    (re.compile(r"\d{1,3}(?:[ ']\d{3})+,\d+", re.ASCII), " '", ","),
    (re.compile(r"\d{1,3}(?:[ ']\d{3})+\.\d+", re.ASCII), " '", "."),
    (re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}", re.ASCII), ".", ","),
    (re.compile(r"\d{1,3}(?:\.\d{3}){2,}", re.ASCII), ".", ""),
    (re.compile(r"\d{1,3}(?:,\d{3})+\.\d{1,2}", re.ASCII), ",", "."),
    (re.compile(r"\d{1,3}(?:,\d{3}){2,}", re.ASCII), ",", ""),
)
_AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}", re.ASCII)
_AMOUNT_SUFFIX = re.compile(r"(?:\s*(?:kr|sek|kronor)\.?|\s*:-|,-)$", re.IGNORECASE)
_OTHER_UNIT = re.compile(r"(?:tkr|tsek|kkr|mnkr|mkr|msek|%)\.?$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)


def parse_amount(text: str, unit: str = KRONA) -> str:
    """Kronor as `-1250000.50`. Reads the Swedish notations; raises ValueProblem (VAL-001) for anything
    ambiguous.

    Grouping by space, no-break space, `'` or `.`; decimal comma or point; minus before, after, as a dash
    or as parentheses; `kr`, `:-` or `,-` after. `1.234` alone is ambiguous and refused, never guessed.
    unit: what the amount is sent in; it is turned into kronor exactly.
    """
    bare = text.translate(_SPACES).translate(_MINUSES).strip()
    if _SCIENTIFIC.fullmatch(bare):
        raise _amount_problem(
            "Ett belopp med alla siffror; Excel har förkortat det till grundpotensform.",
            "Gör kolumnen bredare eller formatera den som tal innan filen sparas.",
        )
    if _OTHER_UNIT.search(bare):
        raise _amount_problem(
            "Ett belopp i hela kronor, inte i tusental, miljoner eller procent.",
            "Skriv enheten i en kolumn för sig, Enhet, eller räkna om till kronor.",
        )
    if unit != KRONA and _AMOUNT_SUFFIX.search(bare):
        raise _amount_problem(
            f"Ett belopp i {unit}, som enheten säger; cellen säger kronor.",
            "Rätta enheten, eller ta bort kr ur cellen om beloppet inte är kronor.",
        )
    digits, is_negative = _split_sign(_AMOUNT_SUFFIX.sub("", bare).strip())
    amount = _read_digits(digits, KRONOR_PER[unit])
    return f"{-amount if is_negative and amount else amount:.2f}"


def _split_sign(bare: str) -> tuple[str, bool]:
    if bare.startswith("(") and bare.endswith(")"):
        return bare[1:-1].strip(), True
    if bare.startswith("-"):
        return bare[1:].strip(), True
    if bare.endswith("-"):
        return bare[:-1].strip(), True
    return bare.removeprefix("+").strip(), False


def _read_digits(digits: str, kronor_per: int) -> Decimal:
    if _AMBIGUOUS.fullmatch(digits):
        raise _amount_problem(
            "Ett entydigt belopp; punkten eller kommat kan här vara tusental eller decimaler.",
            "Skriv decimaler med komma och två siffror, till exempel 1234,00.",
        )
    if re.match(r"0\d", digits):
        raise _amount_problem(
            "Ett belopp; inledande nolla tyder på en kod eller ett konto i fel kolumn.",
            "Se efter att beloppet står i rätt kolumn.",
        )
    for form, groups, decimal_sign in _AMOUNT_FORMS:
        if form.fullmatch(digits):
            plain = digits.translate({ord(sign): None for sign in groups})
            return _to_ore(plain.replace(decimal_sign, ".") if decimal_sign else plain, kronor_per)
    raise _amount_problem(
        "Ett belopp i kronor, till exempel 1 250 000,50 eller -12500.",
        "Skriv beloppet med siffror, decimalkomma och högst två decimaler.",
    )


def _to_ore(digits: str, kronor_per: int) -> Decimal:
    exactly = Context(
        prec=len(digits) + 10
    )  # room for every digit and the unit's, so that nothing is rounded
    amount = exactly.multiply(Decimal(digits), Decimal(kronor_per))
    rounded = amount.quantize(Decimal("0.01"), context=exactly)
    if rounded != amount:
        raise _amount_problem(
            "Ett belopp med högst två decimaler (hela ören).",
            "Avrunda till hela ören i källan, så att summorna stämmer.",
        )
    if rounded >= LARGEST_AMOUNT:
        raise _amount_problem(
            "Ett belopp under tio tusen miljarder kronor.", "Se efter att beloppet står i rätt kolumn."
        )
    return rounded


def _amount_problem(expected_sv: str, remedy_sv: str) -> ValueProblem:
    return ValueProblem("VAL-001", expected_sv, remedy_sv)


# --- dates, years, numbers ---

_DATE_FORMS = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.ASCII),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
)


def parse_date(text: str) -> str:
    """A date as `2017-03-01`. Reads ISO, `20170301` and `2017/3/1`; raises ValueProblem (VAL-002)."""
    bare = text.translate(_SPACES).translate(_MINUSES).strip()
    for form in _DATE_FORMS:
        if found := form.fullmatch(bare):
            year, month, day = (int(part) for part in found.groups())
            return _existing_date(year, month, day)
    raise ValueProblem(
        "VAL-002",
        "Ett datum som 2017-03-01 eller 20170301.",
        "Skriv år, månad och dag i den ordningen, eller formatera cellen som datum.",
    )


def _existing_date(year: int, month: int, day: int) -> str:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueProblem(
            "VAL-002", "Ett datum som finns i almanackan.", "Rätta dagen eller månaden."
        ) from None
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise ValueProblem(
            "VAL-002", f"Ett årtal mellan {EARLIEST_YEAR} och {LATEST_YEAR}.", "Rätta årtalet."
        )
    return found.isoformat()


def parse_year(text: str) -> str:
    """A year as `2017`. Raises ValueProblem (VAL-003)."""
    bare = text.translate(_SPACES).strip()
    if re.fullmatch(r"[0-9]{4}", bare) and EARLIEST_YEAR <= int(bare) <= LATEST_YEAR:
        return bare
    raise ValueProblem(
        "VAL-003",
        f"Ett år med fyra siffror, {EARLIEST_YEAR} till {LATEST_YEAR}.",
        "Skriv bara årtalet, till exempel 2017.",
    )


_QUARTER_FORMS = (
    re.compile(r"(?P<year>\d{4})[ -]?(?:kvartal|kv|q) ?(?P<quarter>[1-4])", re.ASCII | re.IGNORECASE),
    re.compile(r"(?:kvartal|kv|q) ?(?P<quarter>[1-4])[ -](?P<year>\d{4})", re.ASCII | re.IGNORECASE),
)


def parse_quarter(text: str) -> str:
    """A quarter as `2017-Q1`. Reads `2017-kv1`, `kvartal 1 2017`, `Q1 2017`; raises ValueProblem (VAL-003)."""
    bare = parse_text(text.translate(_SPACES).translate(_MINUSES))
    for form in _QUARTER_FORMS:
        if (found := form.fullmatch(bare)) and EARLIEST_YEAR <= int(found["year"]) <= LATEST_YEAR:
            return f"{found['year']}-Q{found['quarter']}"
    raise ValueProblem(
        "VAL-003",
        "Ett kvartal som 2017-kv1 eller kv 1 2017.",
        "Skriv året och kvartalet, inte månader eller datum.",
    )


def parse_integer(text: str) -> str:
    """A whole number as `1250`; groups of three may be parted by spaces. Raises ValueProblem (VAL-003)."""
    bare = text.translate(_SPACES).translate(_MINUSES).strip()
    if re.fullmatch(r"-?(?:0|[1-9]\d{0,17}|[1-9]\d{0,2}(?: \d{3})+)", bare, re.ASCII):
        return "0" if bare == "-0" else bare.replace(" ", "")
    raise ValueProblem("VAL-003", "Ett heltal, till exempel 1250.", "Skriv talet med bara siffror.")


def parse_share(text: str) -> str:
    """A share from 0 to 1 as `0.25`; `25 %` is read as such. Raises ValueProblem (VAL-003)."""
    bare = text.translate(_SPACES).strip().replace(",", ".")
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,10})?)\s*(%?)", bare, re.ASCII)
    if found:
        share = Decimal(found.group(1)) / (100 if found.group(2) else 1)
        if share <= 1:
            return f"{share.normalize():f}"
    raise ValueProblem(
        "VAL-003",
        "En andel från 0 till 1, till exempel 0,25 eller 25 %.",
        "Skriv andelen med decimalkomma eller med procenttecken.",
    )


def parse_flag(text: str) -> str:
    """`true` or `false` from ja/nej, x, 1/0, sant/falskt. Raises ValueProblem (VAL-004)."""
    bare = parse_text(text).casefold()
    if bare in _YES:
        return "true"
    if bare in _NO:
        return "false"
    raise ValueProblem("VAL-004", "Ja eller nej.", "Skriv ja eller nej.")


def code_parser(column: Column) -> Callable[[str], str]:
    """A parser for one column's codes and what senders write for them. It raises ValueProblem (VAL-004)."""
    known = {code.casefold(): code for code in column.allowed}
    for code, words in column.allowed.items():
        known.update({parse_text(word).casefold(): code for word in words})

    def parse(text: str) -> str:
        bare = parse_text(text).casefold()
        if bare in known:
            return known[bare]
        near = difflib.get_close_matches(bare, list(known), n=1, cutoff=0.6)
        words = ", ".join(dict.fromkeys((words or (code,))[0] for code, words in column.allowed.items()))
        raise ValueProblem(
            "VAL-004",
            f"Något av: {words}." + (f" Menas ”{near[0]}”?" if near else ""),
            f"Skriv {column.label_sv.lower()} med något av orden.",
        )

    return parse


def parser_for(column: Column) -> Callable[[str], str]:
    """The parser of a column's kind. Personal keys have none here: they never become text (privacy.py)."""
    if column.kind == "code":
        return code_parser(column)
    return _PARSERS[column.kind]


_PARSERS: dict[str, Callable[[str], str]] = {
    "text": parse_text,
    "amount": parse_amount,
    "integer": parse_integer,
    "year": parse_year,
    "quarter": parse_quarter,
    "date": parse_date,
    "share": parse_share,
    "flag": parse_flag,
}
