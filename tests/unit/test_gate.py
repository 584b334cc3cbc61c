"""The gate's answers are Great Expectations' answers, in four honest states; the verdict follows from them."""

from dataclasses import replace

import pytest

from expectations import gate
from expectations.rule import DeliveryFacts, Evidence, Measured
from expectations.suites import Suite, suite_for
from expectations.verdict import verdict
from ingestion.examination import unreadable
from ingestion.feeds import all_feeds
from ingestion.readers.table import Fault

FEES, REGISTER = all_feeds()["member_fees"], all_feeds()["participants"]
GOOD = DeliveryFacts(
    "d1", "fjall", FEES, 10, 8, 0, 2, measured={"VAL-001": Measured(8, 0), "FEE-001": Measured(8, 0)}
)


def evidence(**statuses):
    return [
        Evidence(rule_id.replace("_", "-"), "fjall", "d1", status, 1, 0, "invariant")
        for rule_id, status in statuses.items()
    ]


def judged(*facts, **more):
    return {(item.subject, item.rule_id): item for item in gate.judge(facts, "test", **more)}


def test_each_delivery_has_its_own_answer():
    bad = replace(
        GOOD, delivery_id="d2", association_id="dal", measured={**GOOD.measured, "FEE-001": Measured(8, 3)}
    )
    found = judged(GOOD, bad)
    assert found["d1", "FEE-001"].status == "passed"
    assert (found["d2", "FEE-001"].status, found["d2", "FEE-001"].failed) == ("failed", 3)
    assert found["d2", "FEE-001"].association_id == "dal"
    assert {rule_id for subject, rule_id in found if subject == "d1"} == {
        rule.id for rule in suite_for("member_fees").rules
    }


def test_a_rule_that_examined_nothing_has_not_passed():
    """F55: an all-null column passes in Great Expectations; here it is not applicable."""
    found = judged(GOOD, replace(GOOD, delivery_id="d2", measured={}))
    assert found["d2", "FEE-001"].status == "not_applicable"
    assert found["d1", "VAL-002"].status == "not_applicable"


def test_a_ceiling_belongs_to_the_delivery():
    def with_rows(name, rows, set_aside):
        return DeliveryFacts(name, "fjall", REGISTER, rows, rows - set_aside, set_aside, 0,
                             measured={"PAR-004": Measured(rows, set_aside)})  # fmt: skip

    found = judged(with_rows("few", 100, 5), with_rows("many", 100, 6), with_rows("small", 10, 1))
    assert [found[name, "PAR-004"].status for name in ("few", "many", "small")] == [
        "passed",
        "failed",
        "failed",
    ]


def test_an_exception_is_an_error_and_never_a_pass(monkeypatch):
    monkeypatch.setattr(gate, "_evidence_frame", lambda *a: _without(a, "FEE-001"))
    found = judged(GOOD)
    assert found["d1", "FEE-001"].status == "error"
    assert found["d1", "VAL-001"].status == "passed"
    assert verdict(list(found.values()), FEES).rule_ids == ("FEE-001",)


def test_a_suite_that_asks_nothing_accepts_nothing(monkeypatch):
    """F55: an empty suite passes in Great Expectations; evidence of nothing is no evidence."""
    monkeypatch.setattr(gate, "suite_for", lambda feed_id: Suite((), (), ()))
    assert gate.judge([GOOD], "test") == []
    assert verdict([], FEES).state == "rejected"


def test_a_suite_that_loses_its_expectations_on_the_way_is_an_error(monkeypatch):
    """F55: what Great Expectations did not answer has not passed."""
    real = gate._great_expectations()

    class Forgetful:
        expectations = real.expectations
        get_context = staticmethod(real.get_context)

        @staticmethod
        def ExpectationSuite(name, expectations):
            return real.ExpectationSuite(name=name, expectations=[])

    monkeypatch.setattr(gate, "_great_expectations", Forgetful)
    found = judged(GOOD)
    assert {found["d1", rule_id].status for rule_id in ("FEE-001", "VAL-001")} == {"error"}
    assert verdict(list(found.values()), FEES).state == "rejected"


REAL_FRAME = gate._evidence_frame


def _without(arguments, rule_id):
    return REAL_FRAME(*arguments).drop(columns=f"{rule_id} failed")


def test_rows_set_aside_are_findings_where_the_contract_says_so():
    facts = DeliveryFacts("d", "fjall", REGISTER, 100, 99, 1, 0, measured={"VAL-002": Measured(100, 1)})
    assert judged(facts)["d", "VAL-002"].severity == "finding"
    assert judged(replace(facts, feed=FEES))["d", "VAL-002"].severity == "invariant"


def test_an_unreadable_delivery_is_rejected_also_where_rows_may_be_set_aside():
    facts = unreadable("d", "fjall", REGISTER, Fault("STR-007", 9, None, None, "hel", "igen"))
    decided = verdict(gate.judge([facts], "test"), REGISTER)
    assert (decided.state, decided.rule_ids) == ("rejected", ("STR-007",))


def test_a_rule_switched_off_leaves_no_evidence():
    assert ("d1", "FEE-001") not in judged(GOOD, switched_off=frozenset({"FEE-001"}))


def test_several_feeds_are_judged_together_each_by_its_own_rules():
    register = replace(GOOD, delivery_id="d2", feed=REGISTER, measured={"PAR-003": Measured(8, 2)})
    found = judged(GOOD, register)
    assert found["d2", "PAR-003"].status == "failed"
    assert ("d1", "PAR-003") not in found
    assert ("d2", "FEE-001") not in found
    assert gate.judge([]) == []


def test_a_night_of_deliveries_is_judged_in_one_go():
    many = [replace(GOOD, delivery_id=f"d{n}", measured={"FEE-001": Measured(8, n % 2)}) for n in range(240)]
    found = judged(*many)
    assert sum(found[f"d{n}", "FEE-001"].status == "failed" for n in range(240)) == 120


def test_the_verdict_is_a_function_of_evidence():
    assert verdict(evidence(A_1="passed", B_1="not_applicable"), FEES).is_accepted
    assert verdict(evidence(A_1="passed", B_1="failed"), FEES).rule_ids == ("B-1",)
    assert verdict(evidence(A_1="passed", B_1="error"), FEES).rule_ids == ("B-1",)
    finding = [replace(item, severity="finding") for item in evidence(B_1="failed")]
    assert verdict([*evidence(A_1="passed"), *finding], FEES).is_accepted


@pytest.mark.parametrize("nothing", [[], evidence(A_1="not_applicable")])
def test_evidence_of_nothing_is_no_evidence(nothing):
    assert verdict(nothing, FEES).state == "rejected"


def test_marts_are_judged_in_one_go_and_honestly():
    """F55 for gate 3: nothing looked at is no pass, and a rule without an answer is an error."""
    counted = [
        gate.MartCount("MRT-001", "flow", "fjall", 4, 0),
        gate.MartCount("MRT-001", "flow", "dal", 4, 1),
        gate.MartCount("MRT-001", "capital", "dal", 0, 0),
        gate.MartCount("MRT-003", "capital", "dal", 0, 0),
    ]
    assert gate.judge_marts(counted) == ["passed", "failed", "not_applicable", "not_applicable"]
    assert gate.judge_marts([]) == []


def test_a_mart_rule_without_an_answer_is_an_error(monkeypatch):
    monkeypatch.setattr(gate, "_validate", lambda *_: ({}, {"MRT-001": "utan svar"}))
    assert gate.judge_marts([gate.MartCount("MRT-001", "flow", "fjall", 4, 0)]) == ["error"]
