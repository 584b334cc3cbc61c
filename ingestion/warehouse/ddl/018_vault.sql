-- What is known of persons beyond their rows: which pseudonyms are one person, who is erased, what was decided, by whom and
-- why. No login reads the pseudonyms here: each right is a function that writes what it did in vault.act before it answers.
create schema vault authorization own_vault;
set local role own_vault;

create table vault.key_version (
    version integer primary key check (version > 0),
    fingerprint text not null unique,
    made_at timestamptz not null default clock_timestamp(),
    retired_at timestamptz
);
comment on table vault.key_version is
'Nycklarna pseudonymer görs med, aldrig nycklarna själva: fingerprint är HMAC över en fast text och känner igen en fel nyckel';

create table vault.act (
    act_id text primary key,
    kind text not null check (kind in (
        'lookup', 'erase', 'withdraw_consent', 'link', 'rotate', 'retention_rule', 'retention', 'release'
    )),
    association_id text not null,
    case_number text not null check (btrim(case_number) <> ''),
    ground_sv text,
    reason_sv text not null check (btrim(reason_sv) <> ''),
    person text not null default session_user,
    recorded_at timestamptz not null default clock_timestamp(),
    replayed_at timestamptz,
    row_count bigint not null default 0,
    detail jsonb not null default '{}',
    -- six or eight digits and four more: nobody's number belongs in a log
    constraint no_number_in_words check (
        concat_ws('|', case_number, ground_sv, reason_sv, detail ->> 'what_sv', detail ->> 'recipient_sv')
        !~ '(?<![0-9])([0-9]{6}|[0-9]{8})[-+ ]?[0-9]{4}(?![0-9])'
    )
);
comment on table vault.act is
'Allt som gjorts med personuppgifter: slag, ärende, skäl, inloggning, antal rader; aldrig ett nummer eller en pseudonym';
comment on column vault.act.replayed_at is 'När åtgärden gjordes om efter en återställning från en säkerhetskopia';
create view vault.release as
select
    act_id, association_id, recorded_at, person, case_number, reason_sv, detail ->> 'what_sv' as what_sv,
    detail ->> 'recipient_sv' as recipient_sv, detail ->> 'protection_sv' as protection_sv,
    (detail ->> 'generation')::integer as generation
from vault.act where kind = 'release';
comment on view vault.release is 'Vad som lämnats ut, till vem och med vilket skydd';

create table vault.personal_column (
    feed_id text not null,
    column_name text not null,
    primary key (feed_id, column_name)
);
comment on table vault.personal_column is 'Leveransslagens personkolumner, ur avtalen vid `finsam migrate`';

create table vault.pseudonym (
    pseudonym text primary key,
    stands_for text not null check (stands_for <> pseudonym),
    because text not null check (because in ('rotation', 'link'))
);
create index pseudonym_backward on vault.pseudonym (stands_for);
comment on table vault.pseudonym is
'Pseudonymer som är någon annans: av en äldre nyckel, eller av ett nummer som personen inte längre har';

create table vault.next_pseudonym (
    old text primary key,
    new text not null
);
comment on table vault.next_pseudonym is 'Medan en nyckel läggs till: varje pseudonym i bruk, och vad den blir; annars tom';

create table vault.tombstone (
    pseudonym text primary key,
    association_id text not null,
    key_version integer not null,
    act_id text not null references vault.act
);
comment on table vault.tombstone is 'Raderade personer: deras rader tas ur varje leverans som kommer, och ur varje återställning';

create table vault.withdrawal (
    pseudonym text primary key,
    association_id text not null,
    withdrawn_on date not null,
    act_id text not null references vault.act
);
comment on table vault.withdrawal is
'Återkallade samtycken som personen lämnat till förbundet: räknas från och med nu som om registret sagt det';

create table vault.removed_row (
    delivery_id text not null,
    row_number integer not null,
    act_id text not null references vault.act,
    primary key (delivery_id, row_number)
);
comment on table vault.removed_row is 'Rader som tagits bort, med leverans och radnummer: arkivet och äldre generationer följer efter';

create table vault.retention_rule (
    feed_id text not null,
    association_id text not null,
    years integer not null check (years between 0 and 100),
    decision_sv text not null,
    act_id text not null references vault.act,
    primary key (feed_id, association_id)
);
comment on table vault.retention_rule is
'Hur många år efter periodens slut raderna sparas, och enligt vilket beslut; förbundets egen regel går före den för alla (*)';

-- What models see of a person: one pseudonym, whichever key or number it came under.
grant usage on schema vault to own_raw, own_keeper, finsam_audit, finsam_loader, finsam_gate, finsam_privacy, guard_privacy;
grant select on vault.pseudonym, vault.withdrawal to own_raw;
grant select on vault.removed_row to own_keeper, finsam_audit;
grant select on vault.key_version, vault.act, vault.release, vault.retention_rule, vault.personal_column to finsam_audit;
reset role;

set local role own_ops;
alter table ops.reader add column is_privacy_officer boolean not null default false;
alter table ops.access_event add column is_privacy_officer boolean not null default false;
comment on column ops.reader.is_privacy_officer is 'Får slå upp och radera personer (vault) i sina förbund';
alter table ops.quarantined_row add column person_key text;
comment on column ops.quarantined_row.person_key is
'Radens pseudonym, så att den som raderas också tas bort här; saknas där numret inte gick att läsa';
insert into ops.access (login_name, association_id) values ('finsam_privacy', '*') on conflict do nothing;

-- A decision about a person is news for the association's figures although no delivery is: built next night, and held
-- against nothing that stood before.
create function ops.note_privacy_act(p_association_id text) returns void
language sql security definer set search_path = ops, pg_temp as $$
    update ops.association_state set attempted_hash = null, published_hash = null where association_id = p_association_id
$$;
revoke execute on function ops.note_privacy_act(text) from public;
grant execute on function ops.note_privacy_act(text) to own_vault;
grant usage on schema ops to own_vault;
grant select on ops.delivery, ops.my_access, ops.quarantined_row, ops.row_issue, ops.association_state, ops.build to own_vault;
grant update (rows_loaded, rows_non_data) on ops.delivery to own_vault;
grant update (value_shown) on ops.row_issue to own_vault;
grant delete on ops.quarantined_row to own_vault;
grant select on ops.mart_column to own_keeper;
grant create on schema ops to own_keeper;
reset role;

set local role own_raw;
grant usage on schema raw to own_vault;
do $$
declare
    delivered text;
begin
    for delivered in
        select c.oid::regclass from pg_class as c
        where c.relnamespace = 'raw'::regnamespace and c.relkind = 'r'
    loop
        execute format('grant select, delete on %s to own_vault', delivered);
    end loop;
end
$$;
reset role;

set local role own_vault;

-- FS030: the message says why not, in Swedish.
create function vault.enter(
    p_act_id text, p_kind text, p_association_id text, p_case_number text, p_ground_sv text, p_reason_sv text
) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from ops.my_access as a where a.association_id in (p_association_id, '*')) then
        raise insufficient_privilege using message = format('%s does nothing for %s', session_user, p_association_id);
    end if;
    if coalesce(btrim(p_case_number), '') = '' or coalesce(btrim(p_reason_sv), '') = '' then
        raise exception using errcode = 'FS030', message = 'Ange ärendets nummer och skälet.';
    end if;
    if p_kind = 'erase' and coalesce(btrim(p_ground_sv), '') = '' then
        raise exception using errcode = 'FS030', message = 'Ange vilken grund raderingen har.';
    end if;
    insert into vault.act (act_id, kind, association_id, case_number, ground_sv, reason_sv)
    values (p_act_id, p_kind, p_association_id, btrim(p_case_number), nullif(btrim(p_ground_sv), ''), btrim(p_reason_sv));
exception when check_violation then
    raise exception using errcode = 'FS030', message =
        'Ärende, grund och skäl får inte innehålla något som ser ut som ett personnummer: de står i loggen.';
end
$$;

-- Every pseudonym of the person the given ones are: theirs, the one they stand for, and all that stand for that one.
create function vault.all_of(p_pseudonyms text[]) returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
    with standing as (
        select unnest(p_pseudonyms) as pseudonym
        union
        select stands_for from vault.pseudonym where pseudonym = any(p_pseudonyms)
    )
    select array_agg(distinct pseudonym) from (
        select pseudonym from standing
        union all
        select p.pseudonym from vault.pseudonym as p inner join standing as s on s.pseudonym = p.stands_for
    ) as found
$$;

create function vault.note_removed(p_act_id text, p_delivery_ids text[], p_row_numbers integer[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    insert into vault.removed_row (delivery_id, row_number, act_id)
    select d, r, p_act_id from unnest(p_delivery_ids, p_row_numbers) as u (d, r) on conflict do nothing;
    update ops.row_issue as i set value_shown = null
    from unnest(p_delivery_ids, p_row_numbers) as u (d, r)
    where i.delivery_id = u.d and i.row_number = u.r and i.value_shown is not null
$$;

-- Takes rows out of raw and out of what was set aside: of those persons, or of whole deliveries. Returns how many.
create function vault.remove_rows(p_act_id text, p_association_id text, p_pseudonyms text[], p_delivery_ids text[])
returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    one vault.personal_column;
    deliveries text[];
    numbers integer[];
    removed bigint := 0;
begin
    for one in select * from vault.personal_column order by feed_id, column_name loop
        execute format(
            'with gone as (delete from raw.%1$I as r using ops.delivery as d'
            ' where d.load_number = r._load_number and d.association_id = $1 and d.feed_id = %2$L'
            ' and (r.%3$I = any($2) or d.delivery_id = any($3)) returning d.delivery_id, r._row_number),'
            ' counted as (select delivery_id, count(*) as gone from gone group by 1),'
            ' told as (update ops.delivery as d set rows_loaded = d.rows_loaded - c.gone, rows_non_data = d.rows_non_data + c.gone'
            ' from counted as c where c.delivery_id = d.delivery_id)'
            ' select coalesce(array_agg(delivery_id), ''{}''), coalesce(array_agg(_row_number), ''{}'') from gone',
            one.feed_id, one.feed_id, one.column_name)
        into deliveries, numbers using p_association_id, p_pseudonyms, p_delivery_ids;
        removed := removed + cardinality(numbers);
        perform vault.note_removed(p_act_id, deliveries, numbers);
    end loop;
    with gone as (
        delete from ops.quarantined_row as q using ops.delivery as d
        where d.delivery_id = q.delivery_id and d.association_id = p_association_id
            and (q.person_key = any(p_pseudonyms) or d.delivery_id = any(p_delivery_ids))
        returning q.delivery_id, q.row_number
    )
    select coalesce(array_agg(delivery_id), '{}'), coalesce(array_agg(row_number), '{}') into deliveries, numbers from gone;
    perform vault.note_removed(p_act_id, deliveries, numbers);
    removed := removed + cardinality(numbers);
    update vault.act set row_count = row_count + removed where act_id = p_act_id;
    perform ops.note_privacy_act(p_association_id);
    return removed;
end
$$;

-- The erasure itself, now and again after a restore. The tombstone comes first: it waits for intakes that are loading.
create function vault.put_to_rest(p_act_id text, p_association_id text, p_pseudonyms text[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    persons text[] := vault.all_of(p_pseudonyms);
begin
    insert into vault.tombstone (pseudonym, association_id, key_version, act_id)
    select p, p_association_id, (select max(version) from vault.key_version), p_act_id from unnest(persons) as p
    on conflict (pseudonym) do nothing;
    delete from vault.withdrawal where pseudonym = any(persons);
    return vault.remove_rows(p_act_id, p_association_id, persons, '{}');
end
$$;

create function vault.note_withdrawal(p_act_id text, p_association_id text, p_pseudonyms text[], p_withdrawn_on date)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    insert into vault.withdrawal as w (pseudonym, association_id, withdrawn_on, act_id)
    select p, p_association_id, p_withdrawn_on, p_act_id from unnest(vault.all_of(p_pseudonyms)) as p
    on conflict (pseudonym) do update set withdrawn_on = least(w.withdrawn_on, excluded.withdrawn_on);
    perform ops.note_privacy_act(p_association_id);
end
$$;

-- From now on the former number's pseudonyms are the present one's: one person, in what has come and what will.
create function vault.make_one(p_act_id text, p_association_id text, p_former text[], p_present text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    newest text := p_present[cardinality(p_present)];
    target text := coalesce((select stands_for from vault.pseudonym where pseudonym = newest), newest);
    former text[] := vault.all_of(p_former);
begin
    if target = any(former) then
        raise exception using errcode = 'FS030', message = 'Numren är redan samma person.';
    end if;
    if exists (select from vault.tombstone where pseudonym = any(former || target || p_present)) then
        raise exception using errcode = 'FS030', message =
            'Den ena är raderad. Radera också det andra numret, om ärendet gäller samma person.';
    end if;
    insert into vault.pseudonym as p (pseudonym, stands_for, because)
    select f, target, 'link' from unnest(former) as f
    on conflict (pseudonym) do update set stands_for = excluded.stands_for;
    insert into vault.pseudonym (pseudonym, stands_for, because)
    select p, target, 'rotation' from unnest(p_present) as p where p <> target on conflict do nothing;
    insert into vault.withdrawal as w (pseudonym, association_id, withdrawn_on, act_id)
    select target, p_association_id, min(f.withdrawn_on), min(f.act_id)
    from vault.withdrawal as f where f.pseudonym = any(former) having count(*) > 0
    on conflict (pseudonym) do update set withdrawn_on = least(w.withdrawn_on, excluded.withdrawn_on);
    perform ops.note_privacy_act(p_association_id);
end
$$;

-- A key more: what stood for a pseudonym stands for the next one's, which vault.next_pseudonym has. A number that somebody no longer has comes under the new key too.
create function vault.follow_key(p_version integer, p_fingerprint text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    insert into vault.pseudonym (pseudonym, stands_for, because)
    select later.new, onward.new, 'link'
    from vault.pseudonym as p
    inner join vault.next_pseudonym as later on later.old = p.pseudonym
    inner join vault.next_pseudonym as onward on onward.old = p.stands_for
    where p.because = 'link' on conflict do nothing;
    update vault.pseudonym as p set stands_for = n.new, because = 'rotation'
    from vault.next_pseudonym as n where n.old = p.stands_for;
    insert into vault.pseudonym (pseudonym, stands_for, because)
    select n.old, n.new, 'rotation' from vault.next_pseudonym as n on conflict do nothing;
    insert into vault.tombstone (pseudonym, association_id, key_version, act_id)
    select n.new, t.association_id, p_version, t.act_id
    from vault.tombstone as t inner join vault.next_pseudonym as n on n.old = t.pseudonym
    where t.key_version = p_version - 1 on conflict do nothing;
    insert into vault.withdrawal (pseudonym, association_id, withdrawn_on, act_id)
    select n.new, w.association_id, w.withdrawn_on, w.act_id
    from vault.withdrawal as w inner join vault.next_pseudonym as n on n.old = w.pseudonym on conflict do nothing;
    update vault.key_version set retired_at = clock_timestamp() where retired_at is null;
    insert into vault.key_version (version, fingerprint) values (p_version, p_fingerprint);
    delete from vault.next_pseudonym;
end
$$;

-- Every pseudonym that is in use, and comes under the next key.
create function vault.in_use() returns setof text language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    one vault.personal_column;
begin
    return query
        select stands_for from vault.pseudonym
        union select pseudonym from vault.pseudonym where because = 'link'
        union select pseudonym from vault.tombstone where key_version = (select max(version) from vault.key_version)
        union select q.person_key from ops.quarantined_row as q where q.person_key is not null
            and not exists (select from vault.pseudonym as p where p.pseudonym = q.person_key)
        union select w.pseudonym from vault.withdrawal as w
            where not exists (select from vault.pseudonym as p where p.pseudonym = w.pseudonym);
    for one in select * from vault.personal_column loop
        return query execute format(
            'select distinct r.%1$I from raw.%2$I as r where r.%1$I is not null'
            ' and not exists (select from vault.pseudonym as p where p.pseudonym = r.%1$I)', one.column_name, one.feed_id);
    end loop;
end
$$;

-- Who is sought under one act, told to nobody: the act's own id is part of it, so that two acts cannot be compared.
create function vault.sought(p_act_id text, p_pseudonyms text[]) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select encode(sha256(convert_to(p_act_id || array_to_string(p_pseudonyms, ','), 'UTF8')), 'hex')
$$;

-- Is the row of a transaction that is over? One that could still be undone would leave no trace of what it was shown.
create function vault.is_settled(p_xmin xid) returns boolean language sql set search_path = pg_catalog, pg_temp as $$
    select pg_xact_status(
        (((pg_current_xact_id()::text::bigint >> 32) << 32) + p_xmin::text::bigint)::text::xid8) = 'committed'
$$;

-- What a privacy officer may do. p_pseudonyms: of one number, under every key in turn. Nothing gives a pseudonym back.
-- Whoever looks somebody up says so first, in a transaction of its own: the log then stands whatever becomes of the second.
create function vault.announce(
    p_act_id text, p_association_id text, p_pseudonyms text[], p_case_number text, p_reason_sv text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform vault.enter(p_act_id, 'lookup', p_association_id, p_case_number, null, p_reason_sv);
    update vault.act set detail = jsonb_build_object('sought', vault.sought(p_act_id, p_pseudonyms)) where act_id = p_act_id;
end
$$;

create function vault.look_up(p_act_id text, p_association_id text, p_pseudonyms text[]) returns table (
    feed_id text, delivery_id text, file_name text, state text, period text, received_at timestamptz, row_number integer,
    is_set_aside boolean, cells jsonb
) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    persons text[] := vault.all_of(p_pseudonyms);
    one vault.personal_column;
    found_rows bigint;
    all_rows bigint := 0;
begin
    if not exists (
        select from vault.act as a
        where a.act_id = p_act_id and a.kind = 'lookup' and a.person = session_user and a.association_id = p_association_id
            and a.recorded_at > clock_timestamp() - interval '10 minutes' and vault.is_settled(a.xmin)
            and a.detail ->> 'sought' = vault.sought(p_act_id, p_pseudonyms)
    ) then
        raise exception using errcode = 'FS030', message = 'En slagning anmäls först, med ärende och skäl, i loggen.';
    end if;
    for one in select * from vault.personal_column order by feed_id, column_name loop
        return query execute format(
            'select d.feed_id, d.delivery_id, d.file_name, d.state, d.period, d.received_at, r._row_number, false,'
            ' jsonb_strip_nulls(to_jsonb(r) - %3$L - ''_load_number'' - ''_delivery_id'' - ''_row_number'')'
            ' from raw.%1$I as r inner join ops.delivery as d on d.load_number = r._load_number'
            ' where d.association_id = $1 and d.feed_id = %2$L and r.%3$I = any($2) order by d.received_at, r._row_number',
            one.feed_id, one.feed_id, one.column_name) using p_association_id, persons;
        get diagnostics found_rows = row_count;
        all_rows := all_rows + found_rows;
    end loop;
    return query
        select d.feed_id, d.delivery_id, d.file_name, d.state, d.period, d.received_at, q.row_number, true,
            jsonb_strip_nulls(q.cells)
        from ops.quarantined_row as q inner join ops.delivery as d using (delivery_id)
        where d.association_id = p_association_id and q.person_key = any(persons) order by d.received_at, q.row_number;
    get diagnostics found_rows = row_count;
    update vault.act set row_count = all_rows + found_rows where act_id = p_act_id;
end
$$;

create function vault.erase(
    p_act_id text, p_association_id text, p_pseudonyms text[], p_case_number text, p_ground_sv text, p_reason_sv text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform vault.enter(p_act_id, 'erase', p_association_id, p_case_number, p_ground_sv, p_reason_sv);
    perform vault.put_to_rest(p_act_id, p_association_id, p_pseudonyms);
end
$$;

-- How many rows one's own act came to, once it is done.
create function vault.told(p_act_id text) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select a.row_count from vault.act as a
    where a.act_id = p_act_id and a.person = session_user and vault.is_settled(a.xmin)
$$;

create function vault.withdraw_consent(
    p_act_id text, p_association_id text, p_pseudonyms text[], p_withdrawn_on date, p_case_number text, p_reason_sv text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform vault.enter(p_act_id, 'withdraw_consent', p_association_id, p_case_number, null, p_reason_sv);
    perform vault.note_withdrawal(p_act_id, p_association_id, p_pseudonyms, p_withdrawn_on);
end
$$;

create function vault.link(
    p_act_id text, p_association_id text, p_former text[], p_present text[], p_case_number text, p_reason_sv text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform vault.enter(p_act_id, 'link', p_association_id, p_case_number, null, p_reason_sv);
    perform vault.make_one(p_act_id, p_association_id, p_former, p_present);
end
$$;

-- How long rows stay, by whose decision (p_case_number refers to it). Decided anew it replaces what was decided before.
create function vault.decide_retention(
    p_act_id text, p_association_id text, p_feed_id text, p_years integer, p_case_number text, p_reason_sv text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform vault.enter(p_act_id, 'retention_rule', p_association_id, p_case_number, null, p_reason_sv);
    if not exists (select from vault.personal_column as c where c.feed_id = p_feed_id) then
        raise exception using errcode = 'FS030', message = format(
            'Leveransslaget %s har inga personuppgifter att gallra. Välj bland: %s.', p_feed_id,
            (select string_agg(distinct c.feed_id, ', ' order by c.feed_id) from vault.personal_column as c));
    end if;
    update vault.act set detail = jsonb_build_object('feed_id', p_feed_id, 'years', p_years) where act_id = p_act_id;
    insert into vault.retention_rule as r (feed_id, association_id, years, decision_sv, act_id)
    values (p_feed_id, p_association_id, p_years, btrim(p_case_number), p_act_id)
    on conflict (feed_id, association_id) do update
    set years = excluded.years, decision_sv = excluded.decision_sv, act_id = excluded.act_id;
end
$$;

-- Deliveries whose time is out: the period's last year and as many years after it as the rule says have passed.
create function vault.retention_due(p_today date) returns table (
    association_id text, feed_id text, delivery_id text, file_name text, period text, row_count bigint, years integer,
    decision_sv text
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select d.association_id, d.feed_id, d.delivery_id, d.file_name, d.period,
        d.rows_loaded + (select count(*) from ops.quarantined_row as q where q.delivery_id = d.delivery_id),
        r.years, r.decision_sv
    from ops.delivery as d
    cross join lateral (
        select * from vault.retention_rule as r
        where r.feed_id = d.feed_id and r.association_id in (d.association_id, '*')
        order by r.association_id = '*' limit 1
    ) as r
    where d.period ~ '^[0-9]{4}' and extract(year from p_today) > left(d.period, 4)::integer + r.years
        and exists (select from ops.my_access as a where a.association_id in (d.association_id, '*'))
        and (d.rows_loaded > 0 or exists (select from ops.quarantined_row as q where q.delivery_id = d.delivery_id))
    order by 1, 2, 5, 3
$$;

create function vault.remove_due(p_act_id text, p_association_id text, p_today date, p_reason_sv text)
returns text[] language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    due text[];
    decisions text;
begin
    select array_agg(d.delivery_id), string_agg(distinct d.decision_sv, '; ') into due, decisions
    from vault.retention_due(p_today) as d where d.association_id = p_association_id;
    if due is null then
        return '{}';
    end if;
    perform vault.enter(p_act_id, 'retention', p_association_id, decisions, null, p_reason_sv);
    update vault.act set detail = jsonb_build_object('delivery_ids', to_jsonb(due)) where act_id = p_act_id;
    perform vault.remove_rows(p_act_id, p_association_id, '{}', due);
    return due;
end
$$;

create function vault.record_release(
    p_act_id text, p_association_id text, p_what_sv text, p_recipient_sv text, p_protection_sv text, p_case_number text,
    p_reason_sv text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if '' in (coalesce(btrim(p_what_sv), ''), coalesce(btrim(p_recipient_sv), ''), coalesce(btrim(p_protection_sv), '')) then
        raise exception using errcode = 'FS030', message = 'Ange vad som lämnas ut, till vem och med vilket skydd.';
    end if;
    perform vault.enter(p_act_id, 'release', p_association_id, p_case_number, null, p_reason_sv);
    update vault.act set detail = jsonb_build_object(
        'what_sv', btrim(p_what_sv), 'recipient_sv', btrim(p_recipient_sv), 'protection_sv', btrim(p_protection_sv),
        'generation', (select max(s.generation) from ops.association_state as s where s.association_id = p_association_id))
    where act_id = p_act_id;
exception when check_violation then
    raise exception using errcode = 'FS030', message =
        'Vad och till vem får inte innehålla något som ser ut som ett personnummer: de står i loggen.';
end
$$;

-- Where rows went, so that what lies in files follows: no person is told by a row number.
create function vault.removed() returns table (
    association_id text, feed_id text, delivery_id text, row_numbers integer[]
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select d.association_id, d.feed_id, r.delivery_id, array_agg(r.row_number order by r.row_number)
    from vault.removed_row as r inner join ops.delivery as d using (delivery_id)
    where exists (select from ops.my_access as a where a.association_id in (d.association_id, '*'))
    group by 1, 2, 3 order by 1, 2, 3
$$;

-- Before anything is read: are the keys those that the rows were made with? The first intake says which they are.
-- Returns how many there are; none where there is neither key nor row.
create function vault.hold_keys(p_fingerprints text[]) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    wrong integer;
begin
    insert into vault.key_version (version, fingerprint)
    select 1, p_fingerprints[1] where p_fingerprints[1] is not null and not exists (select from vault.key_version)
    on conflict do nothing;
    select min(version) into wrong from vault.key_version where fingerprint is distinct from p_fingerprints[version];
    if wrong is not null then
        raise exception using errcode = 'FS031', message = wrong::text;
    end if;
    return (select coalesce(max(version), 0) from vault.key_version);
end
$$;

-- Until the delivery that is being taken in is there or not, no erasure begins: it would not see the rows. Asked for first,
-- since an erasure holds this lock before it asks for any row.
create function vault.hold_erasures() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    lock table vault.tombstone in share mode;
end
$$;

-- Rows of erased persons in a delivery that is being taken in: they leave again before anybody can see them.
create function vault.take_out_erased(p_delivery_id text) returns table (row_number integer, is_set_aside boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    received ops.delivery;
    one vault.personal_column;
    rested text;
    loaded integer[] := '{}';
    numbers integer[];
begin
    select * into strict received from ops.delivery where delivery_id = p_delivery_id and state = 'received';
    select max(t.act_id) into rested from vault.tombstone as t where t.association_id = received.association_id;
    if rested is null then
        return;
    end if;
    for one in select * from vault.personal_column where feed_id = received.feed_id loop
        execute format(
            'with gone as (delete from raw.%1$I as r using vault.tombstone as t where r._load_number = $1'
            ' and t.association_id = $2 and t.pseudonym = r.%2$I returning r._row_number)'
            ' select coalesce(array_agg(_row_number), ''{}'') from gone', one.feed_id, one.column_name)
        into numbers using received.load_number, received.association_id;
        loaded := loaded || numbers;
    end loop;
    with gone as (
        delete from ops.quarantined_row as q using vault.tombstone as t
        where q.delivery_id = p_delivery_id and t.association_id = received.association_id and t.pseudonym = q.person_key
        returning q.row_number
    )
    select coalesce(array_agg(row_number), '{}') into numbers from gone;
    insert into vault.removed_row (delivery_id, row_number, act_id)
    select p_delivery_id, n, rested from unnest(loaded || numbers) as n on conflict do nothing;
    update ops.delivery
    set rows_loaded = rows_loaded - cardinality(loaded), rows_non_data = rows_non_data + cardinality(loaded)
    where delivery_id = p_delivery_id and cardinality(loaded) > 0;
    return query select n, false from unnest(loaded) as n union all select n, true from unnest(numbers) as n;
end
$$;

-- Associations of a build whose persons something was decided about since what stands was built.
create function vault.decided_since(p_build_id text) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select distinct a.association_id
    from vault.act as a
    inner join ops.association_state as s on s.association_id = a.association_id
    inner join ops.build as stands on stands.build_id = s.published_build
    where a.kind in ('erase', 'withdraw_consent', 'link', 'retention')
        and coalesce(a.replayed_at, a.recorded_at) >= stands.started_at and stands.build_id <> p_build_id
$$;

revoke execute on all functions in schema vault from public;
grant execute on function vault.announce(text, text, text[], text, text), vault.look_up(text, text, text[]),
    vault.told(text), vault.erase(text, text, text[], text, text, text),
    vault.withdraw_consent(text, text, text[], date, text, text), vault.link(text, text, text[], text[], text, text),
    vault.decide_retention(text, text, text, integer, text, text), vault.retention_due(date),
    vault.remove_due(text, text, date, text), vault.record_release(text, text, text, text, text, text, text),
    vault.removed() to finsam_privacy, guard_privacy;
grant execute on function vault.hold_keys(text[]), vault.hold_erasures(), vault.take_out_erased(text) to finsam_loader;
grant execute on function vault.decided_since(text) to finsam_gate;
reset role;

set local role own_keeper;

-- Rows of removed persons leave the closed past too. What a closed generation counted stays as it was published; the row
-- that was counted is no longer there to be shown.
create function ops.forget_rows() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    relation text;
    removed bigint;
    forgotten bigint := 0;
begin
    for relation in
        select format('store.%I', mart || '_history') from ops.mart_column
        where column_name in ('_delivery_id', '_row_number') group by mart having count(*) = 2
    loop
        execute format(
            'delete from %s as r using vault.removed_row as g'
            ' where g.delivery_id = r._delivery_id and g.row_number = r._row_number', relation);
        get diagnostics removed = row_count;
        forgotten := forgotten + removed;
    end loop;
    return forgotten;
end
$$;
comment on function ops.forget_rows() is 'Tar borttagna personers rader ur stängda generationer; antalen som publicerades står kvar';
revoke execute on function ops.forget_rows() from public;
grant execute on function ops.forget_rows() to finsam_keeper;
reset role;

set local role own_ops;
revoke create on schema ops from own_keeper;
reset role;
