"""Fuzzes a reader through the whole examination: `python -m tests.fuzz delimited --seconds 600 --seed 1`.

Damaged copies of the fixtures (and of generated files) must end in one of two ways: accepted with the row account
holding, or refused by rules that have cards, in sentences, without a personal number. No other exception, no case over
five seconds of work, no growth of memory. Cases depend on reader, seed and number alone: `--first N --count 1` runs
case N again. The failing file is kept and its path printed.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

FIXTURES = Path(__file__).resolve().parent / "fixtures"
SUFFIXES = {
    "delimited": (".csv", ".txt"),
    "xlsx": (".xlsx",),
    "xls": (".xls",),
    "sie": (".se", ".si", ".sie"),
    "wide": (".csv", ".txt"),
    "followed": (".csv", ".txt", ".json"),
}
WIDE_FEEDS = ("applications", "budgets")
"""Feeds that are printed with a column per year or party; their fixtures and generated plans are the seeds of `wide`."""
FOLLOWED_FEEDS: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "surveys": ("enkat", {
        "Enkät": ("Årsenkäten",), "Omgång": ("2031-H2",), "Insats": ("Steget", ""), "Svarsgrupp": ("Deltagare", "Personal"),
        "Fråga": ("1", "2", "3", "4", "5", "6"), "Skala": ("", "Ja/nej"), "Svar": ("", "Ja", "Vet ej", "4"),
        "Antal svar": ("12", "För få svar", "Utfall saknas", ""), "Antal positiva": ("9", "0", "", "-"),
        "Svarsnummer": ("", "1", "2"), "Fritext": ("", "Bra; mycket bra", "=1+1"),
    }),
    "progress": ("matningar 2031", {
        "Löpnummer": ("K-1", "K-2", "K-3"), "Insats": ("Steget", "Klivet"), "Mätdatum": ("2031-02-15", "2031-05-15", "20310815"),
        "Bedömare": ("Deltagaren", "Handläggare"), "Hälsa": ("", "3", "10"), "Samarbete": ("", "4", "Start"),
        "Indikator": ("", "Stegtrappan"), "Bedömning": ("", "Start", "Arbete"), "Skala": ("", "Tio steg"),
    }),
    "public_statistics": ("folkmangd", {
        "region": ("2482 Skellefteå", "2417 Norsjö", "24", "Riket"), "ålder": ("16-24 år", "20-29", "65+", "totalt", "okänd"),
        "kön": ("män", "kvinnor", "totalt"), "Folkmängd 2030": ("23456", "1 234,5", "..", ""), "Folkmängd 2031": ("7", "0", "."),
    }),
    "referrals": ("remisser_2031", {
        "Vecka": ("2031-v11", "v. 12 2031", "2031-kv1", "2031-01"), "Avsändare": ("AF", "Socialtjänsten", "Brevbäraren"),
        "Mottagare": ("Steget", "Klivet", "Psykiatrin"), "Kön": ("Kvinnor", "Män", ""), "Antal": ("4", "<5", "0", "-1"),
        "varav antagna": ("3", "", "9"),
    }),
    "participant_counts": ("deltagarantal", {
        "Insats": ("Kursen", "Bron"), "Halvår": ("2031-H1",), "Kön": ("Kvinnor", "Män", "Alla"),
        "Mått": ("Deltagare", "varav nya", "Avslutade", "Kvar"), "Avslut till": ("", "Arbete", "Studier"),
        "Antal": ("110", "Färre än 5", "7,5", ""), "Räknat som": ("personer", "", "ärenden"),
    }),
    "follow_up_reports": ("uppfoljning", {
        "År": ("2031",), "Lämnad den": ("2032-01-10",), "Insats": ("", "Steget", "Klivet"),
        "Uppgift": ("Eget kapital", "Utfall", "Deltagare, kvinnor", "Inriktning"), "Lämnat tal": ("1 291 000,50", "3", "", "-7"),
        "Lämnad text": ("", "Individinriktad"),
    }),
}  # fmt: skip
"""Feeds about what is followed up: a file's name, its headers and what its cells may hold; seeds of `followed`, like fixtures."""
SECONDS_PER_CASE = 5
MOST_MEMORY = 3 << 30  # address space, libraries and Arrow's pool included
MOST_GROWTH = 400 << 20
SILENCE = 120  # seconds without a finished case: the child hangs outside Python
EXACT_EVERY = 4  # every fourth delimited case is also read the exact way
STRUCTURE = (
    b";", b",", b"\t", b"|", b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b"\x1a", b"\x0c", b" ", b"-", b"(", b"{", b"}",
    b"#", b"\\", b"=", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\xe5", b"\x86", b"\xc2\xa0", b"\xe2\x80\x8f",
    b"\xe2\x88\x92", b"A\xcc\x8a", b"\xf0\x9f\x98\x80", b"Summa;;1;\n", b"sep=,\n", b"1E+05", b"1,234", b"#KSUMMA\n",
    b"Budget 2031", b"varav ", b"Summa", b"Bilaga A", b"Plan 2005-15", b"\nKostnader;;\n",
    b"#VER A 1 20310101\n{\n", b'="0380"', b"Sida 1 av 2\n", b"9" * 40, b"A" * 1100, b"N" * 9_000,
)  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """A file to damage: its feed, its name and its bytes."""

    feed_id: str
    name: str
    content: bytes


class TooSlow(BaseException):
    """A case took more than its time; no reader may swallow it."""


class Broken(AssertionError):
    """A promise the reader broke."""


def seeds_of(reader: str) -> list[Seed]:
    """Every fixture that reader reads, and generated files."""
    found = [
        Seed(path.relative_to(FIXTURES).parts[0], path.name, path.read_bytes())
        for path in sorted(FIXTURES.rglob("*"))
        if path.suffix.lower() in SUFFIXES[reader] and len(path.relative_to(FIXTURES).parts) == 3
    ]
    found = [seed for seed in found if seed.content]
    if reader == "wide":
        rng = random.Random("plans")
        plans = [Seed("budgets", f"plan{number}.csv", _plan(rng)) for number in range(30)]
        return [seed for seed in found if seed.feed_id in WIDE_FEEDS] + plans
    if reader == "followed":
        rng = random.Random("followed")
        drawn = [_followed(rng, feed_id, number) for number in range(5) for feed_id in FOLLOWED_FEEDS]
        drawn += [
            Seed("public_statistics", f"statistik{number}.json", _jsonstat(rng)) for number in range(10)
        ]
        return [seed for seed in found if seed.feed_id in FOLLOWED_FEEDS] + drawn
    return found + (_generated(random.Random("generated")) if reader == "delimited" else [])


def readers_with_seeds() -> list[str]:
    """The readers that have files to damage."""
    return [reader for reader in SUFFIXES if seeds_of(reader)]


def _generated(rng: random.Random) -> list[Seed]:
    return [Seed("member_fees", f"avgifter{number}.csv", _table(rng)) for number in range(20)]


def _table(rng: random.Random) -> bytes:
    """One valid file of member fees in some dialect."""
    names = ["Åsele", "Göteborg", 'Dalby "nya"', "Älvsbyn; norra", "Näs"]
    rows = [
        [f"{rng.choice(names)} {at}", "2031", f"{rng.randrange(1, 10**6)},{rng.randrange(100):02}"]
        for at in range(rng.randrange(1, 12))
    ]
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=rng.choice(";\t|,"),
        lineterminator=rng.choice(["\n", "\r\n"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    if rng.random() < 0.3:
        writer.writerows([["Medlemsavgifter", "", ""], ["", "", ""]])
    writer.writerows([["Medlem", "År", "Belopp"], *rows])
    if rng.random() < 0.5:
        total = sum(int(row[2].replace(",", "")) for row in rows)
        writer.writerow(["Summa", "", f"{total // 100},{total % 100:02}"])
    return text.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "cp1252", "cp437"]))


def _plan(rng: random.Random) -> bytes:
    """One plan with a column per year: sections, lists of initiatives, varav rows, sums and a summed column."""
    columns = rng.sample(("Utfall 2021–2030", "Prognos 2031", "Budget 2032", "Plan 2033", "2034"), 3)
    columns = [f"Plan {one}" if one == "2034" else one for one in columns]
    has_sums = rng.random() < 0.5
    rows: list[list[str]] = [["Upprättad", "2031-11-20"], ["Enhet", rng.choice(("kr", "tkr", "mnkr"))]]
    if rng.random() < 0.3:
        rows.append(["Kostnader skrivs med", rng.choice(("plus", "minus"))])
    rows.append([rng.choice(("Post", "", "Belopp i tkr")), *columns, *(["Summa"] if has_sums else [])])
    above = [0] * len(columns)
    for heading in ("Intäkter", "Kostnader", "A. Beslutade projekt", "B1 Befintliga", "Bilaga C"):
        rows.append([heading])
        for line in rng.sample(("Kansli", "P45UT3 Torget", "Styrelse", "– Kursen", "1. Lokal", "Region"), 3):
            amounts = [rng.randrange(0, 10_000) for _ in columns]
            above = [one + amount for one, amount in zip(above, amounts, strict=True)]
            rows.append([line, *(_printed(one, rng) for one in amounts)])
            rows += [["varav lokal", *(f"{one // 3}" for one in amounts)]] * (rng.random() < 0.3)
        rows.append([rng.choice(("Summa", f"Summa {heading}", "Årets resultat")), *map(str, above)])
    width = 1 + len(columns) + has_sums
    text = io.StringIO()
    writer = csv.writer(text, delimiter=rng.choice(";\t"), lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writerows([*row[:width], *[""] * (width - len(row))] for row in rows)
    return text.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "cp1252"]))


def _printed(amount: int, rng: random.Random) -> str:
    return rng.choice((str(amount), f"{amount:,}".replace(",", " "), f"-{amount}", "-", "", f"{amount},5"))


def _followed(rng: random.Random, feed_id: str, number: int) -> Seed:
    """One file of a feed about what is followed up: its headers, some left out, over cells drawn from what they may hold."""
    name, cells = FOLLOWED_FEEDS[feed_id]
    headers = [header for at, header in enumerate(cells) if at < 3 or rng.random() < 0.85]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=rng.choice(";\t"), lineterminator=rng.choice(["\n", "\r\n"]))
    if rng.random() < 0.3:
        writer.writerows([["Sammanställning", *[""] * (len(headers) - 1)], [""] * len(headers)])
    writer.writerow(headers)
    writer.writerows([rng.choice(cells[header]) for header in headers] for _ in range(rng.randrange(1, 25)))
    content = text.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "cp1252"]))
    return Seed(feed_id, f"{name} {number}.csv".replace(" ", rng.choice(" _")), content)


def _jsonstat(rng: random.Random) -> bytes:
    """One table as the statistics offices' services answer, in either form of the format."""
    kept: dict[str, dict[str, str]] = {
        "Region": {"2482": "Skellefteå", "2417": "Norsjö", "24": "Västerbottens län"},
        "Alder": {"16-24": "16-24 år", "25": "25 år", "tot": "totalt ålder", "85+": "85+ år"},
        "Kon": {"1": "män", "2": "kvinnor", "1+2": "totalt"},
        "ContentsCode": {"BE01": "Folkmängd"},
        "Tid": {"2030": "2030", "2031K1": "2031K1", "2031M02": "2031M02"},
    }
    chosen = {
        name: dict(rng.sample(sorted(labels.items()), rng.randrange(1, len(labels) + 1)))
        for name, labels in kept.items()
        if name in ("Region", "Tid") or rng.random() < 0.7
    }
    sizes = [len(labels) for labels in chosen.values()]
    count = 1
    for size in sizes:
        count *= size
    values = [rng.choice((None, 0, 7, 812, 790.5, -3)) for _ in range(count)]
    dimension: dict[str, object] = {
        name: {"label": name.lower(), "category": {"index": _indexed(rng, labels), "label": labels}}
        for name, labels in chosen.items()
    }
    size = {"id": list(chosen), "size": sizes, "role": {"time": ["Tid"], "geo": ["Region"]}}
    told = (
        values if rng.random() < 0.5 else {str(at): one for at, one in enumerate(values) if one is not None}
    )
    if rng.random() < 0.3:
        return json.dumps(
            {"dataset": {"label": "Folkmängd", "dimension": {**dimension, **size}, "value": told}}
        ).encode()
    about = {"version": "2.0", "class": "dataset", "label": "Folkmängd efter region och år"}
    return json.dumps(
        {**about, **size, "dimension": dimension, "value": told}, ensure_ascii=rng.random() < 0.5
    ).encode()


def _indexed(rng: random.Random, labels: dict[str, str]) -> object:
    return list(labels) if rng.random() < 0.5 else {code: at for at, code in enumerate(labels)}


# --- damage ---


def mutated(seed: Seed, others: list[Seed], rng: random.Random) -> bytes:
    """The seed's bytes after one to four changes; workbooks are also changed inside the package."""
    content = seed.content
    if zipfile.is_zipfile(io.BytesIO(content)) and rng.random() < 0.7:
        return _in_package(content, others, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        content = rng.choice(MUTATIONS)(content, others, rng)
    return content


def _in_package(content: bytes, others: list[Seed], rng: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        members = {info.filename: package.read(info) for info in package.infolist()}
    name = rng.choice(sorted(members))
    for _ in range(rng.choice((1, 1, 2))):
        members[name] = rng.choice(MUTATIONS)(members[name], others, rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            if rng.random() > 0.02:
                package.writestr(name, data)
    return packed.getvalue()


def _flip(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _set(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    changed = bytearray(content)
    if changed:
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _drop(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return content[:start] + content[end:]


def _double(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return content[:end] + content[start:end] * rng.choice((1, 1, 2, 50)) + content[end:]


def _splice(content: bytes, others: list[Seed], rng: random.Random) -> bytes:
    other = rng.choice(others).content
    return content[: rng.randrange(len(content) + 1)] + other[rng.randrange(len(other) + 1) :]


def _insert(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(STRUCTURE) * rng.choice((1, 1, 1, 2, 7)) + content[at:]


def _swap_cells(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    sign = max((b";", b",", b"\t", b"|", b" "), key=lines[at].count)
    cells = lines[at].split(sign)
    first, second = rng.randrange(len(cells)), rng.randrange(len(cells))
    cells[first], cells[second] = cells[second], cells[first]
    lines[at] = sign.join(cells)
    return b"\n".join(lines)


def _swap_lines(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def _huge(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    size = rng.choice((1_100, 40_000, 1 << 20, (1 << 21) + 5))
    sign = rng.choice((b"x", b"9", b"\xc3\xa5", b" ", b'"', b";", b"\n", b"-", b"("))
    return content[:at] + sign * (size if sign != b"\n" else size // 50) + content[at:]


def _recode(content: bytes, _others: list[Seed], rng: random.Random) -> bytes:
    with suppress(UnicodeError):
        text = content.decode(rng.choice(("utf-8", "cp1252", "cp437", "mac_roman")))
        return text.encode(
            rng.choice(("utf-8", "cp1252", "cp850", "utf-16", "utf-32-le", "iso8859-15", "mac_roman"))
        )
    return content[::-1]


def _span(content: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.choice((1, 2, 8, 64, 1024)))


MUTATIONS = (
    _flip, _flip, _set, _cut, _drop, _double, _splice, _insert, _insert, _insert, _swap_cells, _swap_cells, _swap_lines, _huge,
    _recode,
)  # fmt: skip


# --- the oracle ---


def prove(path: Path, feed_id: str) -> str:
    """Examine one file and hold the reader to its promises. Returns `accepted` or the rules that refused it."""
    from expectations.suites import suite_for
    from ingestion.feeds import all_feeds
    from ingestion.readers.table import DeliveryUnreadable
    from tests.contract.gate_one import begin

    try:
        examination = begin(path, all_feeds()[feed_id])
        loaded = sum(block.num_rows for block in examination.blocks()) - len(examination.late_rows)
        facts = examination.facts("fuzz")
    except DeliveryUnreadable as problem:
        _is_explained(problem.fault)
        return problem.fault.rule_id
    if (
        loaded != facts.rows_loaded
        or facts.rows_read != loaded + facts.rows_quarantined + facts.rows_non_data
    ):
        raise Broken(f"the row account does not hold: {facts.rows_read} read, {loaded} loaded")
    ceilings = {rule.rule.id: rule.ceiling(facts) for rule in suite_for(feed_id).gate_rules}
    failed = {id_ for id_, measured in facts.measured.items() if measured.failed > ceilings.get(id_, 0)}
    faults = examination.faults(facts)
    for fault in faults:
        _is_explained(fault)
    if unexplained := failed - {fault.rule_id for fault in faults}:
        raise Broken(f"refused by {unexplained} without a fault")
    return " ".join(sorted(failed)) or "accepted"


def _is_explained(fault: object) -> None:
    from expectations.suites import all_rules
    from ingestion.privacy import looks_personal

    rule_id, said = fault.rule_id, (fault.expected_sv, fault.remedy_sv)  # type: ignore[attr-defined]
    if rule_id not in all_rules():
        raise Broken(f"{rule_id} has no card")
    if not all(text.strip() for text in said):
        raise Broken(f"{rule_id} says nothing: {said}")
    if looks_personal(" ".join((*said, fault.value or "", fault.column or ""))):  # type: ignore[attr-defined]
        raise Broken(f"{rule_id} shows a personal number")


def both_ways_agree(path: Path, feed_id: str) -> None:
    """Delimited text is read alike by the fast way and the exact way."""
    from ingestion.readers import delimited

    fast = _read(path, feed_id)
    with mock.patch.object(delimited._Reading, "_closes_its_quotes", return_value=False):
        exact = _read(path, feed_id)
    if fast != exact:
        raise Broken("the fast way and the exact way differ")


def _read(path: Path, feed_id: str) -> object:
    from ingestion.feeds import all_feeds
    from ingestion.readers import read
    from ingestion.readers.table import DeliveryUnreadable

    try:
        table = read(path, all_feeds()[feed_id])
        rows = [row for block in table.blocks for row in block.table.to_pylist()]
    except DeliveryUnreadable as problem:
        return problem.fault.rule_id, problem.fault.row_number
    return rows, table.non_data, table.faults, table.total_rows, table.open_total


# --- running ---


def run_case(reader: str, seed: str, number: int, seeds: list[Seed], scratch: Path) -> tuple[Path, str]:
    """Case `number`: its file, and how it ended. Raises what the reader raised, or Broken, or TooSlow."""
    rng = random.Random(f"{reader}/{seed}/{number}")
    chosen = rng.choice(seeds)
    path = scratch / chosen.feed_id / chosen.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(mutated(chosen, seeds, rng))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_PROF, SECONDS_PER_CASE)
    try:
        ended = prove(path, chosen.feed_id)
        is_read_both_ways = reader in ("delimited", "wide", "followed") and path.suffix != ".json"
        if is_read_both_ways and number % EXACT_EVERY == 0 and path.stat().st_size < 1 << 20:
            both_ways_agree(path, chosen.feed_id)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 > MOST_GROWTH:
        raise Broken("memory grew out of bounds")
    return path, ended


def child(reader: str, seed: str, numbers: range, scratch: Path) -> int:
    """Run the cases one by one; a line for each on standard output. Ends at the first failure."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGPROF, _too_slow)
    seeds = seeds_of(reader)
    for warm in seeds[:1]:  # what a process imports and allocates once is not a case's
        path = scratch / warm.name
        path.write_bytes(warm.content)
        prove(path, warm.feed_id)
    for number in numbers:
        try:
            _path, ended = run_case(reader, seed, number, seeds, scratch)
        except (Exception, TooSlow) as problem:
            print(f"{number} FAILED {type(problem).__name__}: {str(problem)[:300]}", flush=True)
            return 1
        print(f"{number} {ended}", flush=True)
    return 0


def _too_slow(_signal: int, _frame: object) -> None:
    raise TooSlow(f"more than {SECONDS_PER_CASE} seconds of work")


@dataclass(frozen=True)
class Fuzzed:
    """How a run went: cases run, how they ended, and the failure with its file, if any."""

    cases: int
    endings: dict[str, int]
    failure: str | None = None


def fuzz(
    reader: str,
    seed: str,
    keep: Path,
    *,
    first: int = 0,
    count: int | None = None,
    seconds: float | None = None,
) -> Fuzzed:
    """Run cases in a child process until count or seconds are spent, or one fails; its file is kept in `keep`."""
    scratch = keep / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    started, endings, number = time.monotonic(), dict[str, int](), first - 1
    last = sys.maxsize if count is None else first + count
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        reader,
        "--child",
        "--seed",
        seed,
        "--first",
        str(first),
        "--last",
        str(last),
    ]
    process = subprocess.Popen(
        [*command, "--keep", str(scratch)],
        cwd=FIXTURES.parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = _Watchdog(process)
    try:
        for line in process.stdout or ():
            watchdog.reset()
            word, _, ended = line.strip().partition(" ")
            number = int(word)
            if ended.startswith("FAILED"):
                return Fuzzed(
                    number - first + 1,
                    endings,
                    f"case {number}: {ended}: {_kept(reader, seed, number, keep)}",
                )
            endings[ended] = endings.get(ended, 0) + 1
            if seconds is not None and time.monotonic() - started > seconds:
                return Fuzzed(number - first + 1, endings)
        status = process.wait()
    finally:
        watchdog.stop()
        process.kill()
        _output, errors = process.communicate()
    if status or number + 1 != last:
        where = _kept(reader, seed, number + 1, keep)
        return Fuzzed(
            number - first + 1, endings, f"case {number + 1}: ended with {status}: {errors[-800:]} {where}"
        )
    return Fuzzed(number - first + 1, endings)


class _Watchdog:
    """Kills a child that is silent for too long; it then ends with a failure of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._timer = self._new()

    def _new(self) -> object:
        import threading

        timer = threading.Timer(SILENCE, self._process.kill)
        timer.daemon = True
        timer.start()
        return timer

    def reset(self) -> None:
        self.stop()
        self._timer = self._new()

    def stop(self) -> None:
        self._timer.cancel()  # type: ignore[attr-defined]


def _kept(reader: str, seed: str, number: int, keep: Path) -> Path:
    """The file of a case, made again where it can be looked at."""
    rng = random.Random(f"{reader}/{seed}/{number}")
    seeds = seeds_of(reader)
    chosen = rng.choice(seeds)
    folder = keep / f"{reader}-{seed}-{number}" / chosen.feed_id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / chosen.name
    path.write_bytes(mutated(chosen, seeds, rng))
    return path


def main() -> int:
    """The command line: see the module's text."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("reader", choices=sorted(SUFFIXES))
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()) / f"finsam-fuzz-{os.getpid()}"
    )
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        return child(asked.reader, asked.seed, range(asked.first, asked.last), asked.keep)
    found = fuzz(
        asked.reader, asked.seed, asked.keep, first=asked.first, count=asked.count, seconds=asked.seconds
    )
    for ended, times in sorted(found.endings.items(), key=lambda item: -item[1]):
        print(f"{times:8} {ended}")
    print(f"{found.cases} cases; {found.failure or 'none failed'}")
    return int(found.failure is not None)


if __name__ == "__main__":
    raise SystemExit(main())
