"""The night's step between the exact counts and what readers see, and the gate that tries to undo it.

dbt's first stage makes the exact counts; this decides, per association, which of them readers are shown; dbt's second
stage makes the public marts of the decisions. A release stands for its period, and the next one is decided against all
that readers have seen before: neither two nights nor two releases subtract to a person.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from expectations.suites.disclosure import ATTACK_FINDS_NOTHING, RELATIONS_HOLD, RELEASE_CAN_BE_PROTECTED
from ingestion import faults
from ingestion.warehouse import connection as connections
from ingestion.warehouse import public_reports

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import psycopg

    from ingestion.disclosed_counts import Count, Key, Linked, Term
    from ingestion.disclosure import releases
    from ingestion.disclosure.system import Mask, System
    from ingestion.judgement import Findings
    from ingestion.merge_offers import Offer
    from ingestion.night import OpenBuild
    from ingestion.settings import Settings

PROCESSES = 2
FEW_CELLS = 20_000
"""So many together are decided on in this process: starting others takes longer than a usual night's work."""
ROUNDED = "round5"
_COUNTS = (
    "select association_id, report, fiscal_year, initiative_id, sex, category_code, measure, cell_count, tells_of_persons,"
    " shown_as from intermediate.int_outcome_cells where association_id = any(%s) order by 1, 3, 2, 4, 5, 6, 7"
)
_TERMS = (
    "select relation, kind, rest_is_told, report, measure, codes, years_before, coefficient"
    " from intermediate.int_outcome_relations order by 1, 4, 5, 7"
)
_CHOICES = (
    "select association_id, threshold, method, release_length from intermediate.int_outcome_terms"
    " where association_id = any(%s) and fiscal_year = %s"
)
_SEEN = (
    "select association_id, token, release_period, method, threshold from ops.disclosure_published"
    " where association_id = any(%s) order by token"
)
_MERGEABLE = (
    "select association_id, report, category_code from intermediate.int_outcome_codes where association_id = any(%s)"
    " order by association_id, report, sort_order nulls last, category_code"
)
_DECIDED = (
    "select association_id, token, report, fiscal_year, initiative_id, sex, category_code, measure, exact_count,"
    " shown_count, shown_as from ops.disclosure_decision where token = any(%s) and association_id = any(%s)"
    " order by 1, 2, 4, 3, 5, 6, 7, 8"
)


class Shown(NamedTuple):
    """A count as it was released: what it was, and what readers were shown, None where nothing.

    shown_as: the code of several that it was shown within, and not by itself.
    """

    exact: int
    shown: int | None
    shown_as: str | None = None

    @property
    def decision(self) -> str:
        """What it is called in the register of decisions."""
        if self.shown_as:
            return "merged"
        return "hidden" if self.shown is None else "published"


@dataclass(frozen=True)
class Choice:
    """How an association's counts are protected. release_length: month, quarter, half_year or year."""

    threshold: int
    method: str
    release_length: str = "quarter"


@dataclass(frozen=True)
class Release:
    """What readers are shown of an association in a period. kept_years: those they had seen already in that period."""

    release_period: str
    choice: Choice
    counts: dict[Key, Shown]
    kept_years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Due:
    """An association of which something is to be decided."""

    association_id: str
    release_period: str
    choice: Choice
    counts: list[Count]
    earlier: list[Release]
    kept_years: tuple[int, ...]


@dataclass(frozen=True)
class Decided:
    """What the step did. left_out: association -> what could not be protected whatever was hidden, and is not shown."""

    releases: dict[str, Release] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def period_of(day: date, length: str) -> str:
    """The release period a day falls in: `2026-11`, `2026-Q4`, `2026-H2` or `2026`."""
    return {
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "half_year": f"{day.year}-H{1 if day.month <= 6 else 2}",
        "year": f"{day.year}",
    }[length]


def decide(settings: Settings, build: OpenBuild) -> Decided:
    """Decide what is shown of the open build's counts, where a release is due, and write it down.

    A past night that is built again shows what was decided then; nothing is decided anew.
    """
    if build.kind == "rebuild":
        return Decided()
    terms, earlier = read_terms(build.gate), read_releases(build.gate, build.scope)
    build.gate.commit()
    faults.point("protect.begun")
    with connections.connect(settings, "finsam_protect") as connection:
        choices = _choices(connection, build)
        due = [
            one
            for name, counts in read_counts(connection, build.scope).items()
            if (one := _due(name, counts, choices[name], earlier.get(name, []), build.business_date))
        ]
        decided = _protected(due, terms)
        for name, release in decided.releases.items():
            _write(connection, build.token, name, release)
        for name, offered in _offers(connection, due, decided, terms).items():
            _write_offers(connection, build.token, name, offered)
        faults.point("protect.written")
    faults.point("protect.committed")
    return decided


def read_counts(connection: psycopg.Connection, scope: Sequence[str]) -> dict[str, list[Count]]:
    """Association -> its exact counts, in a fixed order."""
    from ingestion.disclosed_counts import Count, Key

    found: dict[str, list[Count]] = defaultdict(list)
    with connection.cursor() as cursor:
        for name, *key, value, tells, shown_as in cursor.stream(_COUNTS.encode(), (list(scope),)):
            found[name].append(Count(Key(*key), value, tells, shown_as))
    return found


def read_terms(gate: psycopg.Connection) -> list[Term]:
    """What everybody knows of how the counts hang together, as declared."""
    from ingestion.disclosed_counts import Term

    return [Term(*row) for row in gate.execute(_TERMS).fetchall()]


def read_releases(gate: psycopg.Connection, scope: Sequence[str]) -> dict[str, list[Release]]:
    """Association -> every release its readers have seen, the oldest first. Connection: as finsam_gate."""
    from ingestion.disclosed_counts import Key

    published = gate.execute(_SEEN, (list(scope),)).fetchall()
    counts: dict[tuple[str, int], dict[Key, Shown]] = {(row[0], row[1]): {} for row in published}
    tokens = sorted({token for _, token in counts})
    for name, token, *key, exact, shown, shown_as in gate.execute(_DECIDED, (tokens, list(scope))):
        if (name, token) in counts:
            counts[name, token][Key(*key)] = Shown(exact, shown, shown_as)
    found: dict[str, list[Release]] = defaultdict(list)
    for name, token, period, method, threshold in published:
        found[name].append(Release(period, Choice(threshold, method), counts[name, token]))
    return found


def _choices(connection: psycopg.Connection, build: OpenBuild) -> dict[str, Choice]:
    rows = connection.execute(_CHOICES, (build.scope, build.business_date.year)).fetchall()
    return {name: Choice(*chosen) for name, *chosen in rows}


def _due(name: str, counts: list[Count], choice: Choice, earlier: list[Release], day: date) -> Due | None:
    """What is to be decided of an association; None where what stands is to stand.

    Within its period a release stands as it is, and only years that readers have seen nothing of are added to it. In the
    next it is replaced as a whole, if anything of it has changed.
    """
    period = period_of(day, choice.release_length)
    if not earlier:
        return Due(name, period, choice, counts, [], ())
    last = earlier[-1]
    seen = {key.fiscal_year for key in last.counts}
    if last.release_period == period:
        has_new = any(count.key.fiscal_year not in seen for count in counts)
        return Due(name, period, last.choice, counts, earlier, tuple(sorted(seen))) if has_new else None
    is_same = {count.key: (count.value, count.shown_as) for count in counts} == {
        key: (one.exact, one.shown_as) for key, one in last.counts.items()
    }
    if is_same and (choice.threshold, choice.method) == (last.choice.threshold, last.choice.method):
        return None
    return Due(name, period, choice, counts, earlier, ())


def _protected(due: list[Due], terms: list[Term]) -> Decided:
    """Every release that is due, suppressed in several processes or rounded; what cannot be protected is left out."""
    from ingestion.disclosure import protection

    decided = Decided()
    systems = {one.association_id: _joint(one, terms) for one in due}
    suppressed = [one for one in due if one.choice.method != ROUNDED]
    found: dict[str, Mask] = {}
    wholes = [systems[one.association_id][1] for one in suppressed]
    answers = protection.protect_all(wholes, _processes(wholes))
    for one, answer in zip(suppressed, answers, strict=True):
        if isinstance(answer, protection.Unprotectable):
            decided.left_out[one.association_id] = str(answer)
        else:
            found[one.association_id] = answer.hidden
    for one in due:
        if one.choice.method == ROUNDED:
            try:
                found[one.association_id] = _hidden(one.choice, systems[one.association_id][1])
            except protection.Unprotectable as problem:
                decided.left_out[one.association_id] = str(problem)
    for one in due:
        if one.association_id in found:
            decided.releases[one.association_id] = _release(one, found[one.association_id].tolist())
    return decided


def _rounded(whole: System, threshold: int) -> Mask:
    """What is hidden where the rest is rounded. Where rounding is not enough, as much as if nothing were rounded."""
    from ingestion.disclosure import protection, rounding

    try:
        return rounding.protect(whole, threshold=threshold).hidden
    except protection.Unprotectable:
        return protection.protect(whole).hidden


def _hidden(choice: Choice, whole: System) -> Mask:
    """What is hidden of a system by the association's choice. Raises Unprotectable."""
    from ingestion.disclosure import protection

    return _rounded(whole, choice.threshold) if choice.method == ROUNDED else protection.protect(whole).hidden


def _processes(systems: Sequence[System]) -> int:
    return PROCESSES if sum(system.size for system in systems) > FEW_CELLS else 1


def _joint(due: Due, terms: list[Term]) -> tuple[Linked, System]:
    """The counts that are due, and with them everything readers have seen of them before, as one system."""
    import numpy as np

    from ingestion.disclosed_counts import linked
    from ingestion.disclosure import releases

    now = linked(due.counts, terms, due.choice.threshold, due.kept_years)
    if not due.earlier:
        return now, now.system
    after = releases.Release(now.cells, now.system, np.zeros(now.system.size, dtype=bool))
    before = [_as_seen(release, due.counts, terms) for release in due.earlier]
    return now, releases.joint(after, before, threshold=due.choice.threshold)


def _as_seen(release: Release, counts: list[Count], terms: list[Term]) -> releases.Release:
    """An earlier release as the core knows releases. What its codes tell of persons is asked of today's."""
    import numpy as np

    from ingestion.disclosed_counts import Count, linked
    from ingestion.disclosure import releases

    tells = {_question(count.key): count.tells_of_persons for count in counts}
    was = linked(
        [
            Count(key, one.exact, tells.get(_question(key), False), one.shown_as)
            for key, one in release.counts.items()
        ],
        terms,
        release.choice.threshold,
    )
    hidden = np.zeros(was.system.size, dtype=bool)
    hidden[: len(was.keys)] = [release.counts[key].shown is None for key in was.keys]
    return releases.Release(was.cells, was.system, hidden)


def _question(key: Key) -> tuple[str, str, str]:
    return key.report, key.measure, key.category_code


def _release(due: Due, hidden: list[bool]) -> Release:
    from ingestion.disclosure.rounding import nearest

    told = [count.value for count in due.counts]
    if due.choice.method == ROUNDED:
        import numpy as np

        told = nearest(np.array(told)).tolist()
    kept = {
        key: one
        for key, one in (due.earlier[-1].counts.items() if due.kept_years else ())
        if key.fiscal_year in due.kept_years
    }
    new = {
        count.key: Shown(count.value, None if is_hidden or count.shown_as else value, count.shown_as)
        for count, value, is_hidden in zip(due.counts, told, hidden[: len(due.counts)], strict=True)
        if count.key.fiscal_year not in due.kept_years
    }
    return Release(due.release_period, due.choice, {**kept, **new}, due.kept_years)


def _write(connection: psycopg.Connection, token: int, association_id: str, release: Release) -> None:
    connection.execute(
        "insert into ops.disclosure_release (token, association_id, release_period, method, threshold, kept_years)"
        " values (%s, %s, %s, %s, %s, %s)",
        (
            token,
            association_id,
            release.release_period,
            release.choice.method,
            release.choice.threshold,
            list(release.kept_years),
        ),
    )
    statement = (
        "copy ops.disclosure_decision (token, association_id, report, fiscal_year, initiative_id, sex, category_code,"
        " measure, decision, exact_count, shown_count, shown_as) from stdin"
    )
    with connection.cursor().copy(statement) as copy:
        for key, one in release.counts.items():
            copy.write_row((token, association_id, *key, one.decision, one.exact, one.shown, one.shown_as))


def _offers(
    connection: psycopg.Connection, due: list[Due], decided: Decided, terms: list[Term]
) -> dict[str, list[Offer]]:
    """Association -> codes that could be shown as one, where a table that is new in its release is mostly hidden."""
    from ingestion import merge_offers

    codes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, report, code in connection.execute(_MERGEABLE, (sorted(decided.releases),)):
        codes[name][report].append(code)
    found = {}
    for one in due:
        release = decided.releases.get(one.association_id)
        if release is None:
            continue
        found[one.association_id] = merge_offers.offers(
            one.counts,
            {
                key: shown.shown is None
                for key, shown in release.counts.items()
                if not shown.shown_as and key.fiscal_year not in one.kept_years
            },
            terms,
            mergeable=codes[one.association_id],
            threshold=one.choice.threshold,
            hide=partial(_hidden, one.choice),
        )
    return found


def _write_offers(
    connection: psycopg.Connection, token: int, association_id: str, offered: list[Offer]
) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.merge_offer (token, association_id, report, group_number, fiscal_year, codes, hidden_share,"
            " hidden_share_after) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(token, association_id, one.report, number, one.fiscal_year, list(group)),
                    *(round(one.hidden_share, 4), round(one.hidden_share_after, 4)),
                )
                for one in offered
                for number, group in enumerate(one.groups, 1)
            ],
        )


def record_checks(build: OpenBuild, findings: Findings) -> None:
    """Gate 3, rules DSC-001 and DSC-006: nobody can undo what the public marts of this build hide.

    The marts are read back as a reader sees them, beside everything released before; the decisions are not asked. What
    stands from an earlier release was tried when it came out and has not moved since. DSC-008 tells of those whose new
    counts could not be protected: that is no reason to stop their other figures.
    """
    from ingestion import judgement

    due = _published_anew(build)
    names = [one.association_id for one in due]
    terms, seen = read_terms(build.gate), public_reports.read(build.gate, names)
    tried = _tried(due, seen, terms)
    for name in sorted(build.scope):
        examined, recovered, broken = tried.get(name, (0, 0, 0))
        for rule, failed in ((ATTACK_FINDS_NOTHING, recovered), (RELATIONS_HOLD, broken)):
            judgement.add_counts(findings, rule.id, rule.severity, [(name, "*", examined, failed)])
        open_rule = RELEASE_CAN_BE_PROTECTED
        judgement.add_counts(
            findings, open_rule.id, open_rule.severity, [(name, "*", 1, int(name in build.left_out))]
        )


def _published_anew(build: OpenBuild) -> list[Due]:
    """The releases this build would bring out, with their exact counts and with what was released before them."""
    standing = build.gate.execute(
        "select association_id, release_period, method, threshold, kept_years from ops.disclosure_standing where is_new"
        " order by 1"
    ).fetchall()
    scope = [row[0] for row in standing]
    counts, earlier = read_counts(build.gate, scope), read_releases(build.gate, scope)
    return [
        Due(name, period, Choice(threshold, method), counts[name], earlier.get(name, []), tuple(kept_years))
        for name, period, method, threshold, kept_years in standing
        if name in counts
    ]


def _tried(
    due: list[Due], seen: dict[str, dict[Key, int | None]], terms: list[Term]
) -> dict[str, tuple[int, int, int]]:
    """Association -> counts examined, how many of them a reader could recover, and relations that do not hold."""
    import numpy as np

    from ingestion.disclosure import rounding
    from ingestion.disclosure.attack import attack_all

    found, suppressed = {}, []
    for one in due:
        now, whole = _joint(one, terms)
        hidden = np.ones(whole.size, dtype=bool)
        hidden[: len(now.keys)] = [seen[one.association_id].get(key) is None for key in now.keys]
        found[one.association_id] = (len(one.counts), 0, now.broken)
        if one.choice.method != ROUNDED:
            suppressed.append((one.association_id, whole, hidden))
            continue
        attacked = rounding.attack(whole, hidden & whole.published, threshold=one.choice.threshold)
        found[one.association_id] = (len(one.counts), len(attacked.recovered), now.broken)
    wholes = [(whole, hidden) for _, whole, hidden in suppressed]
    processes = _processes([whole for whole, _ in wholes])
    answers = attack_all(wholes, processes, intervals=False)
    for (name, _, _), answer in zip(suppressed, answers, strict=True):
        examined, _, broken = found[name]
        found[name] = (examined, len(answer.recovered), broken)
    return found
