"""docs/first_delivery.md, done: a newcomer's first delivery, for an association the project does not know."""

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.end_to_end.guide import Newcomer, read_guide

GUIDE = PROJECT_ROOT / "docs" / "first_delivery.md"


@pytest.fixture
def newcomer(tmp_path):
    from ingestion.warehouse import embedded

    home, where = tmp_path / "home", tmp_path / "desk"
    where.mkdir()
    try:
        yield Newcomer(home, where)
    finally:
        embedded.remove(Settings(home=home))


@pytest.mark.xdist_group("first_delivery")
def test_a_newcomer_s_first_delivery_is_accepted_by_the_guide_alone(newcomer):
    blocks = read_guide(GUIDE)
    assert [block.kind for block in blocks].count("text") >= 4
    for block in blocks:
        newcomer.do(block)
    assert "godtagen" in newcomer.printed


def test_the_readme_leads_to_the_guide():
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    assert "docs/first_delivery.md" in readme and "finsam template member_fees" in readme
