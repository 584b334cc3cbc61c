"""What people read of a night: the summary, and the state of every delivery, in Swedish."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ingestion import refusal, restatement
from ingestion.settings import PROJECT_ROOT
from ingestion.warehouse import connection as connections

if TYPE_CHECKING:
    import psycopg

    from ingestion.settings import Settings

MOST_NAMED = 5
"""So many accepted files of one association and feed are named one by one; more are counted."""
STATES_SV = {
    "received": "under mottagning",
    "held": "väntar på beslut",
    "accepted": "godtagen",
    "rejected": "avvisad",
    "superseded": "ersatt av nyare",
    "withdrawn": "återtagen",
}
QUERIES = (
    "select version, fiscal_year, opening_sek, room_before_applications_sek, applications_sek,"
    "\nroom_after_applications_sek from marts.decision_space where association_id = 'uppsala-lan' order by 1, 2",
    "select member_name, population_count, decided_sek, change_sek, deviation_sek from marts.member_fee_shares"
    "\nwhere association_id = 'uppsala-lan' and fiscal_year = 2022 order by decided_sek desc",
    "select label_sv, budget_sek, actual_sek, deviation_sek from marts.budget_vs_actual"
    "\nwhere association_id = 'skelleftea-norsjo' and fiscal_year = 2017 order by sort_order",
    "select initiative_id, sum(participant_count), sum(ended_count) from marts_internal.participant_flow group by 1",
    "select initiative_name, participant_count, ended_count, sdc_status from marts.participant_flow"
    "\nwhere level = 'initiative' order by fiscal_year, initiative_id",
    "select * from marts.finding",
)
"""What a night's summary offers to ask, one per kind of question."""


BEHIND = (
    "select b.association_id, b.feed_id, b.title_sv, b.scope, b.period, b.good_delivery_id, b.good_file_name,"
    " b.good_received_at, b.newer_delivery_id, b.newer_file_name, b.newer_state, b.newer_received_at,"
    " b.newer_file_count, b.overdue_since, b.status_sv, array(select distinct coalesce(known.view_name, m.mart)"
    " from ops.mart_status as m inner join ops.mart as known on known.mart = m.mart"
    " where b.feed_id = any(m.feeds_behind) and b.association_id in (m.association_id, 'common')"
    " and m.audience <> 'dimension' order by 1) as marts"
    " from ops.feed_behind as b where not b.is_current and (b.association_id = 'common' or exists (select from"
    " ops.association_state as s where s.association_id = b.association_id and s.generation is not null))"
    " order by b.association_id, b.title_sv, b.period, b.scope"
)
"""What published figures rest on though something newer came, or should have come."""


def night_summary(settings: Settings) -> str:
    """What stands in the warehouse now: deliveries, refusals with reason, publication, queries to try."""
    with connections.connect(settings, "finsam_audit") as connection:
        parts = [
            _arrived(connection),
            _restated(connection),
            _held(connection),
            _approved(connection, settings),
            _refused(connection, settings),
            _published(connection),
            _unprotected(connection),
            _merge_offers(connection),
            _behind(connection),
        ]
    return "\n".join([*filter(None, parts), _queries(), ""])


def status(settings: Settings) -> dict[str, Any]:
    """Deliveries, refusals, associations and the last publication, as data."""
    with connections.connect(settings, "finsam_audit") as connection:
        return {
            "deliveries": _dicts(
                connection,
                "select delivery_id, association_id, feed_id, period, scope, file_name, state, rows_read, rows_loaded,"
                " rows_quarantined, rows_non_data, completeness, reason_sv, held_by, approved_rules, decided_by, restates,"
                " run_id, received_at from ops.delivery"
                " order by association_id, feed_id, period, received_at",
            ),
            "associations": _dicts(
                connection,
                "select association_id, generation, blocked_by from ops.association_state order by 1",
            ),
            "publication": _last_publication(connection),
            "feeds_behind": _dicts(connection, BEHIND),
        }


def _arrived(connection: psycopg.Connection) -> str:
    rows = _dicts(
        connection,
        "select association_id, feed_id, period, file_name, state, rows_loaded, rows_quarantined from ops.delivery"
        " where association_id <> 'common'"
        " order by association_id, feed_id, period, file_name",
    )
    member = [row for row in rows if not _is_reference(row["feed_id"])]
    reference_count = len(
        _dicts(
            connection,
            "select 1 from ops.delivery where state = 'accepted' and feed_id = any(%s)",
            (_reference_ids(),),
        )
    )
    lines = [f"MOTTAGET ({len(member)} leveranser, {reference_count} referensfiler)"]
    alike = Counter((row["association_id"], row["feed_id"], row["state"]) for row in member)
    shown: set[tuple[str, str, str]] = set()
    for row in member:
        kind = (row["association_id"], row["feed_id"], row["state"])
        if row["state"] != "accepted" or alike[kind] <= MOST_NAMED:
            lines.append(_arrived_line(row, row["file_name"]))
        elif kind not in shown:
            shown.add(kind)
            lines.append(_arrived_line(_summed(member, kind), f"{row['feed_id']}: {alike[kind]} filer"))
    return "\n".join(lines)


def _summed(rows: list[dict[str, Any]], kind: tuple[str, str, str]) -> dict[str, Any]:
    """Deliveries of one association, feed and state as one."""
    mine = [row for row in rows if (row["association_id"], row["feed_id"], row["state"]) == kind]
    counts = {name: sum(row[name] for row in mine) for name in ("rows_loaded", "rows_quarantined")}
    return {**mine[0], **counts}


def _arrived_line(row: dict[str, Any], what: str) -> str:
    is_rejected = row["state"] == "rejected"
    aside = f", {row['rows_quarantined']} rader åt sidan" if row["rows_quarantined"] else ""
    loaded = "" if is_rejected else f"{row['rows_loaded']:>5} rader{aside}"
    return f"  {STATES_SV[row['state']]:<16} {row['association_id']:<20} {what:<40} {loaded}".rstrip()


def _restated(connection: psycopg.Connection) -> str:
    """What the newest corrections changed; nothing where none has come."""
    from ingestion.feeds import all_feeds

    feeds = all_feeds()
    rows = _dicts(
        connection,
        "select association_id, feed_id, file_name, restates from ops.delivery where state = 'accepted'"
        " and restates is not null and association_id <> 'common' and feed_id = any(%s)"
        " order by received_at desc, delivery_id limit %s",
        ([feed_id for feed_id in feeds if not _is_reference(feed_id)], MOST_NAMED),
    )
    if not rows:
        return ""
    lines = ["", "RÄTTAT: det senaste som tagit en annan leverans plats"]
    for row in rows:
        said = restatement.said_sv(row["restates"], feeds[row["feed_id"]])
        lines += [f"  {row['association_id']}/{row['file_name']}", f"    {said}"]
    return "\n".join(lines)


def _held(connection: psycopg.Connection) -> str:
    """Deliveries that wait for a person, and what that person can do; nothing where none waits."""
    rows = _dicts(
        connection,
        "select d.delivery_id, d.association_id, d.file_name, d.reason_sv, d.held_by, d.leaves_rows,"
        " d.scope = f.scope_all as is_all"
        " from ops.delivery as d left join ops.feed as f using (feed_id) where d.state = 'held'"
        " order by d.association_id, d.received_at, d.file_name",
    )
    if not rows:
        return ""
    lines = ["", f"VÄNTAR PÅ BESLUT ({len(rows)}): räknas inte förrän någon bestämt sig"]
    for row in rows:
        lines += [
            f"  {row['association_id']}/{row['file_name']}",
            f"    {row['reason_sv']}",
            f"    Gör så här: {_choices_sv(row)}",
        ]
    return "\n".join(lines)


def _choices_sv(held: dict[str, Any]) -> str:
    approve = f"`finsam approve {held['delivery_id']} --reason SKÄL --login INLOGGNING`"
    reject = f"`finsam reject {held['delivery_id']} --reason SKÄL --login INLOGGNING`"
    if not held["leaves_rows"]:
        return (
            f"ta bort personuppgiften ur filen och lämna den igen. Är det ingen personuppgift: {approve} läser filen "
            f"vid nästa mottagning. {reject} avvisar den."
        )
    if "overlap" in held["held_by"] and not held["is_all"]:
        return f"{reject} låter den andra stå kvar; ska delen gälla, `finsam withdraw` den andra och sedan {approve}."
    if "overlap" in held["held_by"]:
        return f"{approve} låter den ersätta dem, {reject} låter dem stå kvar."
    if "two_senders" in held["held_by"]:
        return f"{approve} låter den här gälla och inte den andra, {reject} avvisar den här."
    return f"{approve} om det stämmer, annars {reject}; det som gäller står kvar tills dess."


def _approved(connection: psycopg.Connection, settings: Settings) -> str:
    """Deliveries that are read again since a person approved them, and whether their files are still there."""
    from ingestion import inbox

    rows = _dicts(
        connection,
        "select delivery_id, association_id, feed_id, file_name, byte_count, decided_by from ops.delivery"
        " where state = 'received' and approved_rules <> '{}' order by association_id, file_name",
    )
    lines = ["", f"GODKÄNT, INTE LÄST ÄN ({len(rows)})"] if rows else []
    for row in rows:
        then = (
            "läses vid nästa mottagning."
            if inbox.holds(settings, row)
            else "filen ligger inte kvar i inkorgen; be avsändaren lämna samma fil igen."
        )
        lines += [
            f"  {row['association_id']}/{row['file_name']}",
            f"    Godkänd av {row['decided_by']}: {then}",
        ]
    return "\n".join(lines)


def _refused(connection: psycopg.Connection, settings: Settings) -> str:
    rows = _dicts(
        connection,
        "select d.delivery_id, d.association_id, d.feed_id, d.file_name, i.rule_id, i.row_number, i.column_name,"
        " i.value_shown, i.expected_sv, i.remedy_sv, d.reason_sv from ops.delivery as d left join ops.row_issue as i"
        " on i.delivery_id = d.delivery_id and i.issue_number ="
        " (select min(issue_number) from ops.row_issue where delivery_id = d.delivery_id and blocking)"
        " where d.state = 'rejected' order by d.association_id, d.file_name",
    )
    lines = ["", f"AVVISAT ({len(rows)})"]
    for row in rows:
        lines += [
            f"  {row['file_name']}",
            f"    {refusal.line_sv(row) if row['expected_sv'] else row['reason_sv']}",
            *([f"    Gör så här: {row['remedy_sv']}"] if row["remedy_sv"] else []),
            f"    Hela beskedet: {settings.quarantine / row['delivery_id'] / 'refusal.txt'}",
        ]
    return "\n".join(lines)


def _published(connection: psycopg.Connection) -> str:
    last = _last_publication(connection)
    if last is None:
        return "\nPUBLICERAT\n  Inget har publicerats än."
    marts = _dicts(
        connection,
        "select coalesce('marts.' || view_name, mart) as mart, audience, sum(row_count) as row_count"
        " from ops.publication_mart inner join ops.mart using (mart)"
        " where generation = %s group by mart, view_name, audience order by view_name is not null, 1",
        (last["generation"],),
    )
    states = _dicts(
        connection, "select association_id, generation, blocked_by from ops.association_state order by 1"
    )
    lines = ["", f"PUBLICERAT: generation {last['generation']}, {last['published_at']:%Y-%m-%d %H:%M}"]
    reports = [row for row in marts if row["audience"] in ("public", "internal")]
    lines += [f"  {row['mart']:<24} {row['row_count']:>8} rader" for row in reports]
    if behind := len(marts) - len(reports):
        lines.append(f"  och {behind} tabeller bakom dem: register och de levererade raderna")
    for state in states:
        if state["blocked_by"]:
            kept = (
                f"siffrorna från generation {state['generation']} står kvar"
                if state["generation"]
                else "inget har publicerats för det"
            )
            lines.append(
                f"  OBS {state['association_id']}: stoppas av {', '.join(state['blocked_by'])}; {kept}."
            )
    return "\n".join(lines)


def _unprotected(connection: psycopg.Connection) -> str:
    """Those whose new counts of persons could not be protected in their newest build; nothing where all could."""
    rows = _dicts(
        connection,
        "select association_id from (select distinct on (e.association_id) e.association_id, e.status"
        " from ops.evidence as e inner join ops.build as b on e.subject = 'build:' || b.build_id"
        " where e.rule_id = 'DSC-008' order by e.association_id, b.token desc) as newest"
        " where status = 'failed' order by 1",
    )
    if not rows:
        return ""
    return "\n".join(
        [
            "",
            f"GICK INTE ATT SKYDDA ({len(rows)}): nya antal deltagare som inte visas för alla läsare (DSC-008)",
            *(f"  {row['association_id']}: den förra utgåvan står kvar i marts" for row in rows),
            "    Gör så här: slå samman koder (docs/protected_figures.md), eller välj en längre disclosure_period i rules.csv.",
        ]
    )


def _merge_offers(connection: psycopg.Connection) -> str:
    """Codes that could be shown as one, in the releases that readers see and that are mostly hidden; nothing where none are."""
    rows = _dicts(
        connection,
        "select o.association_id, o.report, o.codes, o.hidden_share, o.hidden_share_after, o.group_number"
        " from ops.merge_offer as o inner join (select association_id, max(token) as token from ops.disclosure_published"
        " group by 1) as newest using (association_id, token) order by 1, 2, o.group_number",
    )
    if not rows:
        return ""
    tables = len({(row["association_id"], row["report"]) for row in rows})
    lines = [
        "",
        f"KAN SLÅS SAMMAN ({tables}): skyddade tabeller där mest är dolt, och koder som kunde visas tillsammans",
    ]
    for row in rows:
        if row["group_number"] == 1:
            before, after = (f"{100 * row[name]:.0f} %" for name in ("hidden_share", "hidden_share_after"))
            lines.append(
                f"  {row['association_id']}, {row['report']}: {before} dolt, {after} om dessa visas tillsammans"
            )
        lines.append(f"    {' + '.join(row['codes'])}")
    return "\n".join([*lines, "    Förbundet väljer själv: docs/protected_figures.md, Slå samman koder."])


def _behind(connection: psycopg.Connection) -> str:
    """Figures that stand though a newer file of theirs was refused, waits or is late; nothing where all are new."""
    rows = _dicts(connection, BEHIND)
    if not rows:
        return ""
    lines = ["", "VILAR PÅ ÄLDRE FILER: publicerat utan det som inte kunnat användas eller inte har kommit"]
    for row in rows:
        period = "" if row["period"] in ("whole", "?") else f" {row['period']}"
        where = f"{row['association_id']}, {row['title_sv']}{period}"
        if row["association_id"] == "common":
            where = f"alla förbund, {row['title_sv']}{period}"
        lines += [f"  {where}", f"    {row['status_sv']}"]
        if row["marts"]:
            lines.append(f"    Berör {', '.join(row['marts'])}.")
    return "\n".join(lines)


def _queries() -> str:
    # on a server the command is on the path, in a checkout it stands in the environment
    command = ".venv/bin/finsam" if (PROJECT_ROOT / ".venv" / "bin" / "finsam").exists() else "finsam"
    shown = [line for query in QUERIES for line in f"{query};".replace("\n", "\n  ").splitlines()]
    return "\n".join(
        [
            "",
            f"SEX FRÅGOR ATT PROVA ({command} warehouse psql)",
            *(f"  {line}" for line in shown),
            "  Och vägen tillbaka från en siffra:",
            f"  {command} explain own_capital association_id=skelleftea-norsjo fiscal_year=2017 --column result_sek",
        ]
    )


def _last_publication(connection: psycopg.Connection) -> dict[str, Any] | None:
    rows = _dicts(
        connection,
        "select generation, build_id, published_at, business_date, run_id, code_version, publisher_code_version"
        " from ops.publication"
        " order by generation desc limit 1",
    )
    return rows[0] if rows else None


def _reference_ids() -> list[str]:
    from ingestion.feeds import reference_feeds

    return list(reference_feeds())


def _is_reference(feed_id: str) -> bool:
    return feed_id in _reference_ids()


def _dicts(
    connection: psycopg.Connection, statement: str, parameters: tuple[Any, ...] = ()
) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, parameters).fetchall()
