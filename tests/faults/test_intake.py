"""Faults of the intake: what lies in an inbox, what is said of it beside it, and what happens to it while we look."""

import gzip
import hashlib
import io
import json
import os
import resource
import socket
import stat
import threading
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from ingestion import archive, cli, delivery, pinned, pipeline, receiver
from ingestion.delivery import Found, shown_name
from ingestion.examined import examine as begin_examining
from ingestion.feeds import all_feeds
from ingestion.manifest import period_of, read_manifest, scope_of
from ingestion.settings import Settings
from ingestion.warehouse import embedded
from tests.conftest import new_warehouse
from tests.contract.gate_one import KEY, TODAY, judge

pytestmark = pytest.mark.xdist_group("faults_intake")
FEES = "Medlem;År;Belopp;Status\nStaten;2031;1 000,00;beslutad\nRegion Fjäll;2031;500,50;beslutad\n"
HEADERS = "Medlem;År;Belopp;Status\n"
SIGNED = "Nolleverans;Undertecknad av;Period;Omfattning\nja;Karin Berg;2031;beslutad\n"
REGISTER = "Insats;Löpnr;Kön;Start;Avslut;Avslut till\nSteget;A-1;man;2021-01-01;;\n"
FEED = all_feeds()["member_fees"]


def fees(amount):
    return f"{HEADERS}Staten;2031;{amount};beslutad\n"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def beside(path, manifest):
    path.with_name(f"{path.name}.manifest.csv").write_text(manifest, encoding="utf-8")
    return path


def facts_of(path, feed=FEED, delivery_id="one"):
    """The facts of a file and the manifest beside it, as the intake finds them."""
    found = delivery.of_file(path)
    seen = begin_examining(
        path, feed, "provet", None, KEY, delivery_id, manifest_path=found.manifest_path, business_date=TODAY
    )
    for _block in seen.blocks():
        pass
    return seen.facts(None), seen


def verdict_on(path, feed=FEED):
    facts, seen = facts_of(path, feed)
    decided, _evidence = judge([facts])["one"]
    return decided, seen, [issue["expected_sv"] for issue in seen.issues(facts)]


def refused(path, feed=FEED):
    decided, _seen, said = verdict_on(path, feed)
    assert decided.state == "rejected"
    return decided.rule_ids, said


# --- manifests and zero deliveries, one file at a time ---


def test_f02_headers_alone_are_refused_and_the_refusal_says_how_to_say_it(tmp_path):
    path = tmp_path / "avgifter.csv"
    path.write_text(HEADERS)
    decided, seen, _said = verdict_on(path)
    assert decided.rule_ids == ("STR-002",)
    (issue,) = seen.issues(facts_of(path)[0])
    assert "nolleverans" in issue["remedy_sv"]


def test_f02_a_signed_zero_delivery_is_accepted_with_the_manifests_identity(tmp_path):
    path = beside(tmp_path / "avgifter.csv", SIGNED)
    path.write_text(HEADERS)
    decided, seen, _said = verdict_on(path)
    assert decided.is_accepted
    assert (seen.examination.period, seen.examination.scope) == ("2031", "decided/final")
    assert seen.examination.is_zero
    assert seen.examination.completeness == "proven"


@pytest.mark.parametrize(
    ("manifest", "what"),
    [
        ("Nolleverans;Period;Omfattning\nja;2031;beslutad\n", "undertecknad"),
        ("Nolleverans;Undertecknad av;Omfattning\nja;Karin Berg;beslutad\n", "vilken period"),
        ("Nolleverans;Undertecknad av;Period\nja;Karin Berg;2031\n", "vad den gäller"),
    ],
)
def test_f02_a_zero_delivery_that_does_not_say_all_is_refused(tmp_path, manifest, what):
    path = beside(tmp_path / "avgifter.csv", manifest)
    path.write_text(HEADERS)
    rule_ids, said = refused(path)
    assert "MAN-007" in rule_ids
    assert any(what in text for text in said), said


def test_f02_a_zero_delivery_with_rows_is_refused(tmp_path):
    path = beside(tmp_path / "avgifter.csv", SIGNED)
    path.write_text(FEES)
    rule_ids, said = refused(path)
    assert rule_ids == ("MAN-007",)
    assert "filen har 2" in said[0]


@pytest.mark.parametrize(
    "manifest",
    [
        "Rader\n2\n",
        "Summa\n1 500,50\n",
        "Rader;Summa\n2;1500,50\n",
        f"SHA-256\n{sha256(FEES)}\n",
    ],
    ids=["rows", "sum", "rows and sum", "sha"],
)
def test_f04_a_file_with_a_manifest_is_refused_however_it_is_cut(tmp_path, manifest):
    whole = FEES.encode()
    path = beside(tmp_path / "avgifter.csv", manifest)
    facts = []
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        facts.append(facts_of(path, delivery_id=str(length))[0])
    accepted = [length for length, (decided, _evidence) in judge(facts).items() if decided.is_accepted]
    assert accepted == []
    path.write_bytes(whole)
    decided, seen, _said = verdict_on(path)
    assert decided.is_accepted
    assert seen.examination.completeness == "proven"


def test_f04_without_a_manifest_the_cut_at_a_row_loads_and_is_marked(tmp_path):
    path = tmp_path / "avgifter.csv"
    path.write_text(FEES[: FEES.index("Region")])
    decided, seen, _said = verdict_on(path)
    assert decided.is_accepted
    assert seen.examination.completeness == "unproven"
    assert seen.examination.notes["unverified"] == ["amount_sum", "row_count"]


def test_f06_a_wrong_checksum_is_refused_and_no_hash_is_shown(tmp_path):
    path = beside(tmp_path / "avgifter.csv", f"SHA-256\n{sha256('något annat')}\n")
    path.write_text(FEES)
    rule_ids, _said = refused(path)
    assert rule_ids == ("MAN-004",)
    facts, seen = facts_of(path)
    shown = json.dumps(seen.issues(facts))
    assert sha256(FEES) not in shown
    assert sha256("något annat") not in shown


def test_f07_a_manifest_one_ore_off_is_refused_with_both_sums_and_the_difference(tmp_path):
    path = beside(tmp_path / "avgifter.csv", "Summa\n1 500,49\n")
    path.write_text(FEES)
    rule_ids, said = refused(path)
    assert rule_ids == ("MAN-003",)
    assert all(text in said[0] for text in ("1 500,50", "1 500,49", "-0,01", "avgifter.csv.manifest.csv"))


@pytest.mark.parametrize(
    ("manifest", "row", "column", "word"),
    [
        ("Radre\n2\n", 1, None, "rubrik"),
        ("Rader;Sumna\n2;3\n", 1, "Sumna", "”Summa”"),
        ("Antal rader\ntvå\n", 2, "Antal rader", "heltal"),
        ("Rader\n-2\n", 2, "Rader", "noll eller fler"),
        ("Summa\n1.234\n", 2, "Summa", "entydigt"),
        ("SHA-256\nabc\n", 2, "SHA-256", "64 tecken"),
        ("Rader;Framställd\n2;03/01/2031\n", 2, "Framställd", "datum"),
        ("Rader;Framställd\n2;2031-02-03 25:00\n", 2, "Framställd", "klockslag"),
        ("Nolleverans;Rader\nkanske;2\n", 2, "Nolleverans", "Ja eller nej"),
        ("Rader;Summa\n2\n", 2, None, "celler"),
        ("Rader\n2\n3\n", None, None, "precis en rad"),
        ("Rader\n", None, None, "precis en rad"),
        ("Avsändare;Program\nKansliet;Ekonomix\n", None, None, "kontrollera"),
        ("", None, None, "tom"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused_with_its_name_row_and_column(
    tmp_path, manifest, row, column, word
):
    path = beside(tmp_path / "avgifter.csv", manifest)
    path.write_text(FEES)
    facts, seen = facts_of(path)
    (issue,) = seen.issues(facts)
    assert issue["rule_id"] == "MAN-001"
    assert issue["expected_sv"].startswith("Följebladet avgifter.csv.manifest.csv: ")
    assert word in issue["expected_sv"]
    assert (issue["row_number"], issue["column_name"]) == (row, column)
    assert not judge([facts])["one"][0].is_accepted


def test_a_manifest_with_a_personal_number_is_not_shown(tmp_path):
    path = beside(tmp_path / "avgifter.csv", "Rader;Avsändare\n2;Kansliet 19800104-2392\n")
    path.write_text(FEES)
    facts, seen = facts_of(path)
    (issue,) = seen.issues(facts)
    assert issue["rule_id"] == "PRI-002"
    assert "2392" not in json.dumps(issue)
    assert not judge([facts])["one"][0].is_accepted
    # a person may let it through: the number is still not kept
    approved = read_manifest(path.with_name("avgifter.csv.manifest.csv"), frozenset({"PRI-002"}))
    assert approved.sender == "Kansliet ••••••••"


@pytest.mark.parametrize(
    ("feed_id", "text", "period"),
    [
        ("member_fees", "2031", "2031"),
        ("member_fees", "31", None),
        ("project_costs", "kv 3 2031", "2031-Q3"),
        ("participants", "2031", "2031"),
        ("ledger", "2031", "2031"),
    ],
)
def test_a_manifests_period_is_read_as_the_contract_writes_it(feed_id, text, period):
    assert period_of(all_feeds()[feed_id], text) == period


def test_a_manifests_scope_is_read_as_the_contract_writes_it():
    feeds = all_feeds()
    assert scope_of(feeds["member_fees"], "Fakturerad / preliminär", {}) == "invoiced/preliminary"
    assert scope_of(feeds["member_fees"], "beslutad", {}) == "decided/final"
    assert scope_of(feeds["member_fees"], "påhittad", {}) is None
    assert scope_of(feeds["participants"], "Jobb-Centrum", {"jobb-centrum": "jobb"}) == "jobb"
    assert scope_of(feeds["participants"], "alla", {}) == "all"
    assert scope_of(feeds["ledger"], "hela", {}) == "whole"
    assert scope_of(feeds["ledger"], "halva", {}) is None


def test_a_manifest_for_another_period_or_scope_is_refused(tmp_path):
    path = beside(tmp_path / "avgifter.csv", "Rader;Period;Omfattning\n2;2030;betald\n")
    path.write_text(FEES)
    rule_ids, said = refused(path)
    assert rule_ids == ("MAN-005",)
    assert len(said) == 2
    assert any("Perioden i filen är 2031, följebladet säger 2030" in text for text in said)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2031-02-03 14:30", "2031-02-03T14:30:00+01:00"),  # Swedish time where no zone is said
        ("2031-07-03T14:30:05Z", "2031-07-03T14:30:05+00:00"),
        ("2031-07-03 14:30:05.25+02:00", "2031-07-03T14:30:05+02:00"),
        ("20310703", "2031-07-03"),
    ],
)
def test_a_manifests_moment_is_read_with_its_zone(tmp_path, text, moment):
    path = tmp_path / "avgifter.csv.manifest.csv"
    path.write_text(f"Framställd;Rader\n{text};1\n", encoding="utf-8")
    assert read_manifest(path).made_at.isoformat() == moment


# --- packed files, names, formula text ---

CONTENT = FEES.encode()


def packed(kind, inner=CONTENT):
    out = io.BytesIO()
    if kind == "gz":
        return gzip.compress(inner)
    if kind == "7z":
        return b"7z\xbc\xaf\x27\x1c" + bytes(100)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(2):
            made.writestr(f"avgifter_{number}.csv", inner)
    return packed("zip", out.getvalue()) if kind == "nested" else out.getvalue()


@pytest.mark.parametrize("kind", ["zip", "gz", "7z", "nested", "bomb"])
@pytest.mark.parametrize("suffix", [".zip", ".gz", ".7z", ".csv", ".CSV", ".csv.zip"])
def test_f19_a_packed_file_is_never_unpacked_and_the_sender_is_asked_to(tmp_path, kind, suffix):
    path = tmp_path / f"avgifter{suffix}"
    path.write_bytes(packed("zip", bytes(50_000_000)) if kind == "bomb" else packed(kind))
    rule_ids, said = refused(path)
    assert rule_ids == (("STR-015",) if suffix in (".csv", ".CSV") else ("STR-009",))
    facts, seen = facts_of(path)
    assert "Packa upp" in seen.issues(facts)[0]["remedy_sv"]
    assert "packad" in said[0]


def test_f16_a_file_with_a_double_ending_is_what_its_last_says(tmp_path):
    path = tmp_path / "avgifter.csv.exe"
    path.write_text(FEES)
    assert refused(path)[0] == ("STR-009",)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("rad\nbrytning.csv", "rad brytning.csv"),
        ("f\x1b[31mrg.csv", "f?[31mrg.csv"),
        ("a\u202excod.csv", "a?xcod.csv"),
        ("noll\u200bbredd.csv", "noll?bredd.csv"),
        (os.fsdecode(b"trasig\xff.csv"), "trasig?.csv"),
        ("a\u030asele.csv", "åsele.csv"),
        ("=cmd|' calc'!A0.csv", "=cmd|' calc'!A0.csv"),
        ("Åsa 800104-2392.csv", "Åsa ••••••••.csv"),
        ("lösenord_Sommar2031.csv", "lösenord_••••.csv"),
        ("export.csv?token=AbC123.csv", "export.csv?token=••••.csv"),
        ("😀.csv", "😀.csv"),
    ],
)
def test_f39_a_hostile_name_is_shown_on_one_line_without_what_cannot_be_seen(tmp_path, name, shown):
    assert shown_name(name) == shown
    assert Found(tmp_path / name, "provet").shown_name == shown
    assert len(shown_name("å" * 300)) == 120


def test_f34_raw_holds_the_formula_as_sent(tmp_path):
    from tests.contract.gate_one import begin

    path = tmp_path / "avgifter.csv"
    path.write_text("Medlem;År;Belopp\n=cmd|'/c calc'!A0;2031;1\n@x;2031;2\n")
    rows = [row for block in begin(path, FEED).blocks() for row in block.to_pylist()]
    assert [row["member_name"] for row in rows] == ["=cmd|'/c calc'!A0", "@x"]


def test_f34_no_control_character_of_a_file_reaches_the_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FINSAM_HOME", str(tmp_path / "home"))
    path = tmp_path / "av\x1b[2Jgifter\u202e.csv"
    path.write_text("Medlem;År;Belopp;Ok\x1b31mänd\u202e\nStaten;2031;1;x\n", encoding="utf-8")
    for extra in ([], ["--json"]):
        cli.main(["check", str(path), "--feed", "member_fees", *extra])
        shown = capsys.readouterr()
        assert "STR-004" in shown.out
        assert not [c for c in shown.out + shown.err if c in "\x1b\x9b\u202e"]
    cli.main(["check", str(tmp_path / "fat\x1b[2Jtas.csv"), "--feed", "member_fees"])
    assert "\x1b" not in capsys.readouterr().err


# --- the listing ---


def test_f16_what_is_no_delivery_is_ignored_and_listed(tmp_path):
    names = [
        ".DS_Store", ".gömd.csv", "Thumbs.db", "desktop.ini", "~$avgifter.xlsx", "avgifter.csv.part",
        "avgifter.csv.filepart", "avgifter.tmp", "avgifter.csv~",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).write_text("x")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "avgifter.CSV").write_text(FEES)
    found = delivery.find([("provet", tmp_path)])
    assert {one.path.name for one in found if one.why_not_sv} == {*names, "__MACOSX"}
    assert not any(one.is_refused for one in found)
    assert [one.path.name for one in found if one.why_not_sv is None] == ["avgifter.CSV"]


def test_f17_only_regular_files_are_taken(tmp_path):
    (tmp_path / "riktig.csv").write_text(FEES)
    outside = tmp_path.with_name(f"{tmp_path.name}_annan.csv")
    outside.write_text(FEES)
    (tmp_path / "länk.csv").symlink_to(outside)
    (tmp_path / "mapp.csv").mkdir()
    os.mkfifo(tmp_path / "rör.csv")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "sockel.csv"))
        found = {one.path.name: one for one in delivery.find([("provet", tmp_path)])}
    refused_names = {name for name, one in found.items() if one.is_refused}
    assert refused_names == {"länk.csv", "mapp.csv", "rör.csv", "sockel.csv"}
    assert "länk" in found["länk.csv"].why_not_sv
    for name in refused_names:
        with pytest.raises((pinned.Disturbed, OSError)):
            pinned.pin(tmp_path / name)
    assert delivery.find([("provet", tmp_path)])[-1].path.name == "sockel.csv"


def test_f17_an_inbox_that_is_a_link_or_cannot_be_listed_is_said(tmp_path, monkeypatch):
    (tmp_path / "riktig").mkdir()
    (tmp_path / "länk").symlink_to(tmp_path / "riktig")
    (linked,) = delivery.find([("provet", tmp_path / "länk")])
    assert linked.is_refused
    assert "länk" in linked.why_not_sv

    def denied(_folder):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(delivery.os, "scandir", denied)
    (closed,) = delivery.find([("provet", tmp_path / "riktig")])
    assert closed.is_refused
    assert "rätt" in closed.why_not_sv


def test_f18_each_file_meets_its_own_manifest(tmp_path):
    """Exactly named first; else the only one whose name differs in case or in how å is composed."""
    for name in ("a.csv", "b.csv", "A\u030asa.csv", "ensam.csv.manifest.csv"):
        (tmp_path / name).write_text("x")
    for name in ("a.csv.manifest.csv", "B.CSV.Manifest.csv", "Åsa.csv.manifest.csv"):
        (tmp_path / name).write_text("x")
    found = {
        one.path.name: one.manifest_path and one.manifest_path.name
        for one in delivery.listed([("p", tmp_path)])
    }
    assert found == {
        "a.csv": "a.csv.manifest.csv",
        "b.csv": "B.CSV.Manifest.csv",
        "A\u030asa.csv": "Åsa.csv.manifest.csv",
        "ensam.csv.manifest.csv": "ensam.csv.manifest.csv",
    }
    (tmp_path / "B.csv").write_text("x")  # two names that fold to the same: neither may take the manifest
    found = {one.path.name: one.manifest_path for one in delivery.listed([("p", tmp_path)])}
    assert found["b.csv"] is None
    assert found["B.csv"] is None


def test_f17_a_manifest_that_is_a_link_keeps_its_file_waiting(tmp_path):
    path = tmp_path / "avgifter.csv"
    path.write_text(FEES)
    (tmp_path / "avgifter.csv.manifest.csv").symlink_to(tmp_path / "annan")
    found = {one.path.name: one for one in delivery.find([("provet", tmp_path)])}
    assert "följeblad" in found["avgifter.csv"].why_not_sv
    assert found["avgifter.csv.manifest.csv"].is_refused


class Writer:
    """Appends to a file, a little at a time, until it is told to stop."""

    def __init__(self, path, pause):
        self.path, self.pause, self.ended = path, pause, threading.Event()
        self.thread = threading.Thread(target=self._write)

    def _write(self):
        while not self.ended.wait(self.pause):
            with self.path.open("a", encoding="utf-8") as file:
                file.write("Region Fjäll;2031;500,50;beslutad\n")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_args):
        self.ended.set()
        self.thread.join()


def test_f03_a_file_that_grows_all_the_time_is_not_picked_up(tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "STILL_SECONDS", 2.0)
    growing, still = tmp_path / "växer.csv", tmp_path / "stilla.csv"
    growing.write_text(FEES)
    still.write_text(FEES)
    with Writer(growing, 0.7):  # slower than the polls: only rest for the whole time tells
        found = {one.path.name: one.why_not_sv for one in delivery.find([("provet", tmp_path)])}
    assert found == {"växer.csv": "växer fortfarande; tas nästa gång", "stilla.csv": None}
    found = {one.path.name: one.why_not_sv for one in delivery.find([("provet", tmp_path)])}
    assert found == {"växer.csv": None, "stilla.csv": None}


def test_f03_a_manifest_that_grows_keeps_its_file_waiting(tmp_path):
    path = beside(tmp_path / "avgifter.csv", "Rader\n")
    path.write_text(FEES)
    with Writer(tmp_path / "avgifter.csv.manifest.csv", 0.02):
        (found,) = delivery.find([("provet", tmp_path)])
    assert "växer" in found.why_not_sv


# --- through a warehouse ---


class Inbox:
    """One association's inboxes in a warehouse that the tests of this module share."""

    def __init__(self, warehouse, association_id):
        self.warehouse, self.settings, self.id = warehouse, warehouse.settings, association_id
        self.reference = self.settings.reference / association_id
        self.reference.mkdir(parents=True)
        (self.reference / "associations.csv").write_text(
            f"Organisationsnummer;Namn\n222000-9993;Förbundet {association_id}\n"
        )
        self.folder("member_fees")

    def folder(self, feed):
        made = self.settings.landing / self.id / feed
        made.mkdir(parents=True, exist_ok=True)
        return made

    def send(self, name, content, manifest=None, feed="member_fees"):
        path = self.folder(feed) / name
        path.write_text(content, encoding="utf-8")
        if manifest is not None:
            beside(path, manifest)
        return path

    def receive(self, feed="member_fees", **more):
        """File -> outcome, of this association."""
        intake = pipeline.receive_feed(self.settings, feed, "test/intake", **more)
        return {one.file_name: one for one in intake.outcomes if one.association_id == self.id}

    def deliver(self, name, content, manifest=None, feed="member_fees", **more):
        self.send(name, content, manifest, feed)
        return self.receive(feed, **more)[name]

    def left(self, feed="member_fees"):
        return sorted(path.name for path in self.folder(feed).iterdir())

    def deliveries(self, columns="file_name, state"):
        rows = self.warehouse.query(
            f"select {columns} from ops.delivery where association_id = %s order by received_at",
            (self.id,),
            role="finsam_audit",
        )
        return [tuple(row.values()) for row in rows]

    def raw_rows(self):
        (row,) = self.warehouse.query(
            "select count(*) as n from raw.member_fees inner join ops.delivery on _delivery_id = delivery_id"
            " where association_id = %s",
            (self.id,),
            role="finsam_audit",
        )
        return row["n"]

    def refusal(self, outcome):
        return (self.settings.quarantine / outcome.delivery_id / "refusal.txt").read_text(encoding="utf-8")

    def archived(self):
        return sorted(path for path in (self.settings.archive / self.id).rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    home = tmp_path_factory.mktemp("intake") / "home"
    try:
        yield new_warehouse(home)
    finally:
        embedded.remove(Settings(home=home))


@pytest.fixture
def own(warehouse, request):
    return Inbox(warehouse, request.node.name.split("[")[0].removeprefix("test_").replace("_", "-")[:50])


def test_f01_an_empty_file_is_refused_with_a_receipt_and_what_stood_stands(own):
    own.deliver("avgifter.csv", FEES)
    outcome = own.deliver("avgifter.csv", "")
    assert outcome.state == "rejected"
    assert "tom (0 byte)" in own.refusal(outcome)
    assert own.deliveries() == [("avgifter.csv", "accepted"), ("avgifter.csv", "rejected")]
    assert own.raw_rows() == 2
    assert own.receive()["avgifter.csv"].state == "already_delivered"


def test_f08_the_same_bytes_twice_in_one_night_are_one_delivery(own):
    own.send("avgifter.csv", FEES)
    own.send("avgifter (1).csv", FEES)
    own.send("avgifter (2).csv", FEES)
    outcomes = own.receive()
    assert sorted(one.state for one in outcomes.values()) == ["accepted", *["already_delivered"] * 2]
    assert len({one.delivery_id for one in outcomes.values()}) == 1
    assert own.raw_rows() == 2
    assert own.left() == []


def test_a_file_renamed_as_it_was_told_to_be_is_looked_at_again(own):
    """The bytes are those of the file that was stopped for its name, the night before or in the same."""
    for wrong, state, amount in (
        ("avgifter 19530101-0350.csv", "held", 11),
        ("avgifter.dat", "rejected", 21),
    ):
        own.send(wrong, fees(amount))
        assert state in {one.state for one in own.receive().values()}
        assert own.deliver("avgifter.csv", fees(amount)).state == "accepted"
        own.send(wrong, fees(amount + 1))
        assert own.deliver("avgifter.csv", fees(amount + 1)).state == "accepted"


def test_f02_zero_deliveries_beside_a_file_and_alone(own):
    own.send("avgifter.csv", HEADERS, SIGNED)
    (own.folder("member_fees") / "nolleverans_2032.manifest.csv").write_text(SIGNED.replace("2031", "2032"))
    outcomes = own.receive()
    assert {one.state for one in outcomes.values()} == {"accepted"}
    assert own.deliveries("period, scope, rows_loaded, is_zero, completeness, manifest->>'signed_by'") == [
        ("2031", "decided/final", 0, True, "proven", "Karin Berg"),
        ("2032", "decided/final", 0, True, "proven", "Karin Berg"),
    ]
    assert own.left() == []
    # the same bytes for another year are another delivery: only the manifest tells them apart
    assert own.deliver("avgifter.csv", HEADERS, SIGNED.replace("2031", "2033")).state == "accepted"
    assert own.deliver("avgifter.csv", HEADERS, SIGNED).state == "already_delivered"


def test_f03_nothing_of_a_file_that_grows_while_it_is_read_is_loaded(own, monkeypatch):
    """It stood still while we looked, and went on when we read."""
    path = own.send("avgifter.csv", FEES)
    real = receiver.examine

    def examine_and_append(*args, **kwargs):
        seen = real(*args, **kwargs)
        with path.open("a", encoding="utf-8") as file:
            file.write("Dalby kommun;2031;1,00;beslutad\n")
        return seen

    monkeypatch.setattr(receiver, "examine", examine_and_append)
    outcome = own.receive()["avgifter.csv"]
    assert (outcome.state, outcome.delivery_id) == ("ignored", None)
    assert "ändrades medan" in outcome.line_sv
    assert own.deliveries() == []
    assert own.raw_rows() == 0
    monkeypatch.undo()
    outcome = own.receive()["avgifter.csv"]
    assert (outcome.state, outcome.rows_loaded) == ("accepted", 3)


def test_f03_a_file_exchanged_before_it_is_kept_is_not_accepted(own, monkeypatch):
    path = own.send("avgifter.csv", FEES)
    real = archive.keep

    def exchange_and_keep(*args):
        path.write_text(fees(7), encoding="utf-8")
        return real(*args)

    monkeypatch.setattr(archive, "keep", exchange_and_keep)
    outcome = own.receive()["avgifter.csv"]
    monkeypatch.undo()
    assert outcome.state == "rejected"
    assert "ändrades medan" in outcome.reason_sv
    assert own.raw_rows() == 0
    assert own.archived() == []
    evidence = own.warehouse.query(
        "select rule_id from ops.evidence where subject = %s and status = 'failed'",
        (f"delivery:{outcome.delivery_id}",),
        role="finsam_audit",
    )
    assert [row["rule_id"] for row in evidence] == ["STR-026"]
    assert own.receive()["avgifter.csv"].rows_loaded == 1
    # should the first bytes come back they are looked at again, not called refused; they are the older version
    assert own.deliver("avgifter.csv", FEES).state == "superseded"


def test_f03_a_file_that_is_not_the_one_we_read_is_never_removed(own, monkeypatch):
    path = own.send("avgifter.csv", FEES)
    real = archive.keep

    def keep_and_exchange(*args):
        kept = real(*args)
        path.with_name("ny.part").write_text(fees(8), encoding="utf-8")
        path.with_name("ny.part").rename(path)
        return kept

    monkeypatch.setattr(archive, "keep", keep_and_exchange)
    outcome = own.receive()["avgifter.csv"]
    monkeypatch.undo()
    assert (outcome.state, outcome.rows_loaded) == ("accepted", 2)
    assert "ligger kvar" in outcome.reason_sv
    assert path.read_text(encoding="utf-8") == fees(8)
    outcome = own.receive()["avgifter.csv"]
    assert (outcome.state, outcome.rows_loaded) == ("accepted", 1)
    assert own.left() == []


def test_f03_a_file_put_in_between_look_and_removal_gets_its_name_back(tmp_path, monkeypatch):
    path = tmp_path / "avgifter.csv"
    path.write_text(FEES)
    held = pinned.pin(path)
    monkeypatch.setattr(pinned.Pinned, "check", lambda _self: path.write_text(fees(9)))
    assert not held.take_away()
    assert path.read_text() == fees(9)
    assert [one.name for one in tmp_path.iterdir()] == ["avgifter.csv"]


def test_f17_a_file_that_vanishes_or_is_closed_to_us_costs_no_other_its_turn(own, monkeypatch):
    gone, closed = own.send("borta.csv", fees(1)), own.send("stängd.csv", fees(2))
    own.send("öppen.csv", fees(3))
    real = os.open

    def open_some(path, *args, **kwargs):
        if path == gone:
            gone.unlink()
        if path == closed:
            raise PermissionError(13, "denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(pinned.os, "open", open_some)
    outcomes = own.receive()
    assert outcomes["borta.csv"].state == "ignored"
    assert "försvann" in outcomes["borta.csv"].line_sv
    assert outcomes["stängd.csv"].state == "rejected"
    assert "rätt" in outcomes["stängd.csv"].line_sv
    assert outcomes["öppen.csv"].state == "accepted"
    assert own.left() == ["stängd.csv"]


def test_f06_a_file_waits_for_its_manifest_and_is_refused_after_the_deadline(own):
    (own.reference / "delivery_terms.csv").write_text(
        "Leverans;Lämnar följeblad;Timmar att vänta på följebladet;Gäller från\nmember_fees;ja;6;2020-01-01\n"
    )
    path = own.send("avgifter.csv", FEES)
    delivered = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
    os.utime(path, (delivered.timestamp(), delivered.timestamp()))

    def at(hours):
        return own.receive(now=delivered + timedelta(hours=hours))["avgifter.csv"]

    early = at(5.9)
    assert (early.state, early.delivery_id) == ("ignored", None)
    assert "väntar på sitt följeblad till 2031-03-01 19:00" in early.line_sv
    late = at(6)
    assert late.state == "rejected"
    assert "MAN-008" in own.refusal(late)
    assert own.raw_rows() == 0
    assert at(7).state == "already_delivered"
    beside(path, "Rader\n2\n")
    assert at(8).state == "accepted"
    assert own.left() == []


def test_f06_a_corrected_manifest_is_looked_at_again(own):
    refused_first = own.deliver("avgifter.csv", FEES, "Rader\n3\n")
    assert refused_first.state == "rejected"
    assert "avgifter.csv.manifest.csv" in own.refusal(refused_first)
    assert own.receive()["avgifter.csv"].state == "already_delivered"
    assert own.left() == ["avgifter.csv", "avgifter.csv.manifest.csv"]
    mended = own.deliver("avgifter.csv", FEES, "Rader\n2\n")
    assert (mended.state, mended.delivery_id) == ("accepted", refused_first.delivery_id)
    assert own.deliveries("completeness, manifest->>'row_count'") == [("proven", "2")]
    # what is in the warehouse is known by its bytes, whatever is said of them later
    again = own.deliver("avgifter.csv", FEES, "Rader\n4\n")
    assert again.state == "already_delivered"
    assert "följebladet ändrar inget" in again.line_sv
    assert own.left() == []


def test_f06_a_manifest_without_its_file_is_listed_and_waits(own):
    (own.folder("member_fees") / "avgifter.csv.manifest.csv").write_text("Rader\n2\n")
    outcome = own.receive()["avgifter.csv.manifest.csv"]
    assert outcome.state == "ignored"
    assert "väntar på avgifter.csv" in outcome.line_sv
    assert own.deliver("avgifter.csv", FEES).state == "accepted"
    assert own.left() == []
    (own.folder("member_fees") / "löst.manifest.csv").write_text("Rader\n2\n")
    outcome = own.receive()["löst.manifest.csv"]
    assert outcome.state == "rejected"
    assert "ingen fil bredvid" in own.refusal(outcome)


def test_f10_the_manifests_day_orders_versions_before_arrival(own):
    own.deliver("rättad.csv", fees(2), "Rader;Framställd;Avsändare\n1;2025-05-02;Ekonomi\n")
    late = own.deliver("ursprunglig.csv", fees(1), "Rader;Framställd;Avsändare\n1;2025-04-01;Kansli\n")
    assert late.state == "superseded"
    assert own.deliveries("state, made_at_source, sender") == [
        ("accepted", "manifest", "Ekonomi"),
        ("superseded", "manifest", "Kansli"),
    ]


def test_f18_f78_hostile_names_are_kept_under_our_own_id(own):
    names = [
        "rad\nbrytning.csv",
        "-rf.csv",
        "=cmd|' calc'!A0.csv",
        "x\\..\\..\\y.csv",
        "x..csv.csv",
        "\u202evsc.csv",
        "Åsa.csv",
        "A\u030asa.csv",
        "STOR.CSV",
        "stor.csv",
        os.fsdecode(b"trasig\xff.csv"),
        "x" * 251 + ".csv",
        "<script>alert(1)&.csv",
        "$(touch x);`id`.csv",
    ]
    for number, name in enumerate(names, 1):
        own.send(name, fees(1000 + number).replace("2031", str(2030 + number)))
    intake = pipeline.receive_feed(own.settings, "member_fees", "test/intake")
    mine = [one for one in intake.outcomes if one.association_id == own.id]
    assert {one.state for one in mine} == {"accepted"}, [one.line_sv for one in mine]
    assert len(mine) == len(names)
    assert own.left() == []
    ids = sorted(one.delivery_id for one in mine)
    assert [path.name for path in own.archived()] == [f"{name}.csv.gz" for name in ids]
    for one in mine:
        assert one.line_sv.isprintable()
        one.line_sv.encode()
    for (name,) in own.deliveries("file_name"):
        assert name.isprintable()
        assert len(name) <= 120


def test_f20_a_file_of_five_gigabytes_is_refused_unread_with_a_receipt(own, monkeypatch):
    path = own.folder("member_fees") / "jätte.csv"
    with path.open("wb") as file:
        file.truncate(5 * 1024**3)
    own.send("liten.csv", FEES)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read = []
    opened = type(path).open

    def open_and_note(self, *args, **kwargs):
        read.append(self.name)
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(type(path), "open", open_and_note)
    outcomes = own.receive()
    monkeypatch.undo()
    assert "liten.csv" in read
    assert "jätte.csv" not in read
    assert outcomes["jätte.csv"].state == "rejected"
    receipt = own.refusal(outcomes["jätte.csv"])
    assert "TOO_LARGE" in receipt
    assert "5.0 GB" in receipt
    assert outcomes["liten.csv"].state == "accepted"
    assert own.receive()["jätte.csv"].state == "already_delivered"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000
    path.unlink()


def test_the_archive_is_read_only_and_reads_back(own):
    own.deliver("avgifter.csv", FEES, f"SHA-256;Rader\n{sha256(FEES)};2\n")
    copy, manifest = own.archived()
    assert gzip.decompress(copy.read_bytes()).decode() == FEES
    assert sha256(FEES) in gzip.decompress(manifest.read_bytes()).decode()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (copy, manifest)} == {0o400}


def test_an_archived_copy_that_does_not_read_back_is_not_kept(tmp_path, monkeypatch):
    path = tmp_path / "avgifter.csv"
    path.write_text(FEES)
    monkeypatch.setattr(archive, "_digest", lambda _packed: "något annat")
    with pytest.raises(archive.ArchiveBroken):
        archive.keep(pinned.PinnedDelivery(path), tmp_path / "archive", FEED, "provet", "0123", {})
    assert [one for one in (tmp_path / "archive").rglob("*") if one.is_file()] == []


def test_the_bare_hash_of_a_personal_file_is_kept_nowhere(own):
    """A small file about persons could be found by trying numbers against its hash."""
    bare = sha256(REGISTER)
    outcome = own.deliver("register_2021.csv", REGISTER, f"SHA-256;Rader\n{bare};1\n", feed="participants")
    assert outcome.state == "accepted"
    assert own.deliveries("completeness") == [("proven",)]
    rows = own.warehouse.query(
        "select row_to_json(d)::text as line from ops.delivery as d where delivery_id = %s",
        (outcome.delivery_id,),
        role="finsam_audit",
    )
    assert bare not in rows[0]["line"]
    assert "row_count" in rows[0]["line"]
    for path in own.archived():
        assert bare not in gzip.decompress(path.read_bytes()).decode()
    wrong = own.deliver(
        "register_2021.csv", REGISTER.replace("A-1", "A-2"), f"SHA-256\n{bare}\n", feed="participants"
    )
    assert wrong.state == "rejected"
    assert bare not in own.refusal(wrong)


def test_a_register_without_a_year_in_its_name_takes_it_from_the_manifest(own):
    outcomes = [
        own.deliver("register.csv", REGISTER, f"Rader;Period\n1;{year}\n", feed="participants")
        for year in ("2021", "2022")
    ]
    assert {one.state for one in outcomes} == {"accepted"}
    assert own.deliveries("period") == [("2021",), ("2022",)]


def test_f36_all_copies_of_a_spell_are_set_aside_and_the_others_load(own):
    spells = [f"A-{n};Steget;man;2021-01-{n % 28 + 1:02d};" for n in range(100, 160)]
    rows = [
        *spells,
        "B-1;Steget;man;2021-03-01;",
        "b-1;STEGET;man;2021-03-01;",
        "B-1;Steget;kvinna;2021-03-01;",
    ]
    content = "\n".join(["Löpnr;Insats;Kön;Inskriven;Avslutad", *rows, ""])
    outcome = own.deliver("deltagare_2021.csv", content, feed="participants")
    assert (outcome.state, outcome.rows_loaded, outcome.rows_quarantined) == ("accepted", 60, 3)
    kept = own.warehouse.query(
        "select row_number, cells from ops.quarantined_row where delivery_id = %s order by row_number",
        (outcome.delivery_id,),
        role="finsam_audit",
    )
    assert [row["row_number"] for row in kept] == [62, 63, 64]
    assert all(row["cells"]["start_date"] == "2021-03-01" for row in kept)
    assert not any("person_key" in row["cells"] for row in kept)
    loaded = own.warehouse.query(
        "select count(*) as n, count(*) filter (where start_date = '2021-03-01') as copies from raw.participants"
        " where _delivery_id = %s",
        (outcome.delivery_id,),
        role="finsam_audit",
    )
    assert loaded == [{"n": 60, "copies": 0}]
