"""Personal numbers: normalised to one form, keyed, never shown. The numbers here are the tax agency's test numbers."""

import hashlib
import hmac

import pyarrow as pa
import pytest

from ingestion.feeds import all_feeds
from ingestion.privacy import (
    PersonKeyProblem,
    PersonKeys,
    content_id,
    fingerprint,
    looks_personal,
    next_pseudonym,
    normalise_person_key,
    pseudonym,
    pseudonyms,
    shows_person,
)

KEY = b"test key"
PERSON, COORDINATION = "198001022386", "191401682396"


@pytest.mark.parametrize(
    "text", ["198001022386", "19800102-2386", "800102-2386", "8001022386", " 800102 - 2386 ", "800102–2386"]
)
def test_one_person_has_one_form(text):
    assert normalise_person_key(text, 2017) == PERSON


def test_a_coordination_number_is_a_number():
    assert normalise_person_key(COORDINATION, 2017) == COORDINATION
    assert normalise_person_key("140168+2396", 2017) == COORDINATION


def test_plus_means_a_hundred_years_earlier():
    assert normalise_person_key("800102+2386", 2017) == "188001022386"
    assert normalise_person_key("140168-2396", 2017) == "201401682396"


@pytest.mark.parametrize(
    ("text", "kept"),
    [("A-17", "own:A-17"), ("17", "own:17"), ("löp 12", "own:LÖP 12"), ("800102-T123", "own:800102-T123")],
)
def test_own_ids_and_interim_numbers_are_opaque(text, kept):
    assert normalise_person_key(text, 2017) == kept


@pytest.mark.parametrize(
    "text",
    ["198001022387", "800102-2387", "19800230-1238", "80010223", "8101022386", "1,98E+11", "Anna Andersson", "okänd", "", "-",
             "01980010223", "x" * 30 + "1"]
)  # fmt: skip
def test_what_cannot_be_read_is_refused_without_its_value(text):
    """F33."""
    with pytest.raises(PersonKeyProblem) as problem:
        normalise_person_key(text, 2017)
    assert not text or text not in str(problem.value)


def test_nobody_is_born_after_the_deliverys_year():
    with pytest.raises(PersonKeyProblem):
        normalise_person_key(PERSON, 1979)


def test_a_pseudonym_is_a_keyed_hash_within_an_association():
    expected = hmac.new(KEY, b"one\0" + PERSON.encode(), hashlib.sha256).hexdigest()[:32]
    assert pseudonym(KEY, "one", PERSON) == expected
    assert (
        len(
            {pseudonym(KEY, "one", PERSON), pseudonym(KEY, "two", PERSON), pseudonym(b"other", "one", PERSON)}
        )
        == 3
    )


def test_a_long_key_is_hmac_too():
    key = b"k" * 100
    assert pseudonym(key, "one", "x") == hmac.new(key, b"one\0x", hashlib.sha256).hexdigest()[:32]


def test_a_column_gives_the_same_as_one_by_one():
    """The quick way over a block and the careful way must agree, cell by cell."""
    cells = [
        PERSON,
        "19800102-2386",
        "800102-2386",
        COORDINATION,
        "198001022387",
        "19800230-1238",
        "209901022386",
        "A-17",
        "",
        "Anna",
    ]
    found = PersonKeys(KEY, "one", 2017).pseudonyms(pa.array(cells)).to_pylist()
    for text, got in zip(cells, found, strict=True):
        try:
            wanted = pseudonym(KEY, "one", normalise_person_key(text, 2017))
        except PersonKeyProblem:
            wanted = None
        assert got == wanted, text
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "text", ["Anna 19800102-2386", "tel 8001022386", "800102-2386", "nr198001022386.", COORDINATION]
)
def test_a_personal_number_in_text_is_seen(text):
    assert looks_personal(text)


@pytest.mark.parametrize(
    "text", ["222000-1933", "2017-01-03", "198001022387", "Faktura 2017000123", "1 250 000,50", "19800102"]
)
def test_other_digits_are_no_person(text):
    assert not looks_personal(text)


def test_a_mistyped_number_is_not_shown_either():
    assert shows_person("198001022387")
    assert shows_person("800102-2387")
    assert not shows_person("2017-01-03")


def test_the_identity_of_a_personal_file_is_keyed(tmp_path):
    file = tmp_path / "f.csv"
    file.write_bytes(b"x")
    plain = hashlib.sha256(b"x").hexdigest()
    assert content_id(file, all_feeds()["ledger"], KEY) == plain
    assert (
        content_id(file, all_feeds()["participants"], KEY) == hmac.new(KEY, b"x", hashlib.sha256).hexdigest()
    )


def test_a_column_goes_through_every_key_as_one_number_does():
    """Plain cells go by the block, odd ones by themselves, the anonymous by their row: all through the same keys."""
    cells = [PERSON, f"{PERSON[2:8]}-{PERSON[8:]}", "K-17", "k-17", "", None, "x"]
    keys = [KEY, b"two", b"three"]
    for count in (1, 2, 3):
        made = PersonKeys(KEY, "one", 2017, keys[1:count])
        found = made.pseudonyms(pa.array(cells)).to_pylist()
        person, own = pseudonyms(keys[:count], "one", PERSON), pseudonyms(keys[:count], "one", "own:K-17")
        assert found == [person[-1], person[-1], own[-1], own[-1], None, None, None]
        assert len(person) == count and len(set(person)) == count
        assert made.anonymous(7) == pseudonyms(keys[:count], "one", "anonymous:7")[-1]
    assert pseudonyms(keys, "one", PERSON)[1] == next_pseudonym(b"two", pseudonym(KEY, "one", PERSON))
    digest = hmac.new(b"two", pseudonym(KEY, "one", PERSON).encode(), hashlib.sha256).hexdigest()
    assert next_pseudonym(b"two", pseudonym(KEY, "one", PERSON)) == digest[:32]


def test_a_key_is_told_by_its_fingerprint_and_no_other_has_it():
    assert len({fingerprint(key) for key in (KEY, b"two", KEY + b"x")}) == 3
