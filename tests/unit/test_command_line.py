"""The command answers in Swedish, wrong use too, and every verb explains itself."""

import json
import re

import pytest

from ingestion import cli

ENGLISH = re.compile(
    r"\b(usage|options|positional|arguments|show this|required|invalid|choose|unrecognized|expected)\b"
)
VERBS = ["check", "template", "receive", "build", "publish", "nightly", "status", "approve", "reject", "withdraw",
         "waive", "waivers", "privacy lookup", "privacy erase", "privacy withdraw-consent", "privacy link",
         "privacy decide-retention", "privacy retention", "privacy release", "privacy log", "privacy unseal", "privacy rotate",
         "explain", "as-of", "migrate", "warehouse", "access", "access grant", "access revoke", "access list"]  # fmt: skip


def helped(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_explains_itself_in_swedish(verb, capsys):
    text = helped(capsys, *verb.split())
    assert not ENGLISH.search(text)
    assert text.startswith("Så här: finsam")
    assert "--json" in text


def test_the_command_lists_every_verb(capsys):
    text = helped(capsys)
    assert not ENGLISH.search(text)
    for verb in VERBS:
        assert f"  {verb.split()[0]}" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Det här måste anges: VERB."),
        (["bygg"], "VERB kan inte vara bygg; välj bland"),
        (["as-of"], "Det här måste anges: DATUM, TABELL."),
        (["check"], "Det här måste anges: FIL."),
        (["check", "x.csv", "--feed"], "--feed måste följas av ett värde."),
        (["check", "x.csv", "--fort"], "Det här känns inte igen: --fort."),
        (
            ["nightly", "--business-date", "igår"],
            "--business-date måste vara ett datum (ÅÅÅÅ-MM-DD), inte igår.",
        ),
        (["template", "member_fees", "--year", "i år"], "--year kan inte vara i år."),
        (["warehouse", "url", "--as"], "--as måste följas av ett värde."),
        (["access", "grant", "anna", "--all", "--association", "nyby"], "--all"),
    ],
)
def test_wrong_use_is_told_in_swedish(words, said, capsys):
    assert cli.main(words) == cli.WRONG_USE
    told = capsys.readouterr().err
    assert said in told
    assert not ENGLISH.search(told)


def test_wrong_use_is_json_where_json_was_asked_for(capsys):
    assert cli.main(["check", "--json"]) == cli.WRONG_USE
    assert json.loads(capsys.readouterr().out)["status"] == cli.WRONG_USE
