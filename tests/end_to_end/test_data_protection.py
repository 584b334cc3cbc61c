"""The data protection officer's page, done: every command run and every answer compared, from nothing. Fault F75."""

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.end_to_end.guide import Newcomer, read_guide

PAGE = PROJECT_ROOT / "docs" / "data_protection.md"


@pytest.mark.xdist_group("data_protection")
def test_the_page_does_what_it_says(tmp_path_factory):
    from ingestion.warehouse import embedded

    home = tmp_path_factory.mktemp("data_protection") / "home"
    someone = Newcomer(home)
    someone.environment["FINSAM_LOGIN_PASSWORD_FILE"] = str(home / "lösenord")
    try:
        for block in read_guide(PAGE):
            someone.do(block)
    finally:
        embedded.remove(Settings(home=home))


def test_every_test_the_page_names_is_there():
    named = {
        word.strip("`,")
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        for word in line.split()
        if word.strip("`,").startswith("tests/")
    }
    named = {name.rstrip(")`.") for name in named}
    assert len(named) >= 5
    assert [name for name in named if not (PROJECT_ROOT / name.removesuffix("`)")).exists()] == []
