"""What the demo's associations deliver beside money and register: counts, referrals, statistics, a survey, measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.demo.margins import YEAR
from ingestion.demo.tables import SEXES, Row, leaf_rows, sex_of, spaced, text_bytes, text_line
from ingestion.feeds.progress import INDICATORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MUNICIPALITIES = {"Norsjö": "2417 Norsjö", "Skellefteå": "2482 Skellefteå"}
_STATISTICS = {
    "antal unga vuxna": "Unga vuxna",
    "unga som sökt vård/stöd": "Unga vuxna som sökt vård eller stöd",
}
_COUNTED_AS = {"En bra start": "personer", "NAFS Skellefteå-Norsjö": "individärenden"}
"""The initiatives that tell how many took part and nothing of each, and what they count."""
_SEX_TEXT = {"female": "Kvinnor", "male": "Män"}
_SENT = "2018-03-20"
_MEASURED = ("2022-03-14", "2022-06-13", "2022-09-12")
_MEASURED_PERSONS = 6


def skelleftea_files(sources: Path) -> Iterator[tuple[str, bytes]]:
    """(path under the association's inbox, content) of Skellefteå-Norsjö's small deliveries."""
    yield "public_statistics/unga_vuxna.csv", text_bytes(_statistic_lines(sources), "cp1252")
    yield f"participant_counts/deltagarantal_{YEAR}.csv", text_bytes(_count_lines(sources), "utf-8-sig")
    yield f"referrals/remisser_{YEAR}.csv", text_bytes(_referral_lines(sources), "cp1252")
    yield f"surveys/destination_halsa_{YEAR}.csv", text_bytes(_survey_lines(sources), "utf-8")
    yield f"follow_up_reports/uppfoljning_finsam_{YEAR}.csv", text_bytes(_sent_lines(sources), "cp1252")


def uppsala_files() -> Iterator[tuple[str, bytes]]:
    """As above, of Uppsala: invented people, measured as its application says, every thirteenth week."""
    yield "progress/matningar_2022.csv", text_bytes(_measurement_lines(), "utf-8-sig")


def _statistic_lines(sources: Path) -> Iterator[str]:
    """As a statistics office writes a table: its title, and a row per value."""
    yield "Unga vuxna 18–24 år efter region, ålder, kön och år"
    yield ""
    yield text_line(("region", "ålder", "kön", "tabellinnehåll", "år", "antal"))
    for row in leaf_rows(sources, "young_adults_population"):
        yield text_line(
            (
                _MUNICIPALITIES[row["municipality"]],
                f"{row['age']} år",
                row["sex_kon"].lower(),
                _STATISTICS[row["line_item"]],
                str(YEAR),
                row["value_num"],
            )
        )


def _count_lines(sources: Path) -> Iterator[str]:
    yield text_line(("Insats", "År", "Kön", "Mått", "Antal", "Räknat som"))
    told: dict[tuple[str, str], Row] = {}
    for row in leaf_rows(sources, "participants_by_initiative"):
        sex = sex_of(row)
        if row["initiative"] in _COUNTED_AS and sex:
            told.setdefault((row["initiative"], sex), row)  # told twice, alike
    for initiative, counted_as in _COUNTED_AS.items():
        for sex in SEXES:
            count = told[initiative, sex]["value_num"]
            yield text_line((initiative, str(YEAR), _SEX_TEXT[sex], "Deltagare", count, counted_as))


def _referral_lines(sources: Path) -> Iterator[str]:
    yield text_line(("Period", "Remittent", "Insats", "Antal"))
    for row in leaf_rows(sources, "nafs_referrals"):
        yield text_line((f"{YEAR}-H2", row["line_item"], row["initiative"], row["value_num"]))


def _survey_lines(sources: Path) -> Iterator[str]:
    yield text_line(
        (
            *("Enkät", "Omgång", "Insats", "Svarsgrupp", "Fråga", "Frågans lydelse"),
            *("Antal svar", "Antal positiva"),
        )
    )
    for row in leaf_rows(sources, "health_survey"):
        told = (row["section"], row["line_item"], row["answers"], row["value_num"])
        yield text_line(("Utbildningen hösten 2017", f"{YEAR}-H2", row["initiative"], "Deltagare", *told))


def _sent_lines(sources: Path) -> Iterator[str]:
    yield text_line(("År", "Lämnad den", "Insats", "Uppgift", "Lämnat tal"))
    for row in leaf_rows(sources, "follow_up_2017"):
        number = spaced(int(row["value_num"]))
        yield text_line((str(YEAR), _SENT, row["initiative"], row["line_item"], number))


def _measurement_lines() -> Iterator[str]:
    yield text_line(("Löpnummer", "Insats", "Mätdatum", "Bedömare", *(label for _, label, _ in INDICATORS)))
    for measured, day in enumerate(_MEASURED):
        for person in range(1, _MEASURED_PERSONS + 1):
            steps = (str(_step(person, at, measured)) for at in range(len(INDICATORS)))
            yield text_line((f"U-{person}", "Ung framtid", day, "Deltagaren", *steps))


def _step(person: int, indicator: int, measured: int) -> int:
    """An invented answer of one to ten: most move upwards, some stand still, a few go back."""
    pace = (1, 2, 0, 1, -1, 1, 2)[(person + 3 * indicator) % 7]
    return 3 + (2 * person + indicator) % 4 + pace * measured
