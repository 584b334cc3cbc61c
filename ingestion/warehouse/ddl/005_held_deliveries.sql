-- Deliveries that overlap without being versions of each other: the later one waits for a person, nothing counts twice.
set local role own_ops;

alter table ops.feed add column scope_all text;
comment on column ops.feed.scope_all is 'Omfattningen som rymmer alla delar; tom där en leverans inte kan vara en del';
alter table ops.delivery add column decided_by text;
comment on column ops.delivery.decided_by is 'Den person som bestämde det nuvarande läget; tom där regler och ordning gjorde det';
alter table ops.delivery_event add column person text;

-- before initiatives could deliver a register of their own, the register of them all was called whole
update ops.delivery set scope = 'all' where feed_id = 'participants' and scope = 'whole';

create or replace function ops.record_delivery_event() returns trigger language plpgsql security definer
set search_path = ops, pg_temp as $$
begin
    if session_user = 'finsam_loader' and new.state <> 'received' then
        raise exception 'the loader only receives; verdicts are the gate''s';
    end if;
    if tg_op = 'INSERT' or new.state is distinct from old.state then
        insert into ops.delivery_event
            (delivery_id, event_number, from_state, to_state, reason_sv, actor, person, run_id)
        select
            new.delivery_id,
            1 + count(*),
            case when tg_op = 'UPDATE' then old.state end,
            new.state,
            new.reason_sv,
            session_user,
            new.decided_by,
            new.run_id
        from ops.delivery_event where delivery_id = new.delivery_id;
    end if;
    return null;
end
$$;

-- Current deliveries of the same feed, association and period that hold the same rows under another scope.
create function ops.overlapping_deliveries(p_delivery_id text) returns setof ops.delivery
language sql stable security definer set search_path = ops, pg_temp as $$
    select other.*
    from ops.delivery as own
    inner join ops.feed as feed on feed.feed_id = own.feed_id
    inner join ops.delivery as other
        on other.feed_id = own.feed_id and other.association_id = own.association_id and other.period = own.period
        and other.state = 'accepted' and other.scope <> own.scope and feed.scope_all in (own.scope, other.scope)
    where own.delivery_id = p_delivery_id
    order by other.received_at, other.delivery_id
$$;

-- The overlap in words, null where there is none.
create function ops.overlap_sv(p_delivery_id text) returns text
language sql stable security definer set search_path = ops, pg_temp as $$
    select format('Överlappar %s som redan gäller för perioden: %s%s.',
        case count(*) when 1 then 'en leverans' else count(*) || ' leveranser' end,
        string_agg(format('%s (%s, %s)', file_name, scope, delivery_id), ', ' order by place) filter (where place <= 3),
        case when count(*) > 3 then format(' och %s till', count(*) - 3) else '' end)
    from (select *, row_number() over (order by received_at, delivery_id) as place
        from ops.overlapping_deliveries(p_delivery_id)) as overlapping
    having count(*) > 0
$$;

-- One decision at a time per feed, association and period: two intakes cannot both find nothing in their way.
create function ops.lock_siblings(p_delivery_id text) returns void language sql security definer
set search_path = ops, pg_temp as $$
    select pg_advisory_xact_lock(hashtextextended(concat_ws('|', feed_id, association_id, period), 0))
    from ops.delivery where delivery_id = p_delivery_id
$$;

-- Which of the accepted deliveries of a feed, association and period are current: the newest of each scope, and no part
-- beside a delivery of all parts. Order is when the document was made, else its arrival.
create function ops.settle_siblings(p_decided ops.delivery) returns void language sql security definer
set search_path = ops, pg_temp as $$
    with standing as (
        select
            d.delivery_id,
            case
                when row_number() over (
                    partition by lower(d.scope)
                    order by coalesce(d.made_at, d.received_at)::date desc, d.received_at desc, d.delivery_id desc
                ) > 1 then 'superseded'
                when d.scope <> f.scope_all and bool_or(d.scope = f.scope_all) over () then 'superseded'
                else 'accepted'
            end as due
        from ops.delivery as d
        left join ops.feed as f on f.feed_id = d.feed_id
        where d.feed_id = p_decided.feed_id and d.association_id = p_decided.association_id
            and d.period = p_decided.period and d.state in ('accepted', 'superseded')
    )
    update ops.delivery as d
    set state = s.due, run_id = p_decided.run_id, decided_by = p_decided.decided_by,
        reason_sv = case
            when s.due = 'superseded' and lower(d.scope) <> lower(p_decided.scope)
                then format('Ersatt av %s (%s): %s', p_decided.file_name, p_decided.delivery_id, p_decided.reason_sv)
        end
    from standing as s
    where s.delivery_id = d.delivery_id and s.due <> d.state
$$;

create function ops.change_delivery(
    p_delivery_id text, p_state text, p_reason_sv text, p_person text, p_run_id text
) returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    decided ops.delivery;
begin
    update ops.delivery set state = p_state, reason_sv = p_reason_sv, decided_by = p_person, run_id = p_run_id
    where delivery_id = p_delivery_id
    returning * into strict decided;
    perform ops.settle_siblings(decided);
    return (select state from ops.delivery where delivery_id = p_delivery_id);
end
$$;

-- A part that nobody knew when it came has an id in the register by now: its deliveries are versions of that part.
create function ops.rename_part(
    p_feed_id text, p_association_id text, p_scope text, p_new_scope text, p_run_id text
) returns void language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    sibling ops.delivery;
begin
    for sibling in
        select distinct on (period) * from ops.delivery
        where feed_id = p_feed_id and association_id = p_association_id and scope = p_scope
        order by period
    loop
        perform ops.lock_siblings(sibling.delivery_id);
        update ops.delivery set scope = p_new_scope
        where feed_id = p_feed_id and association_id = p_association_id and period = sibling.period and scope = p_scope;
        sibling.scope := p_new_scope;
        sibling.run_id := p_run_id;
        sibling.decided_by := null;
        perform ops.settle_siblings(sibling);
    end loop;
end
$$;

-- The gate's decision. What it accepts is held while a current delivery overlaps it.
create or replace function ops.decide_delivery(p_delivery_id text, p_state text, p_reason_sv text, p_run_id text)
returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    known text;
    overlap text;
begin
    perform ops.lock_siblings(p_delivery_id);
    select state into strict known from ops.delivery where delivery_id = p_delivery_id for update;
    if known <> 'received' or p_state not in ('accepted', 'rejected', 'held') then
        raise exception 'the gate does not move a delivery from % to %', known, p_state;
    end if;
    overlap := case when p_state = 'accepted' then ops.overlap_sv(p_delivery_id) end;
    return ops.change_delivery(
        p_delivery_id, case when overlap is null then p_state else 'held' end, coalesce(overlap, p_reason_sv), null, p_run_id);
end
$$;

-- A person's decision, with a reason. Regret is possible: what a person refused or withdrew can be accepted again.
-- Returns the new state, or `covered`: nothing changed, since a current delivery of all parts holds this one's rows too.
create function ops.overrule_delivery(
    p_delivery_id text, p_state text, p_reason_sv text, p_person text, p_run_id text
) returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    known ops.delivery;
begin
    if coalesce(btrim(p_reason_sv), '') = '' or coalesce(btrim(p_person), '') = '' then
        raise exception 'a person''s decision has a reason and a name';
    end if;
    perform ops.lock_siblings(p_delivery_id);
    select * into strict known from ops.delivery where delivery_id = p_delivery_id for update;
    if not (
        (known.state, p_state) in
            (('held', 'accepted'), ('held', 'rejected'), ('accepted', 'withdrawn'), ('withdrawn', 'accepted'))
        or (known.state = 'rejected' and p_state = 'accepted' and known.decided_by is not null)
    ) then
        raise exception 'a person does not move a delivery from % to %', known.state, p_state;
    end if;
    if p_state = 'accepted' and exists (
        select from ops.overlapping_deliveries(p_delivery_id) as other
        inner join ops.feed as f on f.feed_id = other.feed_id and f.scope_all = other.scope
    ) then
        return 'covered';
    end if;
    return ops.change_delivery(p_delivery_id, p_state, p_reason_sv, p_person, p_run_id);
end
$$;

grant execute on function ops.overrule_delivery(text, text, text, text, text), ops.overlap_sv(text),
    ops.rename_part(text, text, text, text, text) to finsam_gate;
reset role;
