"""Gates 2 and 3 over what dbt says and does not say: anything but a judged test blocks, by name."""

import re
from dataclasses import replace

import pytest

from expectations import required
from expectations.required import Required
from ingestion import judgement
from ingestion.warehouse import declared_tests, mart_checks, publish, rollback
from ingestion.warehouse.dbt import Node
from ingestion.warehouse.declared_tests import DeclaredTest
from tests.warehouse.small_warehouse import ENTRIES

MODELS = [Node(name, "model", "success", "", 0.1) for name in ("statement", "capital")]
DECLARED = [
    DeclaredTest(
        "tst_001", "TST-001", "statement", "invariant", "statement", ('"candidate"."statement"',), (), "d1"
    ),
    DeclaredTest("tst_002", "TST-002", "capital", "finding", "capital", ('"candidate"."capital"',), (), "d2"),
    DeclaredTest("tst_003", "TST-003", "flow", "hold", "flow", ('"candidate"."flow"',), ("ledger",), "d3"),
]
FAILING = "select 'alfa' as association_id, 12.50 as failed_sek, 3::bigint as failed"


def nodes(**changed):
    """What dbt tells of a night on which all went well, but for the tests named: their status, or None for no word."""
    told = {test.name: changed.get(test.name, "pass") for test in DECLARED}
    return [
        *MODELS, *(Node(name, "test", status, "", 0.1, FAILING) for name, status in told.items() if status)
    ]  # fmt: skip


@pytest.fixture
def night(warehouse):
    """Opens and builds; then judges what dbt is said to have told, against pinned parts and digests."""
    with warehouse.admin() as connection:
        connection.execute("delete from ops.required_rule where rule_id like 'TST%'")
        connection.cursor().executemany(
            "insert into ops.required_rule (rule_id, part, severity, digest) values (%s, %s, %s, %s)",
            [(test.rule_id, test.part, test.severity, test.digest) for test in DECLARED],
        )
        connection.execute(
            "delete from ops.required_rule where rule_id in ('REC-100', 'BLD-002', 'DLV-011', 'DLV-012')"
        )
    warehouse.deliver("alfa")
    build_id, token, scope = warehouse.open()
    warehouse.build(scope)

    def judged(told, declared=DECLARED):
        with warehouse.connect("finsam_gate") as gate:
            findings = judgement.judge(gate, told, scope, declared)
            judgement.record(gate, build_id, findings, "test")
            gate.execute("select ops.mark_candidate(%s, %s)", (build_id, token))
            stopped = gate.execute(
                "select * from ops.blocking_evidence(%s, %s)", (build_id, scope)
            ).fetchall()
        done = publish.publish(warehouse.settings, build_id, token, "test")
        assert set(done.blocked.get("alfa", ())) == {row[1] for row in stopped}, "one verdict"
        return {row[1:] for row in stopped}

    return judged


def test_a_night_on_which_all_went_well_publishes(night):
    assert night(nodes()) == set()


@pytest.mark.parametrize("status", ["error", "skipped", "runtime error", "no-op", "partial success", None])
@pytest.mark.parametrize("name", ["tst_001", "tst_002", "tst_003"])
def test_a_test_that_was_not_judged_blocks_whatever_its_severity(night, name, status):
    """F54: errors, timeouts, skipped, deselected, and tests that died with the process that ran them."""
    rule_id = name.upper().replace("_", "-")
    assert {row[0] for row in night(nodes(**{name: status}))} == {rule_id}


def test_a_test_that_was_removed_blocks_by_name(night):
    """It is gone from the project too, and only the pin remembers it."""
    assert night(nodes(), declared=DECLARED[1:]) == {("TST-001", "statement", "missing")}


def test_a_test_that_asks_less_blocks_by_name(night):
    weakened = [replace(DECLARED[0], digest="other"), *DECLARED[1:]]
    assert night(nodes(), declared=weakened) == {("TST-001", "statement", "asked less")}


def test_a_test_of_another_mart_is_no_substitute(night):
    moved = [replace(DECLARED[0], part="capital"), *DECLARED[1:]]
    assert night(nodes(), declared=moved) == {("TST-001", "statement", "missing")}


def test_an_invariant_made_a_finding_still_blocks(night):
    milder = [replace(DECLARED[0], severity="finding"), *DECLARED[1:]]
    assert night(nodes(tst_001="warn"), declared=milder) == {("TST-001", "statement", "failed")}


def test_a_killed_build_leaves_nothing_that_publishes(night):
    """F57, without Cosmos: the process ended before its first test, its models stand; or before anything."""
    assert {row[0] for row in night(MODELS)} == {"TST-001", "TST-002", "TST-003"}


def test_a_build_without_models_is_no_build(night):
    assert ("BLD-001", "*", "error") in night([])


@pytest.mark.parametrize("k", range(len(MODELS)))
def test_a_model_that_fails_blocks_whichever_it_is(night, k):
    """F53: what stands below it is skipped, its tests with it."""
    told = [replace(node, status="error" if at == k else "success") for at, node in enumerate(MODELS)]
    assert night([*told, *nodes()[len(MODELS) :]]) == {("BLD-001", "*", "error")}


def test_a_rule_that_saw_nothing_though_rows_were_delivered_blocks(warehouse, night):
    """The mart is empty, the delivery was not: whatever the test says of no rows is no pass."""
    with warehouse.admin() as connection:
        connection.execute("update ops.delivery set rows_read = 5, rows_loaded = 5")
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute("delete from candidate.flow")
    assert night(nodes()) == {("TST-003", "flow", "examined nothing")}


def test_kronor_and_rows_of_a_failure_are_evidence(warehouse, night):
    """F56: a finding publishes with its banner, and says what it is about."""
    assert night(nodes(tst_002="warn")) == set()
    assert warehouse.ask(
        "finsam_gate", "select part, failed, failed_sek, examined, population, detail ->> 'mart' from ops.evidence"
        " where status = 'failed'"
    ) == [("capital", 3, pytest.approx(12.5), 3, 2, "capital")]  # fmt: skip
    assert warehouse.ask("finsam_reader", "select rule_id, part, failed from marts.finding") == [
        ("TST-002", "capital", 3)
    ]


def changed_banner(warehouse, association="alfa"):
    return warehouse.ask(
        "finsam_reader",
        "select part, note_sv from marts.finding where rule_id = 'BLD-002' and association_id = %s order by 1",
        (association,),
    )


def rebuild(warehouse, spoil="select 1", full=True):
    """One night whose models do something else than before; evidence is honest."""
    build_id, token, scope = warehouse.open(full)
    warehouse.build(scope)
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute(spoil)
    warehouse.judge(build_id, leave_out=["BLD-002"])
    findings = {}
    with warehouse.connect("finsam_gate") as gate:
        judgement.add_changes_without_input(gate, build_id, findings)
        for (rule_id, association_id, part), found in findings.items():
            gate.execute(
                "insert into ops.evidence (subject, rule_id, association_id, part, severity, status, examined, failed,"
                " detail, run_id, code_version) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 't', 't')",
                (f"build:{build_id}", rule_id, association_id, part, found.severity, found.status, found.examined,
                 found.failed, judgement.Jsonb(found.detail)),
            )  # fmt: skip
    return publish.publish(warehouse.settings, build_id, token, "test")


def test_figures_that_change_without_new_input_say_which_code_did_it(warehouse):
    """BLD-002: a rule nobody wrote for this fault, and the banner stands beside the figure."""
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    warehouse.night()
    assert rebuild(warehouse).generation is None, "nothing changed"
    assert changed_banner(warehouse) == []
    done = rebuild(
        warehouse, "update candidate.statement set amount_sek = -amount_sek where association_id = 'alfa'"
    )
    assert done.those("published") == ["alfa"]
    assert [part for part, _ in changed_banner(warehouse)] == ["statement"]
    assert re.match(r"Ändrad av modeller m1, kod c1; den förra var av", changed_banner(warehouse)[0][1])
    assert changed_banner(warehouse, "beta") == []


def test_new_input_and_new_code_the_same_night_cannot_be_told_apart(warehouse):
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    warehouse.night()
    warehouse.deliver("beta")
    rebuild(warehouse, "update candidate.statement set amount_sek = -amount_sek")
    assert [part for part, _ in changed_banner(warehouse)] == ["statement"]
    assert changed_banner(warehouse, "beta")[0][1].startswith("Nytt underlag och ny kod samma natt")


def test_new_input_alone_needs_no_banner(warehouse):
    warehouse.deliver("alfa")
    warehouse.night()
    warehouse.deliver("alfa", [("2017", "fees", "-1.00")])
    assert rebuild(warehouse, full=False).generation == 2
    assert changed_banner(warehouse) == []


SPOILT = "update candidate.statement set amount_sek = -amount_sek where association_id = 'alfa'"


@pytest.fixture
def returned(warehouse):
    """Two nights with news, then a person takes alfa back to the first."""
    for amount in ("900.00", "901.00"):
        for association in ("alfa", "beta"):
            warehouse.deliver(association, [*ENTRIES[:4], ("2017", "costs", amount)])
        rebuild(warehouse, full=False)
    take_back(warehouse, 1)
    return warehouse


def take_back(warehouse, generation):
    login = warehouse.person("karin_ek", "alfa")
    return rollback.roll_back(warehouse.settings, generation, ["alfa"], "Fel konto", "test", login)


def let_go(warehouse):
    assert rollback.release(warehouse.settings, ["alfa"], "Det var rätt", "test", "karin_ek") == ["alfa"]


def failed_evidence(warehouse, build_id):
    return warehouse.ask(
        "finsam_audit",
        "select association_id, part from ops.evidence where rule_id = 'BLD-002' and status = 'failed' and subject = %s",
        (f"build:{build_id}",),
    )


def test_a_return_to_older_figures_is_no_change_without_input_while_it_stands(returned):
    done = rebuild(returned)
    assert done.blocked == {"alfa": ("PUB-001",)}
    assert failed_evidence(returned, done.build_id) == [] and changed_banner(returned) == []


def test_nor_is_it_when_it_is_released(returned):
    let_go(returned)
    done = rebuild(returned, full=False)
    assert done.those("published") == ["alfa"] and done.marts, "the figures of the second night again"
    assert changed_banner(returned) == [] and failed_evidence(returned, done.build_id) == []


def test_what_code_changed_after_a_release_is_told_all_the_same(returned):
    let_go(returned)
    rebuild(returned, SPOILT)
    assert [part for part, _ in changed_banner(returned)] == ["statement"]


def test_the_older_figures_do_not_bring_their_banner_of_change_back(warehouse):
    """It was about the night they changed; that a person brought them back is what PUB-001 says."""
    warehouse.deliver("alfa")
    rebuild(warehouse)
    rebuild(warehouse, SPOILT)
    assert changed_banner(warehouse), "the second generation says what code did"
    warehouse.deliver("alfa", [("2017", "fees", "-1.00")])
    rebuild(warehouse, full=False)
    take_back(warehouse, 2)
    assert warehouse.ask("finsam_reader", "select rule_id from marts.finding") == [("PUB-001",)]
    assert warehouse.ask("finsam_reader", "select rule_id from marts_asof.finding where generation = 2") == [
        ("BLD-002",)
    ], "what stood then stands there"


def test_once_a_build_has_passed_after_the_return_the_bad_code_is_told_again(warehouse):
    """Bad code, taken back, mended: no banner. The bad code again: a banner."""
    warehouse.deliver("alfa")
    rebuild(warehouse)
    rebuild(warehouse, SPOILT)
    take_back(warehouse, 1)
    let_go(warehouse)
    assert rebuild(warehouse).marts == {} and changed_banner(warehouse) == []
    rebuild(warehouse, SPOILT)
    assert [part for part, _ in changed_banner(warehouse)] == ["statement"]


def test_the_pin_reads_back_what_it_wrote(tmp_path):
    pinned = [
        Required("B-1", "*", "hold", must_examine=True),
        Required("A-1", "mart.x", "finding", digest="abc"),
    ]
    (tmp_path / "pin.csv").write_text(required.as_text(pinned))
    assert required.read(tmp_path / "pin.csv") == sorted(pinned)
    (tmp_path / "pin.csv").write_text(required.as_text([*pinned, pinned[0]]))
    with pytest.raises(ValueError, match="twice"):
        required.read(tmp_path / "pin.csv")


def test_what_a_test_asks_is_its_query_its_arguments_its_settings_and_its_macros():
    def asked(**changed):
        node = {
            **{
                "name": "t",
                "resource_type": "test",
                "raw_code": "{{ config(meta={'a': 1}) }} select  1\nwhere x",
            },
            **{
                "config": {"meta": {}, "warn_if": "!= 0"},
                "depends_on": {"nodes": [], "macros": ["macro.finsam.m"]},
                **changed,
            },
        }
        macros = {"macro.finsam.m": {"macro_sql": changed.get("macro", "0.5"), "depends_on": {"macros": []}}}
        return declared_tests.of_manifest({"nodes": {"t": node}, "macros": macros})[0].digest

    same = asked(raw_code="{{ config(meta={'a': 'other words'}) }} select 1 where x")
    assert asked() == same, "a card's wording and line breaks are not the question"
    different = {
        asked(raw_code="select 1 where y"),
        asked(config={"meta": {}, "warn_if": "> 10"}),
        asked(config={"meta": {}, "warn_if": "!= 0", "where": "false"}),
        asked(test_metadata={"kwargs": {"columns": ["a"]}}),
        asked(macro="5.0"),
    }
    assert len(different | {same}) == 6


def test_the_suite_over_the_marts_looks_at_each_by_itself(warehouse):
    """MRT: one statement per mart; a mart that cannot be read is an error there and nowhere else (F55)."""
    for association in ("alfa", "beta"):
        warehouse.deliver(association)
    _, _, scope = warehouse.open()
    warehouse.build(scope)
    with warehouse.connect("finsam_transform") as dbt:
        dbt.execute(
            "update candidate.flow set participant_count = -1 where association_id = 'alfa' and fiscal_year = 2016"
        )
        dbt.execute(
            "update candidate.dim_line set label_sv = ' ' where association_id = 'beta' and line_code = 'fees'"
        )
        dbt.execute("alter table candidate.capital drop column fiscal_year")
    findings = {}
    with warehouse.connect("finsam_gate") as gate:
        mart_checks.record_checks(gate, scope, findings, "test")
    strange = {
        key: (found.status, found.failed) for key, found in findings.items() if found.status != "passed"
    }
    assert strange == {
        ("MRT-001", "alfa", "flow"): ("failed", 1),
        ("MRT-002", "beta", "dim_line"): ("failed", 1),
        ("MRT-002", "*", "capital"): ("error", 0),
        ("MRT-003", "*", "capital"): ("error", 0),
    }
