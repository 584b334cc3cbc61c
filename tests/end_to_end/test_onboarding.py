"""docs/onboarding.md, done: every file in it is written, every command run and every answer compared, from nothing."""

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.end_to_end.guide import Newcomer, read_guide

GUIDE = PROJECT_ROOT / "docs" / "onboarding.md"


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory):
    from ingestion.warehouse import embedded

    home = tmp_path_factory.mktemp("onboarding") / "home"
    try:
        yield Newcomer(home)
    finally:
        embedded.remove(Settings(home=home))


@pytest.mark.xdist_group("onboarding")
def test_an_unknown_association_goes_in_by_the_guide_alone(newcomer):
    blocks = read_guide(GUIDE)
    assert {block.kind for block in blocks} >= {"csv", "sie", "sh", "sql"}
    printed = []
    for block in blocks:
        newcomer.do(block)
        printed.append(newcomer.printed)
    refusal = next(text for block, text in zip(blocks, printed, strict=True) if block.about == "status=1")
    for header in ("Tusental", "Slag", "Beslutad den"):
        assert header in refusal
    assert "1750000.00" in next(
        text for block, text in zip(blocks, printed, strict=True) if "finsam explain" in block.text
    )


def test_no_code_knows_the_association():
    folders = ("ingestion", "dags", "dbt_project", "expectations", "docker")
    files = [path for name in folders for path in (PROJECT_ROOT / name).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"amynne" in path.read_bytes()]
