-- What holds a delivery, what a person approved, and what its sender said of it beside the file.
set local role own_ops;

alter table ops.delivery
    add column held_by text[] not null default '{}',
    add column approved_rules text[] not null default '{}',
    add column leaves_rows boolean not null default true,
    add column contract_version text,
    add column sender text,
    add column sums jsonb not null default '{}',
    add column manifest jsonb,
    add column is_zero boolean not null default false,
    add column restates jsonb,
    add column chosen_over text[] not null default '{}';
comment on column ops.delivery.held_by is 'Reglerna som gör att leveransen väntar på en person; även overlap och two_senders';
comment on column ops.delivery.approved_rules is 'Regler en person har godkänt för just den här leveransen';
comment on column ops.delivery.leaves_rows is 'Falskt där inga rader fick läsas in förrän någon godkänt: filen läses igen efter beslutet';
comment on column ops.delivery.sums is 'Leveransens egna summor per beloppskolumn, kanonisk text';
comment on column ops.delivery.manifest is 'Följeblad: vad avsändaren sade om filen, utan filens kontrollsumma för personuppgifter';
comment on column ops.delivery.restates is
'Leveransen den ersatte, med rader och belopp före och efter; beloppen är summor utan tecken';
comment on column ops.delivery.chosen_over is 'Leveranser som en person lät den gå före, när ordningen inte framgick';
comment on column ops.delivery.is_zero is 'En undertecknad nolleverans: inget att lämna för perioden';

-- Raw rows are found by their delivery's number: rows of one delivery lie side by side, so a block range index of a few
-- pages does what a key of millions of entries did, and a load need not write that key.
alter table ops.delivery add column load_number bigint generated always as identity unique;
comment on column ops.delivery.load_number is 'Leveransens nummer i raw._load_number, i den ordning leveranserna först kom';

create or replace view ops.current_delivery as
select
    delivery_id, feed_id, association_id, scope, period, file_name, content_id, made_at, received_at, rows_loaded,
    completeness, load_number
from ops.delivery
where state = 'accepted';

create or replace view ops.scoped_delivery as
select c.*
from ops.current_delivery as c
where c.association_id = 'common' or c.association_id in (select s.association_id from ops.build_scope as s);

alter table ops.evidence drop constraint evidence_severity_check;
alter table ops.evidence add constraint evidence_severity_check check (severity in ('invariant', 'hold', 'finding'));


grant update (contract_version, sender, sums, manifest, is_zero) on ops.delivery to finsam_loader;

update ops.delivery set held_by = '{overlap}' where state = 'held';

-- True where the documents do not say which of two was made first: a manifest has the time of day, others only a date.
create function ops.made_alike(p_own ops.delivery, p_other ops.delivery) returns boolean
language sql immutable set search_path = ops, pg_temp as $$
    select coalesce(
        case when p_own.made_at_source = 'manifest' and p_other.made_at_source = 'manifest'
            then p_own.made_at = p_other.made_at
            else p_own.made_at::date = p_other.made_at::date end, true)
$$;

-- What a delivery stands against until a person chooses, where the documents do not say which is the newer: held ones in
-- the same conflict, and a current one that another sender made. The same name again is a new version, and what comes
-- another night without a sender's name is a correction.
create function ops.contesting_deliveries(p_delivery_id text) returns setof ops.delivery
language sql stable security definer set search_path = ops, pg_temp as $$
    select other.*
    from ops.delivery as own
    inner join ops.delivery as other
        on other.feed_id = own.feed_id and other.association_id = own.association_id and other.period = own.period
        and lower(other.scope) = lower(own.scope) and other.delivery_id <> own.delivery_id
    where own.delivery_id = p_delivery_id and ops.made_alike(own, other)
        and ((other.state = 'held' and 'two_senders' = any(other.held_by))
            or (other.state = 'accepted' and lower(other.sender) <> lower(own.sender) and other.file_name <> own.file_name))
    order by other.received_at, other.delivery_id
$$;

-- The conflict in words, null where there is none.
create function ops.conflict_sv(p_delivery_id text) returns text
language sql stable security definer set search_path = ops, pg_temp as $$
    select format('Två filer för samma period, och det framgår inte vilken som är nyast: den här och %s.',
        string_agg(format('%s (%s%s%s)', file_name, case state when 'accepted' then 'gäller, ' else '' end,
            'från ' || sender || ', ', delivery_id), ', ' order by received_at, delivery_id))
    from ops.contesting_deliveries(p_delivery_id)
    having count(*) > 0
$$;

-- Files of one intake that contest each other: no night has put them in order.
create function ops.contested_among(p_delivery_ids text[]) returns table (delivery_id text, other_name text)
language sql stable security definer set search_path = ops, pg_temp as $$
    select own.delivery_id, string_agg(other.file_name, ', ' order by other.file_name, other.delivery_id)
    from ops.delivery as own
    inner join ops.delivery as other
        on other.feed_id = own.feed_id and other.association_id = own.association_id and other.period = own.period
        and lower(other.scope) = lower(own.scope) and other.delivery_id <> own.delivery_id
        and other.delivery_id = any(p_delivery_ids)
    where own.delivery_id = any(p_delivery_ids) and ops.made_alike(own, other)
    group by own.delivery_id
$$;

create function ops.quarter_number(p_period text) returns integer
language sql immutable set search_path = ops, pg_temp as $$
    select case when p_period ~ '^[0-9]{4}(-Q[1-4])?$'
        then 4 * left(p_period, 4)::integer + coalesce(substring(p_period from 'Q([1-4])')::integer, 0) end
$$;

-- What each delivery is compared with: the one it would replace, else the nearest period of the same scope. None for
-- one that comes after its own correction: it replaces nothing.
create function ops.predecessors(p_delivery_ids text[]) returns table (
    delivery_id text, other_id text, period text, rows_loaded bigint, completeness text, sums jsonb, is_same_period boolean
)
language sql stable security definer set search_path = ops, pg_temp as $$
    with near as (
        select distinct on (own.delivery_id)
            own.delivery_id, own.made_at, other.delivery_id as other_id, other.period, other.rows_loaded,
            other.completeness, other.sums, other.period = own.period as is_same_period, other.made_at as other_made_at
        from ops.delivery as own
        inner join ops.delivery as other
            on other.feed_id = own.feed_id and other.association_id = own.association_id
            and lower(other.scope) = lower(own.scope) and other.state = 'accepted'
            and other.delivery_id <> own.delivery_id
        cross join lateral (select abs(ops.quarter_number(other.period) - ops.quarter_number(own.period)) as quarters) as far
        where own.delivery_id = any(p_delivery_ids) and (other.period = own.period or far.quarters is not null)
        order by own.delivery_id, (other.period = own.period) desc, far.quarters, other.period desc
    )
    select near.delivery_id, other_id, near.period, near.rows_loaded, near.completeness, near.sums, near.is_same_period
    from near
    where not (near.is_same_period and coalesce(near.made_at < near.other_made_at, false))
$$;

-- As before; one a person chose leaves those it was chosen over behind it, whatever their dates say.
create or replace function ops.settle_siblings(p_decided ops.delivery) returns void language sql security definer
set search_path = ops, pg_temp as $$
    with pool as (
        select d.*, exists (
            select from ops.delivery as chosen
            where chosen.feed_id = d.feed_id and chosen.association_id = d.association_id
                and chosen.period = d.period and chosen.state in ('accepted', 'superseded')
                and d.delivery_id = any(chosen.chosen_over)
        ) as is_passed_over
        from ops.delivery as d
        where d.feed_id = p_decided.feed_id and d.association_id = p_decided.association_id
            and d.period = p_decided.period and d.state in ('accepted', 'superseded')
    ),
    standing as (
        select
            d.delivery_id,
            case
                when row_number() over (
                    partition by lower(d.scope)
                    order by d.is_passed_over, coalesce(d.made_at, d.received_at)::date desc,
                        case d.made_at_source when 'manifest' then d.made_at else d.received_at end desc,
                        d.received_at desc, d.delivery_id desc
                ) > 1 then 'superseded'
                when d.scope <> f.scope_all and bool_or(d.scope = f.scope_all) over () then 'superseded'
                else 'accepted'
            end as due
        from pool as d
        left join ops.feed as f on f.feed_id = d.feed_id
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

-- As before; what takes another's place keeps what that changed: rows and amounts before and after.
create or replace function ops.change_delivery(
    p_delivery_id text, p_state text, p_reason_sv text, p_person text, p_run_id text
) returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    decided ops.delivery;
    stood ops.delivery;
begin
    select other.* into stood
    from ops.delivery as own
    inner join ops.delivery as other using (feed_id, association_id, period)
    where own.delivery_id = p_delivery_id and other.state = 'accepted' and lower(other.scope) = lower(own.scope)
        and other.delivery_id <> own.delivery_id;
    update ops.delivery set state = p_state, reason_sv = p_reason_sv, decided_by = p_person, run_id = p_run_id
    where delivery_id = p_delivery_id
    returning * into strict decided;
    perform ops.settle_siblings(decided);
    update ops.delivery set restates = jsonb_build_object(
        'delivery_id', stood.delivery_id, 'file_name', stood.file_name,
        'rows', jsonb_build_array(stood.rows_loaded, decided.rows_loaded),
        'sums', (
            select coalesce(jsonb_object_agg(name, jsonb_build_array(stood.sums -> name, decided.sums -> name)), '{}')
            from (select jsonb_object_keys(stood.sums) as name union select jsonb_object_keys(decided.sums)) as named
        ))
    where delivery_id = p_delivery_id and state = 'accepted' and stood.delivery_id is not null;
    return (select state from ops.delivery where delivery_id = p_delivery_id);
end
$$;

-- The gate's decision, and by which rules it is held. What would be current is also held while a current delivery
-- overlaps it, or while nobody knows whether it or another is the newer.
drop function ops.decide_delivery(text, text, text, text);
create function ops.decide_delivery(
    p_delivery_id text, p_state text, p_reason_sv text, p_run_id text, p_held_by text[] default '{}',
    p_leaves_rows boolean default true
) returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    known text;
    overlap text;
    conflict text;
begin
    perform ops.lock_siblings(p_delivery_id);
    select state into strict known from ops.delivery where delivery_id = p_delivery_id for update;
    if known <> 'received' or p_state not in ('accepted', 'rejected', 'held') then
        raise exception 'the gate does not move a delivery from % to %', known, p_state;
    end if;
    if p_state <> 'rejected' and p_leaves_rows then
        overlap := ops.overlap_sv(p_delivery_id);
        conflict := case when not 'two_senders' = any(p_held_by) then ops.conflict_sv(p_delivery_id) end;
    end if;
    update ops.delivery
    set leaves_rows = p_leaves_rows,
        held_by = case when p_state = 'rejected' then '{}' else (
            select coalesce(array_agg(distinct cause order by cause), '{}')
            from unnest(p_held_by || case when overlap is not null then array['overlap'] end
                || case when conflict is not null then array['two_senders'] end) as cause
        ) end
    where delivery_id = p_delivery_id;
    return ops.change_delivery(
        p_delivery_id,
        case when p_state = 'accepted' and (overlap is not null or conflict is not null) then 'held' else p_state end,
        nullif(concat_ws(' ', p_reason_sv, overlap, conflict), ''), null, p_run_id);
end
$$;

-- The reason a person gave is part of the evidence of every rule it set aside.
create function ops.note_approval(p_delivery_id text, p_person text, p_reason_sv text) returns void
language sql security definer set search_path = ops, pg_temp as $$
    update ops.evidence as e
    set detail = e.detail || jsonb_build_object('approved_by', p_person, 'approved_because', p_reason_sv)
    from ops.delivery as d
    where d.delivery_id = p_delivery_id and e.subject = 'delivery:' || p_delivery_id and e.rule_id = any(d.held_by)
$$;

-- The one chosen goes before those it stood against: a held one is refused with it, a current one is superseded.
create function ops.choose_delivery(p_delivery_id text, p_person text, p_run_id text) returns void
language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    chosen ops.delivery;
    other ops.delivery;
begin
    select * into strict chosen from ops.delivery where delivery_id = p_delivery_id;
    for other in select * from ops.contesting_deliveries(p_delivery_id) loop
        if other.state = 'held' then
            perform ops.change_delivery(other.delivery_id, 'rejected',
                format('En person lät %s (%s) gälla i stället.', chosen.file_name, p_delivery_id), p_person, p_run_id);
        else
            update ops.delivery set chosen_over = chosen_over || other.delivery_id where delivery_id = p_delivery_id;
        end if;
    end loop;
end
$$;

-- A person's decision, with a reason: the login decides, and only for associations it has been given. Regret is
-- possible: what a person refused or withdrew can be accepted again. A delivery that was not to leave a row before
-- somebody approved it is received anew. Returns the new state, or `covered`: nothing changed, since a current delivery
-- of all parts holds this one's rows too.
drop function ops.overrule_delivery(text, text, text, text, text);
create function ops.overrule_delivery(p_delivery_id text, p_state text, p_reason_sv text, p_run_id text)
returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    known ops.delivery;
begin
    if coalesce(btrim(p_reason_sv), '') = '' then
        raise exception 'a person''s decision has a reason';
    end if;
    perform ops.lock_siblings(p_delivery_id);
    select * into strict known from ops.delivery where delivery_id = p_delivery_id for update;
    if not exists (select from ops.my_access as a where a.association_id in (known.association_id, '*')) then
        raise insufficient_privilege using message = format('%s decides nothing for %s', session_user, known.association_id);
    end if;
    if not (
        (known.state, p_state) in
            (('held', 'accepted'), ('held', 'rejected'), ('accepted', 'withdrawn'), ('withdrawn', 'accepted'))
        or (known.state = 'rejected' and p_state = 'accepted' and known.decided_by is not null)
    ) then
        raise exception 'a person does not move a delivery from % to %', known.state, p_state;
    end if;
    if p_state <> 'accepted' then
        return ops.change_delivery(p_delivery_id, p_state, p_reason_sv, session_user, p_run_id);
    end if;
    if known.leaves_rows and exists (
        select from ops.overlapping_deliveries(p_delivery_id) as other
        inner join ops.feed as f on f.feed_id = other.feed_id and f.scope_all = other.scope
    ) then
        return 'covered';
    end if;
    perform ops.note_approval(p_delivery_id, session_user, p_reason_sv);
    update ops.delivery set approved_rules = (
        select coalesce(array_agg(distinct rule order by rule), '{}')
        from unnest(approved_rules || held_by) as rule where rule not in ('overlap', 'two_senders'))
    where delivery_id = p_delivery_id;
    if not known.leaves_rows then
        return ops.change_delivery(p_delivery_id, 'received', p_reason_sv, session_user, p_run_id);
    end if;
    if 'two_senders' = any(known.held_by) then
        perform ops.choose_delivery(p_delivery_id, session_user, p_run_id);
    end if;
    return ops.change_delivery(p_delivery_id, 'accepted', p_reason_sv, session_user, p_run_id);
end
$$;

-- As before; what held it is asked anew.
create or replace function ops.reopen_delivery(p_delivery_id text, p_run_id text) returns void
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
    set state = 'received', run_id = p_run_id, reason_sv = null, held_by = '{}',
        rows_read = 0, rows_loaded = 0, rows_quarantined = 0, rows_non_data = 0
    where delivery_id = p_delivery_id;
end
$$;

alter table ops.reader add column is_steward boolean not null default false;
alter table ops.reader drop constraint reader_audience_check;
alter table ops.reader add constraint reader_audience_check check (audience in ('none', 'public', 'internal'));
comment on column ops.reader.is_steward is 'Får besluta om leveranser (ops.overrule_delivery) för sina förbund';
alter table ops.access_event add column is_steward boolean not null default false;

grant execute on function ops.decide_delivery(text, text, text, text, text[], boolean), ops.predecessors(text[]),
    ops.contested_among(text[]) to finsam_gate;
grant execute on function ops.overlap_sv(text), ops.conflict_sv(text) to finsam_audit;

reset role;

-- Who decides about deliveries: nobody logs in as it, and no step of the night is a member.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'decide_deliveries') then
        create role decide_deliveries nologin noinherit;
    end if;
    execute format('grant connect on database %I to decide_deliveries', current_database());
end
$$;
grant usage on schema ops to decide_deliveries;
set local role own_ops;
grant execute on function ops.overrule_delivery(text, text, text, text) to decide_deliveries;
reset role;

grant create on schema ops to own_raw;
set local role own_raw;
create or replace function ops.remove_rows(p_delivery_id text) returns void language plpgsql security definer
set search_path = ops, pg_temp as $$
declare
    removed ops.delivery;
begin
    select * into strict removed from ops.delivery
    where delivery_id = p_delivery_id and state in ('rejected', 'received');
    execute format('delete from raw.%I where _load_number = $1', removed.feed_id) using removed.load_number;
end
$$;

-- Rows that only the whole delivery shows to be wrong leave raw before anybody has judged it; the loader keeps them aside.
create function ops.take_out_rows(p_delivery_id text, p_row_numbers integer[])
returns table (row_number integer, cells jsonb) language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    received ops.delivery;
begin
    select * into strict received from ops.delivery where delivery_id = p_delivery_id and state = 'received';
    return query execute format(
        'delete from raw.%I as sent where _load_number = $1 and _row_number = any($2) returning _row_number, to_jsonb(sent)',
        received.feed_id) using received.load_number, p_row_numbers;
end
$$;
revoke execute on function ops.take_out_rows(text, integer[]) from public;
grant execute on function ops.take_out_rows(text, integer[]) to finsam_loader;
reset role;
revoke create on schema ops from own_raw;
