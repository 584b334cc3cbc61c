"""The words by which printed tables say what their rows and columns are. Field terms, nobody's paper in particular."""

from __future__ import annotations

import re
from functools import lru_cache

TOTAL = re.compile(
    r"^\W*(?:del|slut|total|års)?summa\b|^\W*s:a\b|^\W*s:ma\b|^\W*total(?:t|a|en)?\b|^\W*sammanlagt\b|^\W*grand total\b",
    re.I,
)
PART = re.compile(r"^\W*(?:varav|därav|darav|varav:|of which)\b", re.I)
OPENING = re.compile(
    r"\bingående\b|\bingång\b|\bårets början\b|\bårets ingång\b|\bperiodens början\b|\bib\b|"
    r"\bfrån (?:tidigare|föregående|fjol\w*) år\b|\bfr(?:ån|\.) föreg",
    re.I,
)
CLOSING = re.compile(r"\butgående\b|\b(?:årets|periodens|års) (?:utgång|slut)\b|\bub\b|\bvid bokslut", re.I)
RESULT = re.compile(
    r"\bresultat\b|\bnettokostnad|\böver-?/?-?underskott\b|\bbeslutsutrymme\b|\bkassaflöde (?:från|före|efter)\b|"
    r"\b(?:årets|periodens) kassaflöde\b",
    re.I,
)
CHANGE = re.compile(
    r"\bavvik|\bdiff|\bförändring|\bförändr\b|\bökning|\bminskning|\bbudgetavv|\bresterande|\bkvar av|\båterstår",
    re.I,
)
BALANCE = re.compile(
    rf"{CLOSING.pattern}|\beget kapital\b|\blikvida medel\b|\btillgångar\b|\bskulder\b", re.I
)
REST = re.compile(rf"{CLOSING.pattern}|\bnetto\w*|\bkvar\w*|\bvid (?:årets|periodens) slut", re.I)
WHOLE = re.compile(
    r"^\W*+(?:(?:att rekvirera|egenfinansiering)\W*+)?(?:alla|samtliga|hela|båda)\b|\balla insatsägare\b",
    re.I,
)
PER_WHOLE = re.compile(r"\bandel|\bprocent|%|\bkvot", re.I)

SEXES = {
    "female": ("kvinna", "kvinnor", "kv", "kv.", "flicka", "flickor", "k", "f", "female", "women", "tjejer"),
    "male": ("man", "män", "pojke", "pojkar", "m", "male", "men", "killar"),
    "unknown": (
        "okänt",
        "okänd",
        "ej angivet",
        "uppgift saknas",
        "annat",
        "övriga",
        "unknown",
        "anonym",
        "anonyma",
    ),
    "total": (
        "totalt",
        "total",
        "summa",
        "samtliga",
        "alla",
        "s:a",
        "båda",
        "tot",
        "tot.",
        "båda könen",
        "k+m",
        "",
    ),
}
_SEX = {word: sex for sex, words in SEXES.items() for word in words}

ROW_TYPES = {
    "line": ("line", "rad", "post", "category", "kategori", "belopp", "kostnad"),
    "subtotal": ("subtotal", "delsumma", "mellansumma"),
    "total": ("total", "summa", "totalt", "totalsumma", "slutsumma", "totalrad", "summarad", "sum"),
    "result": ("result", "resultat", "subtotal/result", "delsumma/resultat"),
    "heading": ("heading", "rubrik", "header", "title", "titel"),
    "part": ("varav", "därav", "part", "of which", "of_which"),
    "derived": ("derived", "härledd", "beräknad", "note", "upplysning"),
}
_ROW_TYPE = {word: kind for kind, words in ROW_TYPES.items() for word in words}

_VERSIONS = (
    ("change", CHANGE),
    ("forecast", re.compile(r"\bprognos", re.I)),
    ("budget", re.compile(r"budget", re.I)),
    ("plan", re.compile(r"\bplan\b|\bverksamhetsplan", re.I)),
    ("actual", re.compile(r"\butfall|\bbokslut|\bfaktisk|\bactual|\bredovis", re.I)),
)
MONEY = {"kr": 1, "kronor": 1, "sek": 1, "tkr": 1000, "kkr": 1000, "tsk": 1000, "tsek": 1000, "tusental kronor": 1000,
         "mnkr": 1_000_000, "mkr": 1_000_000, "msek": 1_000_000, "miljoner kronor": 1_000_000}  # fmt: skip
PERCENT = frozenset(("percent", "procent", "%", "promille", "‰"))


def fold(text: str) -> str:
    """A label as it is compared: lower case, white space and marks folded."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w/+&-]+", " ", text.casefold())).strip()


def sex_of(text: str) -> str | None:
    """female, male, unknown or total; None for a word that is none of them."""
    return _SEX.get(re.sub(r"\s+", " ", text.casefold()).strip())


def row_type_of(text: str) -> str:
    """The kind of row a word says; empty where it says none."""
    return _ROW_TYPE.get(re.sub(r"\s+", " ", text.casefold()).strip(), "")


@lru_cache(maxsize=1024)
def version_kind(text: str) -> str:
    """change, forecast, budget, plan or actual; the folded word itself for any other; actual where nothing is stated."""
    if not text.strip():
        return "actual"
    return next((kind for kind, words in _VERSIONS if words.search(text)), fold(text))


def years_of(text: str) -> tuple[int, ...]:
    """The years a column is for, the first and the last of a span: `2022`, `2022-2024`, `2005–2015`."""
    found = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)]
    return (min(found), max(found)) if len(found) > 1 and min(found) != max(found) else tuple(found[:1])


def year_key(text: str) -> str:
    """A year as it is compared: the last day of 2031 is 2031, any other day is itself."""
    closing = re.fullmatch(r"\W*((?:19|20)\d\d)(?:-?12-?31)?\W*", text)
    return closing[1] if closing else text


def scale_of(unit: str) -> int | None:
    """Kronor per unit; None for what is not money."""
    return MONEY.get(unit.casefold().strip(" ."))
