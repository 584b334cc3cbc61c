"""Gates 1 and 3: Great Expectations judges the deliveries of one intake, and the marts of one build. Its only importer.

It sees counts, never rows: one frame with a row per delivery and two columns per rule (failed, allowed).
Its answer is the status. An exception is `error`; a rule that examined nothing is `not_applicable`,
whatever it answers.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.rule import DeliveryFacts, Evidence, Measured, none_allowed
from expectations.suites import suite_for
from expectations.suites.marts import MART_RULES
from ingestion import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from expectations.rule import Rule, Severity, Status
    from expectations.suites import Suite

_NOTHING = Measured(0, 0)


def judge(
    deliveries: Sequence[DeliveryFacts], run_id: str = "", switched_off: frozenset[str] = frozenset()
) -> list[Evidence]:
    """Evidence for every rule of every delivery, whatever their feeds: one validation for all of them.

    run_id names the validation in Great Expectations. switched_off: rule ids left out, for the proof of
    each rule.
    """
    if not deliveries:
        return []
    suites = {facts.feed.id: suite_for(facts.feed.id) for facts in deliveries}
    rules = {
        rule.id: rule for suite in suites.values() for rule in suite.rules if rule.id not in switched_off
    }
    judged = [rule for rule in rules.values() if any(_measured(facts, rule).examined for facts in deliveries)]
    frame = _evidence_frame(deliveries, judged, list(suites.values()))
    failing, broken = _validate(frame, judged, run_id)
    return [
        _evidence(facts, rule, failing, broken)
        for facts in deliveries
        for rule in suites[facts.feed.id].rules
        if rule.id in rules
    ]


@dataclass(frozen=True)
class MartCount:
    """How one rule came out in one mart for one association."""

    rule_id: str
    mart: str
    association_id: str
    examined: int
    failed: int


def judge_marts(counted: Sequence[MartCount], run_id: str = "") -> list[Status]:
    """The status of each count, all marts in one validation; one that Great Expectations does not answer is an error."""
    import pandas as pd

    rules = {one.rule.id: one.rule for one in MART_RULES}
    keys = sorted({f"{count.association_id}|{count.mart}" for count in counted})
    judged = [rule for rule in rules.values() if any(c.examined and c.rule_id == rule.id for c in counted)]
    frame = pd.DataFrame({"delivery_id": keys})
    for rule in judged:
        failed = {
            f"{c.association_id}|{c.mart}": c.failed for c in counted if c.rule_id == rule.id and c.examined
        }
        frame[f"{rule.id} failed"] = pd.array([failed.get(key) for key in keys], "Int64")
        frame[f"{rule.id} allowed"] = pd.array([0] * len(keys), "Int64")
    failing, broken = _validate(frame, judged, run_id) if judged else ({}, {})
    return [_mart_status(count, failing, broken) for count in counted]


def _mart_status(count: MartCount, failing: dict[str, set[str]], broken: dict[str, str]) -> Status:
    if count.rule_id in broken:
        return "error"
    if not count.examined:
        return "not_applicable"
    is_failing = f"{count.association_id}|{count.mart}" in failing[count.rule_id]
    return "failed" if is_failing else "passed"


def _measured(facts: DeliveryFacts, rule: Rule) -> Measured:
    return facts.measured.get(rule.id, _NOTHING)


def _evidence_frame(
    deliveries: Sequence[DeliveryFacts], rules: Sequence[Rule], suites: Sequence[Suite]
) -> pd.DataFrame:
    """One row per delivery; `<rule> failed` is null where the rule examined nothing or is not the feed's."""
    import pandas as pd

    ceilings = {rule.rule.id: rule.ceiling for suite in suites for rule in suite.gate_rules}
    columns: dict[str, Any] = {"delivery_id": [facts.delivery_id for facts in deliveries]}
    for rule in rules:
        measured = [_measured(facts, rule) for facts in deliveries]
        allowed = [ceilings.get(rule.id, none_allowed)(facts) for facts in deliveries]
        columns[f"{rule.id} failed"] = pd.array([m.failed if m.examined else None for m in measured], "Int64")
        columns[f"{rule.id} allowed"] = pd.array(allowed, "Int64")
    return pd.DataFrame(columns)


def _validate(
    frame: pd.DataFrame, rules: Sequence[Rule], run_id: str
) -> tuple[dict[str, set[str]], dict[str, str]]:
    """Rule id -> deliveries that break it, and rule id -> why it could not be judged."""
    gx = _great_expectations()
    context = _context(gx)
    definition = (
        context.data_sources.add_pandas("evidence")
        .add_dataframe_asset("deliveries")
        .add_batch_definition_whole_dataframe("run")
    )
    suite = gx.ExpectationSuite(
        name=f"gate {run_id}".strip(), expectations=[_expectation(gx, rule) for rule in rules]
    )
    result_format = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["delivery_id"],
        "exclude_unexpected_values": True,
        "return_unexpected_index_query": False,
    }
    validated = definition.get_batch({"dataframe": frame}).validate(suite, result_format=result_format)
    failing: dict[str, set[str]] = {}
    broken: dict[str, str] = {rule.id: "utan svar" for rule in rules}
    for result in validated.results:
        rule_id = result.expectation_config.meta["rule_id"]
        if _raised(result):
            broken[rule_id] = "regeln kunde inte prövas"
            continue
        del broken[rule_id]
        found = result.result.get("unexpected_index_list") or []
        failing[rule_id] = set(_delivery_ids(found))
        if not result.success and not failing[rule_id]:
            broken[rule_id] = "underkänd utan att någon leverans nämns"
    return failing, broken


def _delivery_ids(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """With values excluded GX gathers the ids of all failing rows in one list; otherwise one id per row."""
    for index in found:
        ids = index["delivery_id"]
        yield from ids if isinstance(ids, list) else [ids]


def _expectation(gx: Any, rule: Rule) -> Any:
    return gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=f"{rule.id} allowed",
        column_B=f"{rule.id} failed",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        meta={"rule_id": rule.id},
    )


def _raised(result: Any) -> bool:
    info = result.exception_info or {}
    return bool(info.get("raised_exception", info))


def _great_expectations() -> Any:
    """Great Expectations with its usage reports off; they are decided when it is imported."""
    settings.export(GX_ANALYTICS_ENABLED="false")
    # before the import, at which it writes 300 lines about its own methods
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx

    return gx


def _context(gx: Any) -> Any:
    """A context that lives in memory only: no stores, no data docs, no progress bars, nothing sent."""
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    nowhere = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=nowhere)
    context.variables.progress_bars = {"globally": False}
    return context


def _evidence(
    facts: DeliveryFacts, rule: Rule, failing: dict[str, set[str]], broken: dict[str, str]
) -> Evidence:
    measured = _measured(facts, rule)
    status: Status
    if rule.id in broken:
        status = "error"
    elif not measured.examined:
        status = "not_applicable"
    else:
        status = "failed" if facts.delivery_id in failing[rule.id] else "passed"
    return Evidence(
        rule.id,
        facts.association_id,
        facts.delivery_id,
        status,
        measured.examined,
        measured.failed,
        _severity(facts, rule),
        broken.get(rule.id, ""),
    )


def _severity(facts: DeliveryFacts, rule: Rule) -> Severity:
    """A file whose structure is broken is refused, whatever a broken rule costs elsewhere; a hold stays a hold."""
    if facts.is_readable or rule.severity == "hold":
        return rule.severity_for(facts.feed)
    return "invariant"
