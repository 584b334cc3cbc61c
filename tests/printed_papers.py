"""Printed tables as people see them, turned into the cells `finsam proof` reads: a block of text per table."""

import csv
import re

COLUMNS = ("Handling", "Tabell", "Avsnitt", "Rad", "Radslag", "År", "Version", "Mått", "Part", "Kön", "Insats", "Enhet",
           "Tryckt värde", "Not")  # fmt: skip
_SEXES = ("kvinnor", "män", "totalt", "okänt")
_VERSION = re.compile(
    r"utfall|prognos|budget|plan|bokslut|avvikelse|diff|förändring|förslag|ack|jan", re.IGNORECASE
)


def cells_of(text, *, kinds=True):
    """Cells of tables: `# title; Enhet=tkr`, a header `Rad | 2024 utfall | …`, lines, and sections as `[Intäkter]`.

    A line that begins with `=` is a total, with `>` a result and with `.` a part; kinds=False leaves that to the words.
    """
    cells = []
    for line in filter(str.strip, text.strip().splitlines()):
        said = line.strip()
        if said.startswith("#"):
            title, *more = (part.strip() for part in said[1:].split(";"))
            same, header, section = dict(one.split("=") for one in more), [], ""
        elif said.startswith("["):
            section = said.strip("[]")
        elif not header:
            header = [_column(part.strip()) for part in said.split("|")[1:]]
        else:
            place = {"Tabell": title, "Avsnitt": section}
            cells += [same | one | place for one in _line(said, header, kinds=kinds)]
    return cells


def _column(said):
    found = {}
    for word in (part.strip() for part in said.split("/")):
        if word.casefold() in _SEXES:
            found["Kön"] = word
        elif "%" in word:
            found |= {"Mått": word, "Enhet": "procent"}
        elif word.startswith("@"):
            found["Part"] = word[1:]
        elif _VERSION.search(word):
            years = re.findall(r"20\d\d(?:[–-]20\d\d)?", word)
            found |= {"År": years[0]} if len(years) == 1 else {}
            version = (re.sub(r"\s*20\d\d(?:[–-]20\d\d)?", "", word) if len(years) == 1 else word).strip()
            found["Version"] = version
        elif re.match(r"20\d\d", word):
            found["År"] = word
        else:
            found["Mått"] = word
    return found


def _line(said, header, *, kinds):
    name, *values = (part.strip() for part in said.split("|"))
    kind = {"=": "summa", ">": "resultat", ".": "varav"}.get(name[:1], "rad")
    name, _, note = name.lstrip("=>.").strip().partition("^")
    stated = {"Radslag": kind} if kinds else {}
    return [
        {"Rad": name, "Not": note, "Tryckt värde": value} | stated | column
        for column, value in zip(header, values, strict=True)
        if value != "."
    ]


def write(path, cells):
    """The cells as a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=";", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows({"Handling": "ÅR 2031", **one} for one in cells)
    return path
