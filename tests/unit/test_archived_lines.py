"""What is shown of an archived row: the sender's own words, and nothing that may name a person. Fault F71."""

import gzip

import pytest

from ingestion import archived_lines
from ingestion.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def keep(settings, feed, suffix, text, encoding="utf-8"):
    folder = settings.archive / "alfa" / feed
    folder.mkdir(parents=True)
    (folder / f"d1{suffix}.gz").write_bytes(gzip.compress(text.encode(encoding)))


SIE = """#FLAGGA 0
#KONTO 5010 "Lön Åsa Berg"
#IB 0 1910 5000.00
#VER A 7 20170301 "Arvode till Åsa Berg" 20170302 ÅB
{
#TRANS 5010 {1 "K1"} 1200.50 20170301 "Åsa Berg" 1 ÅB
#TRANS 1910 {} -1200.50
}
"""


def test_of_a_sie_row_the_words_before_free_text(settings):
    keep(settings, "ledger", ".se", SIE, "cp437")
    found = archived_lines.shown(settings, "ledger", "alfa", "d1", range(1, 9))
    assert found == {
        3: "#IB 0 1910 5000.00",
        6: '#TRANS 5010 {1 "K1"} 1200.50 20170301 …',
        7: "#TRANS 1910 {} -1200.50",
    }


def test_of_a_table_the_cells_under_the_senders_own_headers_without_voucher_texts(settings):
    keep(
        settings,
        "ledger",
        ".csv",
        "Konto;Text;Belopp;Datum\n5010;Åsa Berg;1200,50;2017-03-01\n1910;;-1200,50;2017-03-01\n",
    )
    found = archived_lines.shown(settings, "ledger", "alfa", "d1", [2, 3])
    assert {number: text.split("; ") for number, text in found.items()} == {
        2: ["Konto: 5010", "Belopp: 1200,50", "Datum: 2017-03-01"],
        3: ["Konto: 1910", "Belopp: -1200,50", "Datum: 2017-03-01"],
    }


def test_of_a_register_what_the_archive_kept(settings):
    keep(
        settings,
        "participants",
        ".csv",
        '"rad";"Insats";"Kön"\n2;"Steget";"k"\n5;"Steget";"m"\n9;"Steget";"m"\n',
    )
    assert archived_lines.shown(settings, "participants", "alfa", "d1", [5]) == {5: "Insats: Steget; Kön: m"}


def test_control_characters_of_a_file_do_not_reach_the_terminal(settings):
    keep(settings, "participants", ".csv", '"rad";"Insats"\n2;"Ste\x1b[2Jget"\n')
    assert archived_lines.shown(settings, "participants", "alfa", "d1", [2]) == {2: "Insats: Ste?[2Jget"}


def test_nothing_is_shown_where_nothing_can_be(settings, monkeypatch):
    """No copy, a broken one, one by headers nobody knows any more, one too large for an answer in seconds."""
    assert archived_lines.shown(settings, "ledger", "alfa", "d1", [1]) == {}
    keep(settings, "member_fees", ".csv", "Planet;År\nMars;2017\n")
    assert archived_lines.shown(settings, "member_fees", "alfa", "d1", [2]) == {}
    keep(settings, "ledger", ".se", SIE, "cp437")
    kept = settings.archive / "alfa/ledger/d1.se.gz"
    whole = kept.read_bytes()
    monkeypatch.setattr(archived_lines, "LARGEST", 10)
    assert archived_lines.shown(settings, "ledger", "alfa", "d1", [3]) == {}
    monkeypatch.undo()
    kept.write_bytes(whole[:-12])
    assert archived_lines.shown(settings, "ledger", "alfa", "d1", range(1, 99)) == {}
