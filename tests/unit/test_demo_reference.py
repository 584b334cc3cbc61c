"""The demo's reference files fit their contracts and reach everything the deliveries use."""

import csv
from pathlib import Path

import pytest

from ingestion.demo.generate import DELIVERIES, SOURCES
from ingestion.demo.register import RESULT_TEXT
from ingestion.feeds import reference_feeds

FILES = sorted((DELIVERIES / "reference").rglob("*.csv"))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_headers_codes_and_keys_fit_the_contract(path: Path) -> None:
    feed = reference_feeds()[path.stem]
    columns = {header: column for column in feed.columns for header in column.headers}
    rows = _rows(path)
    assert rows
    keys = []
    for row in rows:
        assert None not in row and None not in row.values()
        canonical = {columns[header].name: value for header, value in row.items()}
        keys.append(tuple(canonical.get(name, "") for name in feed.grain))
        for column in feed.columns:
            value = canonical.get(column.name, "")
            assert value or not column.required
            accepted = {word for code, words in column.allowed.items() for word in (code, *words)}
            assert not column.allowed or not value or value in accepted
    assert len(set(keys)) == len(keys)


def test_every_dataset_but_none_more_is_there() -> None:
    not_needed = {"adopted_years", "delivery_terms", "municipalities", "value_aliases"}
    assert {path.stem for path in FILES} == set(reference_feeds()) - not_needed


def _kept(folder: str, name: str) -> list[dict[str, str]]:
    path = DELIVERIES / "reference" / folder / f"{name}.csv"
    return _rows(path) if path.exists() else []


@pytest.mark.parametrize("folder", ["common", "skelleftea-norsjo", "uppsala-lan"])
def test_lines_totals_and_the_map_agree(folder: str) -> None:
    """An association's own line takes the place of the common one with its code; its accounts reach either."""
    lines = {(r["Räkning"], r["Radkod"]): r for r in _kept("common", "report_lines")}
    lines |= {(r["Räkning"], r["Radkod"]): r for r in _kept(folder, "report_lines")}
    kinds = {key: row["Radslag"] for key, row in lines.items()}
    for (statement, _), row in lines.items():
        for total in filter(None, row["Summeras i"].split("|")):
            assert kinds[statement, total] == "summa"
    for row in _kept(folder, "account_map"):
        assert kinds[row["Räkning"], row["Radkod"]] == "rad"


def test_every_initiative_of_the_print_is_registered() -> None:
    with (SOURCES / "initiatives.csv").open(encoding="utf-8", newline="") as file:
        printed = {(r["initiative_id"], r["initiative"]): r["is_individual"] for r in csv.DictReader(file)}
    kept = _rows(DELIVERIES / "reference/skelleftea-norsjo/initiatives.csv")
    assert {(r["Insatskod"], r["Namn"]) for r in kept} == printed.keys()
    assert {r["Insatskod"] for r in kept if r["Individinriktad"] == "ja"} == {
        key[0] for key, individual in printed.items() if individual == "ja"
    }


def test_every_exit_text_has_one_code() -> None:
    codes = [r for r in _rows(DELIVERIES / "reference/common/code_lists.csv") if r["Lista"] == "exit_result"]
    words: dict[str, str] = {}
    for row in codes:
        for word in filter(None, (row["Benämning"], *row["Andra namn"].split("|"))):
            assert words.setdefault(word.casefold(), row["Kod"]) == row["Kod"]
    assert {text: words[text.casefold()] for text in RESULT_TEXT.values()} == {
        text: code for code, text in RESULT_TEXT.items()
    }
    groups = {
        "work",
        "studies",
        "sickness_compensation",
        "activity_compensation",
        "time_limit",
        "other",
        "unknown",
    }
    assert {r["Grupp"] for r in codes} == groups | {"work_or_studies", "misregistered"}


def _words(list_code: str) -> dict[str, set[str]]:
    """Every word of a list, as Skellefteå-Norsjö reads it, with the codes it may mean."""
    rows: dict[str, dict[str, str]] = {}
    for folder in ("common", "skelleftea-norsjo"):
        listed = _rows(DELIVERIES / f"reference/{folder}/code_lists.csv")
        rows |= {r["Kod"]: r for r in listed if r["Lista"] == list_code}
    words: dict[str, set[str]] = {}
    for code, row in rows.items():
        for word in filter(None, (code, row["Benämning"], *row["Andra namn"].split("|"))):
            words.setdefault(word.casefold(), set()).add(code)
    return words


def test_the_seven_printed_indicators_have_a_code_each() -> None:
    words = _words("progress_indicator")
    with (SOURCES / "uppsala_indicators.csv").open(encoding="utf-8", newline="") as file:
        codes = [words[row["line_item"].casefold()] for row in csv.DictReader(file)]
    assert len(codes) == 7
    assert all(len(code) == 1 for code in codes)
    assert len(set.union(*codes)) == 7


def test_age_bands_take_every_working_age_once() -> None:
    words = _words("age_band")
    assert {age: len(words.get(str(age), ())) for age in range(101)} == dict.fromkeys(range(101), 1)


@pytest.mark.parametrize(
    ("list_code", "headers"),
    [
        ("referrer", ["Remitterande myndighet"]),
        ("education", ["Utbildningsnivå"]),
        ("support", ["Försörjning före insats", "Försörjning efter insats"]),
        ("occupation", ["Sysselsättning före insats", "Sysselsättning efter insats"]),
    ],
)
def test_everything_told_of_participants_has_one_code(list_code: str, headers: list[str]) -> None:
    words = _words(list_code)
    assert {word: codes for word, codes in words.items() if len(codes) > 1} == {}
    path = DELIVERIES / "landing/skelleftea-norsjo/participants/deltagare_2017.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";", strict=True))
    told = {word for row in rows for header in headers for word in row[header].split("|") if word}
    assert len(told) > 2
    assert {word for word in told if word.casefold() not in words} == set()
