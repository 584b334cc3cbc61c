-- What each step of a night leaves behind, what was to be delivered and when, and alerts as an outbox.

-- Due dates are reference data, read where they were delivered: own_raw reads them, nobody else gets more than these columns.
grant create on schema ops to own_raw;
set local role own_raw;
create function ops.due_terms() returns table (
    association_id text, feed_id text, every text, due_days integer, grace_days integer, policy text, sender text,
    file_name text, valid_from date, valid_to date
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select
        d.association_id, t.feed_id, t.due_every, coalesce(t.due_days::integer, 0), coalesce(t.grace_days::integer, 0),
        coalesce(t.when_missing, 'proceed'), t.sender, t.file_name, t.valid_from::date, t.valid_to::date
    from raw.delivery_terms as t
    inner join ops.delivery as d on d.load_number = t._load_number
    where d.feed_id = 'delivery_terms' and d.state = 'accepted' and d.association_id <> 'common' and t.due_every is not null;
end
$$;
revoke execute on function ops.due_terms() from public;
grant execute on function ops.due_terms() to own_ops;
reset role;
revoke create on schema ops from own_raw;

set local role own_ops;

create table ops.night (
    run_id text not null,
    step text not null,
    attempt integer not null,
    business_date date not null,
    outcome text not null
    check (outcome in ('running', 'done', 'nothing', 'busy', 'refused', 'stale', 'failed', 'lost')),
    detail_sv text,
    code_version text not null,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    primary key (run_id, step, attempt)
);
create index night_by_step on ops.night (step, started_at);
comment on table ops.night is
'Vad varje steg av en natt blev, även det tomma. lost: processen dog utan att hinna säga något';

create function ops.step_key(p_run_id text, p_step text, p_attempt integer) returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select hashtextextended(concat_ws('|', 'finsam.step', p_run_id, p_step, p_attempt), 0)
$$;

-- A step that has begun holds a lock of its session: it ends with the process, however that ends, and tells a killed step
-- from a slow one whatever the orchestrator believes.
create function ops.begin_step(p_run_id text, p_step text, p_business_date date, p_code_version text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    next_attempt integer;
begin
    select 1 + coalesce(max(attempt), 0) into next_attempt from ops.night where run_id = p_run_id and step = p_step;
    perform pg_advisory_lock(ops.step_key(p_run_id, p_step, next_attempt));
    insert into ops.night (run_id, step, attempt, business_date, outcome, code_version)
    values (p_run_id, p_step, next_attempt, p_business_date, 'running', p_code_version);
    return next_attempt;
end
$$;

-- Also where the connection was lost on the way and the step has been taken for dead meanwhile.
create function ops.end_step(p_run_id text, p_step text, p_attempt integer, p_outcome text, p_detail_sv text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update ops.night set outcome = p_outcome, detail_sv = p_detail_sv, ended_at = clock_timestamp()
    where run_id = p_run_id and step = p_step and attempt = p_attempt
$$;

-- Steps whose process is gone without a word.
create function ops.note_lost_steps() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update ops.night set outcome = 'lost', ended_at = clock_timestamp()
    where outcome = 'running' and pg_try_advisory_xact_lock(ops.step_key(run_id, step, attempt))
$$;

create table ops.alert (
    alert_id text primary key,
    kind text not null,
    subject text not null,
    text_sv text not null,
    raised_at timestamptz not null default clock_timestamp(),
    sent_at timestamptz,
    ended_at timestamptz,
    end_sent_at timestamptz,
    trouble_sv text
);
create unique index alert_open on ops.alert (kind, subject) where ended_at is null;
comment on table ops.alert is
'Larm som utkorg: står kvar tills de skickats, och avslutas när det de gäller är över. trouble_sv: varför de inte gick iväg';

-- The id follows from what it is about and how many times that has happened: raised twice, it is one alert.
create function ops.raise_alert(p_kind text, p_subject text, p_text_sv text) returns text
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.alert as a (alert_id, kind, subject, text_sv)
    select
        substr(encode(sha256(convert_to(concat_ws('|', p_kind, p_subject,
            (select count(*) from ops.alert where kind = p_kind and subject = p_subject and ended_at is not null)),
            'UTF8')), 'hex'), 1, 16),
        p_kind, p_subject, p_text_sv
    on conflict (kind, subject) where ended_at is null do update set text_sv = excluded.text_sv
    returning a.alert_id
$$;

-- All that stands of one kind, subject -> text: what is new is raised, what is no longer there has ended.
create function ops.settle_alerts(p_kind text, p_standing jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform ops.raise_alert(p_kind, s.key, s.value) from jsonb_each_text(p_standing) as s;
    update ops.alert set ended_at = clock_timestamp()
    where kind = p_kind and ended_at is null and not p_standing ? subject;
end
$$;

create function ops.note_sent(p_alert_ids text[], p_trouble_sv text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update ops.alert set
        trouble_sv = p_trouble_sv,
        sent_at = case when p_trouble_sv is null then coalesce(sent_at, clock_timestamp()) else sent_at end,
        end_sent_at = case when p_trouble_sv is null and ended_at is not null then clock_timestamp() else end_sent_at end
    where alert_id = any(p_alert_ids)
$$;

create function ops.forget_old(p_days integer) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with steps as (
        delete from ops.night where ended_at < clock_timestamp() - make_interval(days => p_days) returning 1
    ),
    alerts as (
        delete from ops.alert where ended_at < clock_timestamp() - make_interval(days => p_days)
            and coalesce(end_sent_at, sent_at) is not null returning 1
    )
    select (select count(*) from steps) + (select count(*) from alerts)
$$;

create table ops.expected_delivery (
    association_id text not null,
    feed_id text not null,
    period text not null,
    due_on date not null,
    late_from date not null,
    policy text not null check (policy in ('proceed', 'hold')),
    sender text,
    file_name text,
    state text not null check (state in ('arrived', 'held', 'refused', 'missing')),
    delivery_id text,
    is_late boolean not null,
    judged_on date not null,
    primary key (association_id, feed_id, period)
);
comment on table ops.expected_delivery is
'Vad som ska lämnas och när, enligt delivery_terms, och om det har kommit: som det stod dagen judged_on';

-- The days a period covers; every day for a delivery that is of no period.
create function ops.period_days(p_period text) returns daterange
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select case
        when p_period ~ '^[0-9]{4}$' then daterange(make_date(left(p_period, 4)::integer, 1, 1),
            make_date(left(p_period, 4)::integer + 1, 1, 1))
        when p_period ~ '^[0-9]{4}-[HTQ][1-4]$' then (
            select daterange(first_day, (first_day + make_interval(months => months))::date)
            from (select case substr(p_period, 6, 1) when 'H' then 6 when 'T' then 4 else 3 end as months) as m
            cross join lateral (select make_date(left(p_period, 4)::integer,
                1 + (right(p_period, 1)::integer - 1) * months, 1) as first_day) as f
            where (right(p_period, 1)::integer - 1) * months < 12)
        when p_period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then daterange(
            (p_period || '-01')::date, ((p_period || '-01')::date + interval '1 month')::date)
        when p_period = 'whole' then daterange(null, null)
    end
$$;

-- What the terms ask for around a day: all that fell due in the year before it, and in the month to come.
create function ops.due_around(p_day date) returns table (
    association_id text, feed_id text, period text, days daterange, due_on date, late_from date, policy text, sender text,
    file_name text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with months as (
        select first_day::date
        from generate_series(date_trunc('month', p_day::timestamp) - interval '30 months',
            date_trunc('month', p_day::timestamp) + interval '30 months', interval '1 month') as first_day
    ),
    periods as (
        select every, to_char(first_day, shown) as period, daterange(first_day, (first_day + length)::date) as days
        from months
        inner join (values ('month', 'YYYY-MM', interval '1 month', 1), ('quarter', 'YYYY-"Q"Q', interval '3 months', 3),
            ('year', 'YYYY', interval '1 year', 12)) as grain (every, shown, length, step)
            on (extract(month from first_day)::integer - 1) % step = 0
    )
    select distinct on (t.association_id, t.feed_id, p.period)
        t.association_id, t.feed_id, p.period, p.days, due.due_on, due.due_on + t.grace_days + 1, t.policy, t.sender, t.file_name
    from ops.due_terms() as t
    inner join periods as p on p.every = t.every
    cross join lateral (select upper(p.days) - 1 + t.due_days as due_on) as due
    where due.due_on between t.valid_from and coalesce(t.valid_to, 'infinity')
        and due.due_on between p_day - 365 and p_day + 31
    order by t.association_id, t.feed_id, p.period, t.valid_from desc
$$;

-- What is late of an association, as one text: when it changes, the association is built anew with what it says.
create function ops.late_mark(p_association_id text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(string_agg(concat_ws(' ', feed_id, period, policy), ',' order by feed_id, period), '')
    from ops.expected_delivery where association_id = p_association_id and is_late
$$;

-- Asks once more what has come, for a business date. A delivery of the period answers, or one of a longer period that was
-- made after it ended: a ledger of the year answers for March when it was made in April. Returns what is late.
create function ops.judge_expected(p_day date) returns setof ops.expected_delivery
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    marks jsonb := (select coalesce(jsonb_object_agg(association_id, ops.late_mark(association_id)), '{}')
        from ops.association_state);
begin
    lock table ops.expected_delivery in share row exclusive mode;
    delete from ops.expected_delivery;
    insert into ops.expected_delivery
    select
        e.association_id, e.feed_id, e.period, e.due_on, e.late_from, e.policy, e.sender, e.file_name,
        coalesce(come.state, 'missing'), come.delivery_id,
        coalesce(come.state, 'missing') in ('missing', 'refused') and p_day >= e.late_from, p_day
    from ops.due_around(p_day) as e
    left join lateral (
        select
            d.delivery_id,
            case when d.state in ('accepted', 'superseded') then 'arrived' when d.state = 'rejected' then 'refused'
                else 'held' end as state
        from ops.delivery as d
        cross join lateral (select ops.period_days(d.period) as days) as own
        where d.association_id = e.association_id and d.feed_id = e.feed_id and d.state <> 'withdrawn'
            and (own.days = e.days or (own.days @> e.days
                and (coalesce(d.made_at, d.received_at) at time zone 'Europe/Stockholm')::date >= upper(e.days)))
        order by case when d.state in ('accepted', 'superseded') then 1 when d.state = 'rejected' then 3 else 2 end,
            d.received_at desc, d.delivery_id
        limit 1
    ) as come on true;
    update ops.association_state as s set attempted_hash = null
    where marks ->> s.association_id is distinct from ops.late_mark(s.association_id);
    return query select * from ops.expected_delivery where is_late order by association_id, feed_id, period;
end
$$;

revoke execute on function ops.step_key(text, text, integer), ops.begin_step(text, text, date, text),
ops.end_step(text, text, integer, text, text), ops.note_lost_steps(), ops.raise_alert(text, text, text),
ops.settle_alerts(text, jsonb), ops.note_sent(text[], text), ops.forget_old(integer), ops.period_days(text),
ops.due_around(date), ops.late_mark(text), ops.judge_expected(date) from public;
grant execute on function ops.begin_step(text, text, date, text), ops.end_step(text, text, integer, text, text),
ops.note_lost_steps(), ops.raise_alert(text, text, text), ops.settle_alerts(text, jsonb), ops.note_sent(text[], text),
ops.forget_old(integer), ops.judge_expected(date) to finsam_gate;
grant select on ops.night, ops.alert, ops.expected_delivery to finsam_gate, finsam_audit;
grant select on ops.expected_delivery to own_marts;
reset role;

set local role own_marts;
create view marts.expected_delivery with (security_barrier) as
select
    e.association_id, e.feed_id, f.title_sv, e.period, e.due_on, e.state, e.is_late, e.sender, e.file_name,
    case
        when e.is_late and e.policy = 'hold' then 'Försenad: förbundets siffror ändras inte förrän den har kommit.'
        when e.is_late and e.state = 'refused' then 'Försenad: det som kom avvisades. Siffrorna publiceras utan den.'
        when e.is_late then 'Försenad: siffrorna publiceras utan den.'
        when e.state = 'arrived' then 'Har kommit.'
        when e.state = 'held' then 'Har kommit och väntar på beslut.'
        else 'Väntas.'
    end as status_sv,
    e.judged_on
from ops.expected_delivery as e
left join ops.feed as f on f.feed_id = e.feed_id
where exists (select from ops.my_access as m where m.association_id in (e.association_id, '*'));
comment on view marts.expected_delivery is 'Vad varje förbund ska lämna och när, och vad som är försenat';
grant select on marts.expected_delivery to finsam_reader, finsam_internal, read_public, read_internal;
reset role;
