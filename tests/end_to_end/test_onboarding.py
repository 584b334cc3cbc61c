"""The guides of onboarding, done: every file in them is written, every command run, every answer compared, from nothing."""

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.end_to_end.guide import Newcomer, read_guide

GUIDE = PROJECT_ROOT / "docs" / "onboarding.md"
GUIDE_TO_PLANS = PROJECT_ROOT / "docs" / "onboarding_plans.md"
QUESTIONS = PROJECT_ROOT / "docs" / "questions.md"
QUESTIONS_OF_OUTCOME = PROJECT_ROOT / "docs" / "questions_outcome.md"


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    """Someone who has done the first guide: its blocks, and what each printed."""
    for newcomer in someone_new(tmp_path_factory):
        yield newcomer, *done(newcomer, GUIDE)


@pytest.fixture(scope="module")
def in_plans(tmp_path_factory):
    """Someone who has done the guide to plan tables: its blocks, and what each printed."""
    for newcomer in someone_new(tmp_path_factory):
        yield newcomer, *done(newcomer, GUIDE_TO_PLANS)


def someone_new(tmp_path_factory):
    from ingestion.warehouse import embedded

    home = tmp_path_factory.mktemp("onboarding") / "home"
    try:
        yield Newcomer(home)
    finally:
        embedded.remove(Settings(home=home))


@pytest.mark.xdist_group("onboarding")
def test_an_unknown_association_goes_in_by_the_guide_alone(taken_in):
    _newcomer, blocks, printed = taken_in
    refusal = next(text for block, text in zip(blocks, printed, strict=True) if block.about == "status=1")
    for header in ("Tusental", "Slag", "Beslutad den"):
        assert header in refusal
    assert "1750000.00" in next(
        text for block, text in zip(blocks, printed, strict=True) if "finsam explain" in block.text
    )


@pytest.mark.xdist_group("onboarding")
def test_plan_tables_go_in_by_reference_data_and_deliveries_alone(in_plans):
    _newcomer, blocks, printed = in_plans
    refused = next(text for block, text in zip(blocks, printed, strict=True) if block.about == "status=1")
    assert "BUD-003" in refused and "tkr" in refused and "VAL-" not in refused
    told = next(text for block, text in zip(blocks, printed, strict=True) if "finsam explain" in block.text)
    for cell, row in (
        ("2000000.00", 21),
        ("1500000.00", 22),
        ("1000000.00", 26),
        ("400000.00", 27),
        ("1200000.00", 31),
    ):
        assert f"{cell}  plan_2026.csv rad {row}, kolumn D (Budget 2026)" in told
    assert (
        "rad 26: Belopp i tkr: T10UNG Unga i Tall; Budget 2026: 1 000; Plan 2027: 2 000; Summa: 3 000" in told
    )
    assert "rad 11," not in told  # the line that sums up the list is its check, not its money


@pytest.mark.xdist_group("onboarding")
def test_ten_questions_have_short_answers(in_plans):
    newcomer, *_ = in_plans
    has_short_answers(newcomer, QUESTIONS)


@pytest.mark.xdist_group("onboarding")
def test_ten_questions_about_participants_have_short_answers(taken_in):
    newcomer, *_ = taken_in
    has_short_answers(newcomer, QUESTIONS_OF_OUTCOME)


def has_short_answers(newcomer, questions):
    """Every file of the page is delivered and every answer compared; each question is one short statement."""
    blocks = read_guide(questions)
    asked = [block.text for block in blocks if block.kind == "sql"]
    assert len(asked) >= 10
    assert all(len(text.splitlines()) <= 8 for text in asked)
    for block in blocks:
        newcomer.do(block)


def done(newcomer, guide):
    """Every block of a guide, and what each printed."""
    blocks = read_guide(guide)
    assert {block.kind for block in blocks} >= {"csv", "sie", "sh", "sql"}
    printed = []
    for block in blocks:
        newcomer.do(block)
        printed.append(newcomer.printed)
    return blocks, printed


@pytest.mark.parametrize("name", [b"amynne", b"tallmark", b"havsbro"])
def test_no_code_knows_the_association(name):
    folders = ("ingestion", "dags", "dbt_project", "expectations", "docker")
    files = [path for name in folders for path in (PROJECT_ROOT / name).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if name in path.read_bytes()]
