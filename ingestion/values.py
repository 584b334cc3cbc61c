"""One parser per kind of value: what senders write to canonical text, or a ValueProblem. Pure; never a
float."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Literal

from ingestion import calendar, places
from ingestion.calendar import EARLIEST_YEAR, LATEST_YEAR, parse_date, parse_period, parse_quarter, parse_year
from ingestion.cells import ValueProblem, match_key, parse_text, tidy
from ingestion.figures import canonical_figure
from ingestion.organisations import parse_organisation_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from ingestion.feed import Column

__all__ = [
    "EARLIEST_YEAR",
    "LATEST_YEAR",
    "Reading",
    "ValueProblem",
    "match_key",
    "parse_amount",
    "parse_date",
    "parse_flag",
    "parse_integer",
    "parse_organisation_number",
    "parse_period",
    "parse_quarter",
    "parse_share",
    "parse_text",
    "parse_year",
    "parser_for",
]

LONGEST_TEXT = 1000
LARGEST_AMOUNT = Decimal(10) ** 13
KRONA = "kr"
KRONOR_PER = {KRONA: 1, "tkr": 1_000, "mnkr": 1_000_000}
"""The units of money, as contracts code them, in kronor."""
DecimalSign = Literal[",", "."]

_YES = frozenset(("ja", "j", "sant", "true", "1", "x", "yes"))
_NO = frozenset(("nej", "n", "falskt", "false", "0", "no"))


@dataclass(frozen=True)
class Reading:
    """What the values of one delivery are read with, besides its contract.

    today: the business date; without it no day is in the future. year: what the delivery is for, where that is known
    before its rows are read. date_system: of the workbook. decimal_signs: column -> the sign agreed for its amounts.
    words: column -> word, as names compare -> code: the association's own.
    """

    today: date | None = None
    year: int | None = None
    date_system: calendar.DateSystem | None = None
    decimal_signs: Mapping[str, DecimalSign] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    places: places.Places | None = None


# --- amounts ---

_AMOUNT_FORMS = tuple(
    # (form, characters that group thousands, decimal sign)
    (re.compile(form, re.ASCII), groups, sign)
    for form, groups, sign in (
        (r"\d+", "", ""),
        (r"\d+,\d+", "", ","),
        (r"\d+\.\d+", "", "."),
        (r"\d{1,3}(?:([ '])\d{3})(?:\1\d{3})*", " '", ""),
        (r"\d{1,3}(?:([ '])\d{3})(?:\1\d{3})*,\d+", " '", ","),
        (r"\d{1,3}(?:([ '])\d{3})(?:\1\d{3})*\.\d+", " '", "."),
        (r"\d{1,3}(?:\.\d{3})+,\d{1,2}", ".", ","),
        (r"\d{1,3}(?:\.\d{3}){2,}", ".", ""),
        (r"\d{1,3}(?:,\d{3})+\.\d{1,2}", ",", "."),
        (r"\d{1,3}(?:,\d{3}){2,}", ",", ""),
    )
)
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_APOSTROPHES = str.maketrans("’", "'")
_AMOUNT_SUFFIX = re.compile(
    r"(?:(?:kr|sek|kronor)\.?|:-|,-)$", re.IGNORECASE
)  # the blanks before it are stripped after
_OTHER_UNIT = re.compile(r"(?:tkr|tsek|kkr|mnkr|mkr|msek|%)\.?$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)


def parse_amount(text: str, unit: str = KRONA, decimal_sign: DecimalSign | None = None) -> str:
    """Kronor as `-1250000.50`. Reads the Swedish notations; raises ValueProblem (VAL-001) for anything
    ambiguous.

    Grouping by space, no-break space, `'` or `.`; decimal comma or point; minus before, after, as a dash
    or as parentheses; `kr`, `:-` or `,-` after. `1.234` alone is ambiguous and refused, never guessed, unless the
    sender has agreed on a decimal_sign; then the other sign groups thousands and nothing else.
    unit: what the amount is sent in; it is turned into kronor exactly.
    """
    bare = tidy(text).translate(_APOSTROPHES)
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
    plain = _plain_digits(digits, decimal_sign)
    amount = _to_ore(plain, KRONOR_PER[unit])
    return f"{-amount if is_negative and amount else amount:.2f}"


def _split_sign(bare: str) -> tuple[str, bool]:
    if bare.startswith("(") and bare.endswith(")"):
        return bare[1:-1].strip(), True
    if bare.startswith("-"):
        return bare[1:].strip(), True
    if bare.endswith("-"):
        return bare[:-1].strip(), True
    return bare.removeprefix("+").strip(), False


def _plain_digits(digits: str, agreed: DecimalSign | None) -> str:
    """The digits without groups, with a decimal point; where the sign was agreed, the other can only group."""
    if _AMBIGUOUS.fullmatch(digits):
        if agreed is None:
            raise _amount_problem(
                "Ett entydigt belopp; punkten eller kommat kan här vara tusental eller decimaler.",
                "Skriv decimaler med komma och två siffror, till exempel 1234,00; eller be förvaltaren anteckna rubrikens "
                "decimaltecken bland förbundets egna rubriker.",
            )
        return digits.replace(agreed, ".") if agreed in digits else re.sub("[.,]", "", digits)
    if re.match(r"0\d", digits):
        raise _amount_problem(
            "Ett belopp; inledande nolla tyder på en kod eller ett konto i fel kolumn.",
            "Se efter att beloppet står i rätt kolumn.",
        )
    for form, groups, sign in _AMOUNT_FORMS:
        if not form.fullmatch(digits):
            continue
        if agreed and (sign not in ("", agreed) or agreed in groups):
            raise _amount_problem(
                f"Ett belopp med det decimaltecken som är antecknat för kolumnen, {agreed}.",
                "Skriv alla belopp i kolumnen lika, eller be förvaltaren rätta decimaltecknet.",
            )
        plain = digits.translate({ord(mark): None for mark in groups})
        return plain.replace(sign, ".") if sign else plain
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


# --- numbers, flags, codes ---


def parse_integer(text: str) -> str:
    """A whole number as `1250`; groups of three may be parted by spaces. Raises ValueProblem (VAL-003)."""
    bare = tidy(text).translate(_APOSTROPHES)
    if re.fullmatch(r"-?(?:0|[1-9]\d{0,17}|[1-9]\d{0,2}(?:([ '])\d{3})(?:\1\d{3}){0,4})", bare, re.ASCII):
        return "0" if bare == "-0" else bare.replace(" ", "").replace("'", "")
    if re.fullmatch(r"-?\d{1,3}(?:[.,]\d{3})+", bare, re.ASCII):
        raise ValueProblem(
            "VAL-003",
            "Ett heltal; punkten eller kommat kan här vara tusental eller decimaler.",
            f"Skriv {re.sub('[.,]', ' ', bare)} om det är tusental som menas.",
        )
    raise ValueProblem("VAL-003", "Ett heltal, till exempel 1250.", "Skriv talet med bara siffror.")


_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,10})?) ?(%?)", re.ASCII)
_POSTS = re.compile(r"(\d{1,4}(?:\.\d{1,4})?) ?(%?)", re.ASCII)
_FRACTION = re.compile(r"(\d{1,3}) ?/ ?([1-9]\d{0,2})", re.ASCII)


def parse_share(text: str) -> str:
    """A share from 0 to 1 as `0.25`; `25 %` is read as such. Raises ValueProblem (VAL-003).

    A number above 1 without a percent sign is refused, and so is a fraction: Excel may have made a date of it.
    """
    bare = tidy(text).replace(",", ".")
    if found := _SHARE.fullmatch(bare):
        share = Decimal(found[1]) / (100 if found[2] else 1)
        if share <= 1:
            return f"{share.normalize():f}"
        hint = _in_percent(share) if not found[2] and share <= 100 else ""
        raise _share_problem(hint)
    if (found := _FRACTION.fullmatch(bare)) and int(found[1]) <= int(found[2]):
        share = Decimal(found[1]) / Decimal(found[2])
        exact = share == round(share, 4)
        raise _share_problem(f"Skriv {_swedish(share)}, om det är det som menas." if exact else "")
    raise _share_problem()


_MOST_POSTS = 20


def parse_posts(text: str) -> str:
    """Posts as parts of full time, `0.5` or `1.95`; `195 %` is read as such. Raises ValueProblem (VAL-003).

    Unlike a share they may be more than one: two who work together, or a row that holds a whole team. A whole
    number above 1 without a percent sign is refused: 10 may be a tenth of a post or ten people.
    """
    bare = tidy(text).replace(",", ".")
    if found := _POSTS.fullmatch(bare):
        posts = Decimal(found[1]) / (100 if found[2] else 1)
        if posts <= 1 or (posts <= _MOST_POSTS and (found[2] or "." in found[1])):
            return f"{posts.normalize():f}"
        raise _posts_problem(
            "" if found[2] else f"{_in_percent(posts)} Är det heltider, skriv {_swedish(posts)},0 som text."
        )
    raise _posts_problem()


def _posts_problem(remedy_sv: str = "") -> ValueProblem:
    return ValueProblem(
        "VAL-003",
        f"Del av heltid, till exempel 0,5 eller 50 %; flera tjänster på en rad 1,95 eller 195 %, högst {_MOST_POSTS}.",
        remedy_sv or "Skriv delen med decimalkomma eller med procenttecken.",
    )


def _in_percent(number: Decimal) -> str:
    percent = _swedish(number)
    return f"Är det procent, skriv {percent} % eller {_swedish(number / 100)}."


def _swedish(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")


def _share_problem(remedy_sv: str = "") -> ValueProblem:
    return ValueProblem(
        "VAL-003",
        "En andel från 0 till 1, till exempel 0,25 eller 25 %.",
        remedy_sv or "Skriv andelen med decimalkomma eller med procenttecken.",
    )


def parse_flag(text: str) -> str:
    """`true` or `false` from ja/nej, x, 1/0, sant/falskt. Raises ValueProblem (VAL-004)."""
    bare = parse_text(text).casefold()
    if bare in _YES:
        return "true"
    if bare in _NO:
        return "false"
    raise ValueProblem("VAL-004", "Ja eller nej.", "Skriv ja eller nej.")


def code_parser(column: Column, own_words: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """A parser for one column's codes and what senders write for them. It raises ValueProblem (VAL-004).

    own_words: the association's own words -> codes; they win. A word for a code the contract has not is none.
    """
    known = {_word(code): code for code in column.allowed}
    for code, words in column.allowed.items():
        known.update({_word(word): code for word in words})
    known.update({_word(word): code for word, code in (own_words or {}).items() if code in column.allowed})

    def parse(text: str) -> str:
        bare = _word(text)
        if bare in known:
            return known[bare]
        near = difflib.get_close_matches(bare, known, n=3, cutoff=0.6)
        words = ", ".join(dict.fromkeys((words or (code,))[0] for code, words in column.allowed.items()))
        raise ValueProblem(
            "VAL-004",
            f"Något av: {words}."
            + (f" Menas {' eller '.join(f'”{word}”' for word in near)}?" if near else ""),
            f"Skriv {column.label_sv.lower()} med något av orden, eller be förvaltaren anteckna ordet bland förbundets egna.",
        )

    return parse


def _word(text: str) -> str:
    return parse_text(text).casefold()


def parse_member_code(text: str, of: places.Places | None = None, year: int | None = None) -> str:
    """A member's municipality code `0380` or organisation number `222000-1933`, by how many digits there are."""
    bare = tidy(text)
    if len(re.sub(r"[^0-9]", "", bare)) > 4:
        return parse_organisation_number(bare)
    return (of or places.packaged()).parse(bare, year)


def parser_for(column: Column, reading: Reading | None = None) -> Callable[..., str]:
    """The parser of a column's kind. Personal keys have none here: they never become text (privacy.py)."""
    given = reading or Reading()
    makers: dict[str, Callable[[], Callable[..., str]]] = {
        "code": lambda: code_parser(column, given.words.get(column.name)),
        "amount": lambda: _amount_parser(given.decimal_signs.get(column.name)),
        "date": lambda: _date_parser(column, given),
        "period": lambda: calendar.period_parser(column.grains),
        "municipality": lambda: _place_parser(given),
        "member_code": lambda: lambda text: parse_member_code(text, given.places, given.year),
    }
    return makers[column.kind]() if column.kind in makers else _PARSERS[column.kind]


def _amount_parser(decimal_sign: DecimalSign | None) -> Callable[..., str]:
    return lambda text, unit=KRONA: parse_amount(text, unit, decimal_sign)


def _place_parser(reading: Reading) -> Callable[[str], str]:
    known = reading.places or places.packaged()
    return lambda text: known.parse(text, reading.year)


def _date_parser(column: Column, reading: Reading) -> Callable[[str], str]:
    def parse(text: str) -> str:
        found = parse_date(text, reading.date_system)
        if column.has_happened and reading.today is not None:
            calendar.refuse_future(found, reading.today)
        return found

    return parse


_PARSERS: dict[str, Callable[[str], str]] = {
    "text": parse_text,
    "integer": parse_integer,
    "year": parse_year,
    "quarter": parse_quarter,
    "share": parse_share,
    "posts": parse_posts,
    "flag": parse_flag,
    "organisation_number": parse_organisation_number,
    "figure": canonical_figure,
}
