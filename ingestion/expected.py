"""What was to be delivered and has not come: asked by business date, told beside the figures (F15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from expectations.building import MISSING_HOLDS, MISSING_PROCEEDS
from expectations.required import ANY_PART
from ingestion import judgement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import psycopg


@dataclass(frozen=True)
class Late:
    """A delivery that is late. policy: whether the others go on without it, or the association waits for it."""

    association_id: str
    feed_id: str
    period: str
    due_on: date
    policy: Literal["proceed", "hold"]
    sender: str | None
    file_name: str | None
    is_refused: bool
    title_sv: str

    @property
    def subject(self) -> str:
        """What an alert on it is about."""
        return f"{self.association_id}/{self.feed_id}/{self.period}"

    @property
    def text_sv(self) -> str:
        """One or two sentences that name sender and file."""
        sender = f"från {self.sender}" if self.sender else "avsändaren framgår inte av delivery_terms.csv"
        file = f", {self.file_name}" if self.file_name else ""
        come = "det som kom avvisades" if self.is_refused else "inget har kommit"
        then = (
            "Förbundets siffror ändras inte förrän den har kommit."
            if self.policy == "hold"
            else "Siffrorna publiceras utan den, med anmärkning."
        )
        return (
            f"{self.title_sv} ({self.feed_id}) för {self.period} från {self.association_id}{file}, {sender}: "
            f"skulle ha kommit senast {self.due_on}, {come}. {then}"
        )


def judge(connection: psycopg.Connection, business_date: date) -> list[Late]:
    """What is late on that day, from the terms and deliveries the warehouse has. Connection: as finsam_gate.

    An association of which other things are late than last time is built anew, so that its figures say so.
    """
    rows = connection.execute(
        "select e.association_id, e.feed_id, e.period, e.due_on, e.policy, e.sender, e.file_name, e.state = 'refused',"
        " coalesce(f.title_sv, e.feed_id) from ops.judge_expected(%s) as e left join ops.feed as f using (feed_id)"
        " order by 1, 2, 3",
        (business_date,),
    ).fetchall()
    connection.commit()
    return [Late(*row) for row in rows]


def add_evidence(connection: psycopg.Connection, scope: Sequence[str], findings: judgement.Findings) -> None:
    """DLV-011 and DLV-012 of each association in scope: examined what was due, failed what is late."""
    counted = connection.execute(
        "select a.association_id, p.policy, count(e.feed_id), count(e.feed_id) filter (where e.is_late),"
        " min(e.feed_id) filter (where e.is_late)"
        " from unnest(%s::text[]) as a (association_id)"
        " cross join (values ('proceed'), ('hold')) as p (policy)"
        " left join ops.expected_delivery as e on e.association_id = a.association_id and e.policy = p.policy"
        " and e.late_from <= e.judged_on group by 1, 2 order by 1, 2",
        (list(scope),),
    ).fetchall()
    for association_id, policy, due, late, feed_id in counted:
        rule = MISSING_HOLDS if policy == "hold" else MISSING_PROCEEDS
        judgement.add_counts(findings, rule.id, rule.severity, [(association_id, ANY_PART, due, late)])
        for key, finding in findings.items():
            if late and key[:2] == (rule.id, association_id):
                finding.detail["feed"] = feed_id
