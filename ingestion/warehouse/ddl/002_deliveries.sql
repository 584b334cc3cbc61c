-- Deliveries, their rows' faults, and the evidence the verdicts rest on.
set local role own_ops;

create table ops.delivery (
    delivery_id text primary key,
    feed_id text not null,
    association_id text not null,
    scope text not null,
    period text not null,
    content_id text not null,
    file_name text not null,
    byte_count bigint not null,
    state text not null check (state in ('received', 'held', 'accepted', 'rejected', 'superseded', 'withdrawn')),
    made_at timestamptz,
    made_at_source text not null default 'arrival',
    received_at timestamptz not null default clock_timestamp(),
    rows_read bigint not null default 0,
    rows_loaded bigint not null default 0,
    rows_quarantined bigint not null default 0,
    rows_non_data bigint not null default 0,
    completeness text not null default 'unproven' check (completeness in ('proven', 'unproven')),
    reader_notes jsonb not null default '{}',
    control_totals jsonb not null default '[]',
    checked_with text not null default '',
    reason_sv text,
    run_id text not null,
    code_version text not null,
    constraint every_row_is_accounted_for check (rows_read = rows_loaded + rows_quarantined + rows_non_data)
);
create index delivery_identity on ops.delivery (feed_id, association_id, scope, period);
create index delivery_content on ops.delivery (association_id, feed_id, content_id);
comment on table ops.delivery is 'En rad per fil som tagits emot, med räkenskap över dess rader och dess öde';

create table ops.delivery_event (
    delivery_id text not null references ops.delivery,
    event_number integer not null,
    from_state text,
    to_state text not null,
    reason_sv text,
    actor text not null,
    run_id text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (delivery_id, event_number)
);

create function ops.record_delivery_event() returns trigger language plpgsql security definer
set search_path = ops, pg_temp as $$
begin
    if session_user = 'finsam_loader' and new.state <> 'received' then
        raise exception 'the loader only receives; verdicts are the gate''s';
    end if;
    if tg_op = 'INSERT' or new.state is distinct from old.state then
        insert into ops.delivery_event (delivery_id, event_number, from_state, to_state, reason_sv, actor, run_id)
        select
            new.delivery_id,
            1 + count(*),
            case when tg_op = 'UPDATE' then old.state end,
            new.state,
            new.reason_sv,
            session_user,
            new.run_id
        from ops.delivery_event where delivery_id = new.delivery_id;
    end if;
    return null;
end
$$;
create trigger delivery_event after insert or update on ops.delivery
for each row execute function ops.record_delivery_event();

create table ops.row_issue (
    delivery_id text not null references ops.delivery,
    issue_number integer not null,
    rule_id text not null,
    row_number integer,
    column_name text,
    value_shown text,
    expected_sv text not null,
    remedy_sv text not null,
    blocking boolean not null,
    primary key (delivery_id, issue_number)
);
comment on table ops.row_issue is 'Högst 1 000 fel per regel och leverans; antalet i ops.evidence är alltid exakt';


create table ops.evidence (
    subject text not null,
    rule_id text not null,
    association_id text not null,
    status text not null check (status in ('passed', 'failed', 'error', 'not_applicable')),
    examined bigint not null,
    failed bigint not null,
    severity text not null check (severity in ('invariant', 'finding')),
    detail jsonb not null default '{}',
    run_id text not null,
    code_version text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (subject, rule_id, association_id),
    constraint nothing_examined_is_not_passed check (status <> 'passed' or examined > 0)
);
comment on table ops.evidence is 'Vad varje regel fann: subject är delivery:<id> eller build:<id>';

create table ops.rule_card (
    rule_id text primary key,
    place text not null,
    severity text not null,
    meaning_sv text not null,
    why_sv text not null,
    owner_sv text not null,
    remedy_sv text not null
);

create view ops.current_delivery as
select
    delivery_id, feed_id, association_id, scope, period, file_name, content_id, made_at, received_at, rows_loaded, completeness
from ops.delivery
where state = 'accepted';

-- A new delivery of the same identity supersedes an older one; order is when the document was made, else its arrival.
create function ops.decide_delivery(p_delivery_id text, p_state text, p_reason_sv text, p_run_id text)
returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    decided ops.delivery;
    newest text;
begin
    select * into strict decided from ops.delivery where delivery_id = p_delivery_id for update;
    if not (decided.state, p_state) in (
        ('received', 'held'), ('received', 'accepted'), ('received', 'rejected'), ('held', 'accepted'),
        ('held', 'rejected'), ('accepted', 'withdrawn')
    ) then
        raise exception 'a delivery does not go from % to %', decided.state, p_state;
    end if;
    perform pg_advisory_xact_lock(hashtextextended(
        concat_ws('|', decided.feed_id, decided.association_id, decided.scope, decided.period), 0));
    update ops.delivery set state = p_state, reason_sv = p_reason_sv, run_id = p_run_id
    where delivery_id = p_delivery_id;
    select delivery_id into newest from ops.delivery as other
    where (other.feed_id, other.association_id, other.scope, other.period)
        = (decided.feed_id, decided.association_id, decided.scope, decided.period)
        and other.state in ('accepted', 'superseded')
    order by coalesce(other.made_at, other.received_at)::date desc, other.received_at desc, other.delivery_id desc
    limit 1;
    update ops.delivery as other
    set state = case when other.delivery_id = newest then 'accepted' else 'superseded' end
    where (other.feed_id, other.association_id, other.scope, other.period)
        = (decided.feed_id, decided.association_id, decided.scope, decided.period)
        and other.state in ('accepted', 'superseded')
        and other.state <> case when other.delivery_id = newest then 'accepted' else 'superseded' end;
    return (select state from ops.delivery where delivery_id = p_delivery_id);
end
$$;

-- A refused delivery is examined again when rules or reference data changed: its old findings go, its events stay.
create function ops.reopen_delivery(p_delivery_id text, p_run_id text) returns void
language plpgsql security definer set search_path = ops, pg_temp as $$
begin
    perform 1 from ops.delivery where delivery_id = p_delivery_id and state in ('rejected', 'received') for update;
    if not found then
        raise exception 'only a refused or unfinished delivery is examined again';
    end if;
    delete from ops.row_issue where delivery_id = p_delivery_id;
    delete from ops.evidence where subject = 'delivery:' || p_delivery_id;
    delete from ops.quarantined_row where delivery_id = p_delivery_id;
    perform ops.remove_rows(p_delivery_id);
    update ops.delivery
    set state = 'received', run_id = p_run_id, reason_sv = null,
        rows_read = 0, rows_loaded = 0, rows_quarantined = 0, rows_non_data = 0
    where delivery_id = p_delivery_id;
end
$$;

create table ops.quarantined_row (
    delivery_id text not null references ops.delivery,
    row_number integer not null,
    cells jsonb not null,
    primary key (delivery_id, row_number)
);
comment on table ops.quarantined_row is 'Rader som lagts åt sidan, utan personuppgifter';

reset role;

create function ops.remove_rows(p_delivery_id text) returns void language plpgsql security definer
set search_path = ops, pg_temp as $$
declare
    raw_table text;
begin
    select feed_id into strict raw_table from ops.delivery
    where delivery_id = p_delivery_id and state in ('rejected', 'received');
    execute format('delete from raw.%I where _delivery_id = $1', raw_table) using p_delivery_id;
end
$$;
-- the new owner must be able to create where it comes to own, on servers whose administrator is no superuser
grant usage, create on schema ops to own_raw;
alter function ops.remove_rows(text) owner to own_raw;
revoke create on schema ops from own_raw;
revoke execute on all functions in schema ops from public;
grant select on ops.delivery to own_raw;
grant execute on function ops.remove_rows(text) to own_ops;

set local role own_ops;
grant select, insert on ops.delivery, ops.row_issue, ops.quarantined_row to finsam_loader;
grant update (rows_read, rows_loaded, rows_quarantined, rows_non_data, reader_notes, control_totals, completeness,
    made_at, made_at_source, scope, period, checked_with, file_name, run_id, code_version) on ops.delivery to finsam_loader;
grant execute on function ops.reopen_delivery(text, text) to finsam_loader;
grant select on all tables in schema ops to finsam_gate, finsam_audit;
grant insert, update, delete on ops.evidence to finsam_gate;
grant insert on ops.row_issue to finsam_gate;
grant insert, update, delete on ops.rule_card to finsam_gate;
grant execute on function ops.decide_delivery(text, text, text, text) to finsam_gate;
grant select on ops.current_delivery, ops.delivery to finsam_transform;
reset role;

alter default privileges for role own_raw in schema raw grant select, insert on tables to finsam_loader;
alter default privileges for role own_raw in schema raw grant select on tables to finsam_transform, finsam_gate, finsam_audit;
