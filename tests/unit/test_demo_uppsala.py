"""Uppsala's demo deliveries, read independently: their sums are the print's, their population is derived."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ingestion.demo.generate import DELIVERIES, SOURCES
from ingestion.feeds import member_feeds
from ingestion.privacy import passes_luhn

LANDING = DELIVERIES / "landing" / "uppsala-lan"
Row = dict[str, str]


def _source(table: str) -> list[Row]:
    with (SOURCES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _grid(path: Path) -> list[list[str]]:
    """A delivery's cells as text, title rows and all."""
    if path.suffix == ".xlsx":
        sheet = load_workbook(path).worksheets[0]
        return [
            ["" if cell is None else str(cell).removesuffix(" 00:00:00") for cell in row]
            for row in sheet.values
        ]
    content = path.read_bytes()
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp1252"
    return list(csv.reader(io.StringIO(content.decode(encoding)), delimiter=";", strict=True))


def _rows(path: Path) -> list[Row]:
    """Data rows by contract column; the total row is held against them."""
    feed = member_feeds()[path.parent.name]
    columns = {header.casefold(): column.name for column in feed.columns for header in column.headers}
    grid = [row for row in _grid(path) if any(row)]
    start = next(at for at, row in enumerate(grid) if all(cell.casefold() in columns for cell in row))
    header = [columns[cell.casefold()] for cell in grid[start]]
    rows = [dict(zip(header, row, strict=True)) for row in grid[start + 1 :]]
    if rows[-1][header[0]] == "Summa":
        total = rows.pop()
        assert _sum(rows) == _number(total["amount_sek"])
    return rows


def _number(text: str) -> int:
    return int(text.replace(" ", "").removesuffix("kr") or 0)


def _sum(rows: list[Row], column: str = "amount_sek") -> int:
    return sum(_number(row[column]) for row in rows)


def _printed(table: str, **cell: str) -> int:
    (found,) = [r["value_num"] for r in _source(table) if all(r[name] == v for name, v in cell.items())]
    return int(found)


# --- population ---


def _nearest(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)


def _search() -> Iterator[tuple[int, int, dict[str, int]]]:
    """(fees that come out on the krona, inhabitants, population by town) for every total that can be."""
    fees: dict[str, dict[str, int]] = {"2021": {}, "2022": {}}
    for row in _source("uppsala_member_fees"):
        if row["section"] == "Fördelning mellan kommunerna" and row["cell_kind"] == "leaf":
            fees[row["year"]][row["line_item"]] = int(row["value_num"])
    parts = {"2021": 5_772_500, "2022": 5_692_500}
    both = {town: fees["2021"][town] + fees["2022"][town] for town in fees["2021"]}
    for inhabitants in range(300_000, 450_001):
        towns = {town: _nearest(fee * inhabitants, sum(parts.values())) for town, fee in both.items()}
        if sum(towns.values()) == inhabitants:
            hits = sum(
                _nearest(part * people, inhabitants) == fees[year][town]
                for town, people in towns.items()
                for year, part in parts.items()
            )
            yield hits, inhabitants, towns


def test_the_population_is_the_only_one_that_gives_the_printed_fees() -> None:
    (best, inhabitants, towns), (second, *_) = sorted(_search(), key=lambda found: -found[0])[:2]
    assert (best, inhabitants) == (15, 388_076) and second == 10
    assert towns == {row["line_item"]: int(row["value_num"]) for row in _source("uppsala_population")}


# --- fees ---


@pytest.mark.parametrize(
    ("name", "version", "total"),
    [
        ("medlemsavgifter_2021.csv", "fastställd", 23_090_000),
        # the printed fees of the municipalities add up to a krona too much
        ("preliminara_medlemsavgifter_2022.xlsx", "preliminär", 22_770_001),
    ],
)
def test_fees_carry_the_population_key(name: str, version: str, total: int) -> None:
    rows = _rows(LANDING / "member_fees" / name)
    assert {row["fee_version"] for row in rows} == {version} and _sum(rows) == total
    assert len(rows) == 10 and rows[0]["member_name"] == "FK och AF genom FK"
    towns = [row for row in rows if row["member_code"]]
    assert len(towns) == 8 and {row["population_date"] for row in towns} == {"2020-11-01"}
    assert _sum(towns, "population_count") == 388_076
    assert not any(row["population_count"] for row in rows if row not in towns)


# --- budgets ---


def _year_sums(rows: list[Row], lines: tuple[str, ...]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for row in rows:
        if row["line_name"] in lines:
            sums[row["fiscal_year"]] += _number(row["amount_sek"])
    return dict(sums)


@pytest.mark.parametrize(
    ("name", "version", "years"),
    [
        ("prognos_2021-09-16.csv", "prognos", {"2021"}),
        ("beslutsutrymme_2021-09-16.xlsx", "budget", {"2021", "2022", "2023", "2024"}),
    ],
)
def test_budgets_are_thousands_whose_sums_are_printed(name: str, version: str, years: set[str]) -> None:
    rows = _rows(LANDING / "budgets" / name)
    assert {row["fiscal_year"] for row in rows} == years
    assert {(row["unit"], row["version_kind"], row["made_date"]) for row in rows} == {
        ("tkr", version, "2021-09-16")
    }
    granted, other = "Samverkansinsatser (beviljade)", "Övriga samverkansinsatser"
    opening = "Över-/underskott från tidigare år om ansökningar beviljas"
    for year in years:
        cell = {"year": year, "version": version}
        for lines, item in (
            ((granted,), "S:a samverkansinsatser"),
            ((other,), "S:a övriga samverkansinsatser"),
            ((granted, other), "SAMVERKANSINSATSER"),
            ((opening, "Medlemsavgifter"), "Totalt ingående beslutsutrymme"),
        ):
            printed = _printed("uppsala_decision_space", line_item=item, **cell)
            assert _year_sums(rows, lines)[year] == printed
    assert all(row["party_name"] for row in rows if row["line_name"] == granted)
    assert not any(row["party_name"] for row in rows if row["line_name"] != granted)


def test_the_initiative_that_stands_twice_keeps_both_rows() -> None:
    for name in ("prognos_2021-09-16.csv", "beslutsutrymme_2021-09-16.xlsx"):
        twice = [r for r in _rows(LANDING / "budgets" / name) if r["note"]]
        assert [(r["initiative_name"], r["party_name"], r["amount_sek"]) for r in twice] == [
            ("Lokussamordnare", "Älvkarleby", "35"),
            ("Lokussamordnare", "Älvkarleby", "119"),
        ]


# --- applications ---

APPLICATIONS = {
    "en_vag_in_steget_vidare": ("En väg in - steget vidare", 3_930_000, 310_000),
    "arbetslivsintro": ("Arbetslivsintro", 6_032_000, 0),
    "ung_framtid": ("Ung framtid", 8_410_000, 6_865_000),
    "framsteget_20": ("Framsteget 2.0", 9_357_500, 0),
    "jobbcentrum_din_vag_framat": ("Jobbcentrum - din väg framåt", 5_350_000, 1_494_616),
}


def _sheet(name: str, breakdown: str) -> list[Row] | None:
    found = list((LANDING / "applications").glob(f"{name}_{breakdown}.*"))
    return _rows(found[0]) if found else None


@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_sheet_of_an_application_gives_its_printed_total(name: str) -> None:
    code, applied, own = APPLICATIONS[name]
    sheets = {breakdown: _sheet(name, breakdown) for breakdown in ("poster", "per_ar", "per_part")}
    delivered = {breakdown: rows for breakdown, rows in sheets.items() if rows}
    if name == "ung_framtid":  # its posts are told in the text, without money
        assert delivered.keys() == {"per_part", "poster"} and _sum(delivered.pop("poster")) == 0
    else:
        assert delivered.keys() == sheets.keys()
    for breakdown, rows in delivered.items():
        assert _sum(rows) == applied
        assert breakdown == "per_ar" or _sum(rows, "own_financing_sek") == own
        assert {row["application_code"] for row in rows} == {code}
        assert {row["application_date"] for row in rows} == {"2021-09-16"}
    printed = [
        r["value_num"]
        for r in _source("uppsala_application_parties")
        if (r["initiative"], r["role"]) == (code, "Summa")
    ]
    assert printed[:2] == [str(applied), str(own)]


def test_posts_and_parties_of_an_application_agree() -> None:
    for name in APPLICATIONS:
        posts, parties = _sheet(name, "poster"), _sheet(name, "per_part")
        if posts and parties and _sum(posts):
            for column in ("amount_sek", "own_financing_sek"):
                by_post = Counter({r["party_name"]: 0 for r in parties})
                for row in posts:
                    by_post[row["party_name"]] += _number(row[column])
                assert by_post == Counter({r["party_name"]: _number(r[column]) for r in parties})


def test_the_proposals_are_the_first_year_of_what_is_applied_for() -> None:
    first = {name: _sheet(name, "forslag") for name in APPLICATIONS}
    assert sum(_sum(rows or []) for rows in first.values()) == 14_416_183
    for name, rows in first.items():
        years = _sheet(name, "per_ar")
        if years and rows:
            assert _sum(rows) == _sum([row for row in years if row["fiscal_year"] == "2022"])


def test_posts_keep_degree_dates_and_those_without_an_amount() -> None:
    rows = _sheet("arbetslivsintro", "poster") or []
    own = [row for row in rows if row["post_name"].endswith(". Socialsekreterare")]
    assert [(r["fte_share"], r["own_fte_share"], r["amount_sek"], r["own_financing_sek"]) for r in own] == [
        ("", "1", "0", "0")
    ] * 2
    part_time = next(row for row in rows if row["post_name"] == "Arbetsterapeut")
    assert (part_time["fte_share"], part_time["from_date"], part_time["to_date"]) == (
        "0.5",
        "2022-04-01",
        "2023-09-30",
    )
    degrees = {
        row["post_name"]: row["fte_share"]
        for row in _sheet("jobbcentrum_din_vag_framat", "poster") or []
        if row["fte_share"]
    }
    assert sum(Decimal(degree.removesuffix(" %")) for degree in degrees.values()) == 425


@pytest.mark.parametrize(("name", "posts", "full_time"), [("ung_framtid", 6, 425), ("smail", 10, 420)])
def test_posts_that_are_only_told_are_delivered_without_money(name: str, posts: int, full_time: int) -> None:
    rows = _sheet(name, "poster") or []
    assert len(rows) == posts and _sum(rows) == _sum(rows, "own_financing_sek") == 0
    assert sum(Decimal(row["fte_share"].removesuffix(" %")) for row in rows) == full_time


def test_no_row_of_a_sheet_stands_twice() -> None:
    grain = member_feeds()["applications"].grain
    for path in (LANDING / "applications").iterdir():
        keys = Counter(tuple(row.get(name, "") for name in grain) for row in _rows(path))
        assert max(keys.values()) == 1, path.name


def test_a_heading_in_thousands_stands_over_kronor() -> None:
    """As printed: the reader that believes it is a thousand times wrong."""
    grid = _grid(LANDING / "applications" / "framsteget_20_per_part.xlsx")
    assert any("Kostnader i tkr" in row for row in grid) and "9357500" in grid[-1]


# --- the register ---


def test_every_name_in_the_files_is_registered() -> None:
    def names(dataset: str) -> set[str]:
        with (DELIVERIES / "reference" / "uppsala-lan" / f"{dataset}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        return {name for r in rows for name in (r["Namn"], *r["Andra namn"].split("|")) if name}

    members, initiatives = names("members"), names("initiatives")
    for path in LANDING.rglob("*.*"):
        if path.parent.name == "published_figures":
            continue  # the paper's own words, which are no names
        for row in _rows(path):
            assert {row.get("member_name"), row.get("party_name")} - {None, ""} <= members
            assert {row.get("initiative_name")} - {None, ""} <= initiatives


def test_the_invented_organisation_number_can_be_nobodys() -> None:
    file = DELIVERIES / "reference" / "uppsala-lan" / "associations.csv"
    number = file.read_text(encoding="utf-8").splitlines()[1].split(";")[0]
    assert passes_luhn(number.replace("-", "")) and number.startswith("4")
