"""The rule catalogue is generated and complete: one card per id, and every id the code uses has one."""

import re
from pathlib import Path

import pytest

from expectations.catalogue import FILE, all_cards, catalogue

ROOT = Path(__file__).resolve().parents[2]
RULE_ID = re.compile(
    r"""["']((?:STR|DLV|MAN|VAL|PRI|HIS|FEE|LED|PAR|BUD|DEC|APP|COS|FIN|BLD|REC|KEY|OUT)-\d{3})["']"""
)
CARDS = all_cards()


def test_the_catalogue_is_up_to_date():
    assert FILE.read_text(encoding="utf-8") == catalogue(), "run: python -m expectations.catalogue"


def test_every_id_in_the_code_has_a_card():
    used = {}
    for room in ("ingestion", "expectations", "dbt_project/tests", "dbt_project/models"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix in {".py", ".sql", ".yml"}:
                used |= dict.fromkeys(RULE_ID.findall(path.read_text(encoding="utf-8")), path.name)
    assert {rule_id: file for rule_id, file in used.items() if rule_id not in CARDS} == {}


@pytest.mark.parametrize("rule", CARDS.values(), ids=lambda rule: rule.id)
def test_a_card_says_what_why_and_what_to_do(rule):
    for text in (rule.meaning_sv, rule.why_sv, rule.remedy_sv, rule.owner_sv):
        assert len(text) > 10
        assert text[0].isupper()
