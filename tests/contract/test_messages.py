"""Every fault says, in Swedish, what was expected and what to do: the words of all fixtures, read as a newcomer reads them."""

import re

import pytest

from expectations.catalogue import all_cards
from ingestion.examined import Examined
from ingestion.feeds import all_feeds
from ingestion.readers.table import DeliveryUnreadable
from tests.contract.gate_one import begin
from tests.contract.test_every_rule_refuses_alone import FIXTURES, RULES

# what a Swedish remedy begins with: the thing to do
ACTIONS = {"Be", "Dela", "Döp", "Exportera", "Fyll", "Ge", "Gör", "Jämför", "Korta", "Kör", "Lägg", "Lämna", "Markera", "Packa",
           "Rätta", "Se", "Skriv", "Spara", "Stryk", "Stämmer", "Ta", "Vänta", "Välj", "Öppna"}  # fmt: skip
ENGLISH = re.compile(
    r"(?i)\b(the|and|or|is|file|row|column|value|error|missing|unknown|invalid|expected|header|true|false)\b"
)
IDENTIFIER = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
OF_WHOLE_FILES = (
    "STR",
    "MAN",
    "HIS",
    "DLV",
    "PRI",
    "PAR-004",
    "PRG-004",
    "LED-006",
    "LED-008",
    "LED-011",
    "LED-012",
    "LED-013",
    "LED-015",
)


def issues_of(case):
    """What the intake would store of one fixture, in the surroundings that its rule needs."""
    feed = all_feeds()[case["feed"]]
    examined = Examined(feed, "provet", case["file"])
    try:
        path = FIXTURES / case["feed"] / "rejected" / case["file"]
        examined.examination = begin(path, feed, case["how"])
    except DeliveryUnreadable as problem:
        examined.unreadable = problem.fault
    loaded = sum(block.num_rows for block in examined.blocks())
    return examined.issues(examined.facts(loaded - 1 if case["how"] == "lose_row" else None))


@pytest.fixture(scope="module")
def told():
    """Every issue of every fixture, with the rule it proves and its feed."""
    return [(case, issue) for case in RULES for issue in issues_of(case)]


def test_every_fault_is_told(told):
    assert {issue["rule_id"] for _case, issue in told} >= {case["rule_id"] for case in RULES}


def test_every_fault_has_what_and_how(told):
    for _case, issue in told:
        for text in (issue["expected_sv"], issue["remedy_sv"]):
            assert text.endswith((".", "?")), (issue["rule_id"], text)
            assert text[0].isupper() or text[0] in "#0123456789", (issue["rule_id"], text)
            assert "  " not in text


def test_a_fault_is_told_in_swedish_alone(told):
    ids = {name for feed in all_feeds().values() for name in feed.column_names if "_" in name}
    for case, issue in told:
        quoted = re.sub(
            r"”[^”]*”|\S+\.(?:csv|xlsx|txt|se)\b", "", f"{issue['expected_sv']} {issue['remedy_sv']}"
        )
        assert not ENGLISH.search(quoted), (case["rule_id"], quoted)
        words = set(IDENTIFIER.findall(f"{quoted} {issue['column_name'] or ''}"))
        assert not words & ids, (case["rule_id"], words & ids)


def test_a_remedy_is_something_to_do(told):
    for _case, issue in told:
        firsts = {sentence.split()[0].rstrip(":,") for sentence in issue["remedy_sv"].split(". ")}
        assert firsts & ACTIONS, (issue["rule_id"], issue["remedy_sv"])


def test_a_fault_of_a_row_names_it(told):
    for _case, issue in told:
        assert issue["row_number"] or issue["rule_id"].startswith(OF_WHOLE_FILES), issue


@pytest.mark.parametrize("rule", all_cards().values(), ids=lambda rule: rule.id)
def test_a_card_is_sentences(rule):
    for text in (rule.meaning_sv, rule.why_sv, rule.remedy_sv):
        assert text.endswith("."), text
        assert not ENGLISH.search(re.sub(r"[`(][^`)]*[`)]", "", text)), text
