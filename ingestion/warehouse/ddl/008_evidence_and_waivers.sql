-- Evidence per part, what is required pinned apart from the tests, one verdict, and waivers two people stand behind.
set local role own_ops;

alter table ops.evidence
    add column part text not null default '*',
    add column population bigint,
    add column failed_sek numeric,
    add column digest text,
    add column waiver_id text,
    drop constraint evidence_pkey,
    add primary key (subject, rule_id, association_id, part);
comment on column ops.evidence.part is 'Marten, dess kolumn, eller testet; * där regeln gäller hela leveransen eller bygget';
comment on column ops.evidence.population is 'Rader som finns att pröva i det regeln handlar om; tomt där det inte räknats';
comment on column ops.evidence.failed_sek is 'Beloppet det handlar om, där regeln räknar kronor';
comment on column ops.evidence.digest is 'Vad som prövades; ska vara detsamma som i ops.required_rule';
comment on column ops.evidence.waiver_id is 'Undantaget som täcker felet; det står också i marts.finding';

alter table ops.required_rule
    add column part text not null default '*',
    add column digest text,
    drop constraint required_rule_pkey,
    add primary key (rule_id, part),
    drop constraint required_rule_severity_check,
    add constraint required_rule_severity_check check (severity in ('invariant', 'hold', 'finding'));
comment on table ops.required_rule is
'Regler som måste ha lämnat evidens innan något publiceras, ur expectations/required.csv. part *: vilken del som helst';

alter table ops.published_finding
    add column part text not null default '*',
    add column waiver_id text,
    drop constraint published_finding_pkey,
    add primary key (association_id, rule_id, subject, part);

-- A known failure that is lived with for a while: one steward asks, another agrees, and both names stand beside the figure.
create table ops.waiver (
    waiver_id text primary key,
    rule_id text not null,
    part text not null default '*',
    association_id text not null check (association_id not in ('*', 'common')),
    unit text not null check (unit in ('rows', 'sek')),
    ceiling numeric not null check (ceiling > 0),
    reason_sv text not null check (btrim(reason_sv) <> ''),
    valid_from date not null,
    valid_until date not null,
    owner_login text not null,
    proposed_at timestamptz not null default clock_timestamp(),
    approver_login text,
    approved_at timestamptz,
    withdrawn_by text,
    withdrawn_at timestamptz,
    withdrawn_because_sv text,
    begun_on date,
    ended_on date,
    constraint another_person_approves check (approver_login <> owner_login),
    constraint approved_by_somebody check ((approver_login is null) = (approved_at is null)),
    constraint not_for_ever check (valid_until between valid_from and valid_from + 366)
);
comment on table ops.waiver is 'Undantag: ett känt fel som två namngivna personer godtar upp till ett tak och till en dag';
comment on column ops.waiver.begun_on is 'Dagen siffrorna gällde när det första gången prövades med undantaget';
comment on column ops.waiver.ended_on is 'Dagen siffrorna gällde när natten såg att det gått ut, och prövade förbundet på nytt';

-- A rule no waiver may lift: our own arithmetic, keys and contracts, and what holds a single delivery (approved there).
create function ops.waivable_severity(p_rule_id text) returns text
language sql stable security definer set search_path = ops, pg_temp as $$
    select case
        when bool_or(severity = 'invariant') then 'invariant'
        when bool_or(severity = 'hold' and place = 'delivery') then 'delivery'
        else max(severity) end
    from (
        select severity, 'build' as place from ops.required_rule where rule_id = p_rule_id
        union all
        select severity, place from ops.rule_card where rule_id = p_rule_id
    ) as known
$$;

create function ops.refuse_if_not_steward(p_association_id text) returns void
language plpgsql security definer set search_path = ops, pg_temp as $$
begin
    if not exists (select from ops.my_access as a where a.association_id in (p_association_id, '*')) then
        raise insufficient_privilege using message = format('%s decides nothing for %s', session_user, p_association_id);
    end if;
end
$$;

-- Figures under a waiver that came, went or ended are judged again although no input changed.
create function ops.judge_again(p_association_id text) returns void
language sql security definer set search_path = ops, pg_temp as $$
    update ops.association_state set attempted_hash = null where association_id = p_association_id
$$;

-- One steward asks. Asked for again in the same words it is the same waiver. FS020: the message says why not, in Swedish.
create function ops.propose_waiver(
    p_rule_id text, p_part text, p_association_id text, p_unit text, p_ceiling numeric, p_reason_sv text,
    p_valid_from date, p_valid_until date
) returns text language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    severity text := ops.waivable_severity(p_rule_id);
    proposed_id text;
begin
    perform ops.refuse_if_not_steward(p_association_id);
    if severity is null then
        raise exception using errcode = 'FS020', message = format('Ingen regel heter %s.', p_rule_id);
    elsif severity = 'invariant' then
        raise exception using errcode = 'FS020', message = format(
            '%s är något som alltid ska hålla: det rättas, och inget undantag gäller.', p_rule_id);
    elsif severity = 'delivery' then
        raise exception using errcode = 'FS020', message = format(
            '%s håller en enskild leverans: godkänn den med `finsam approve`.', p_rule_id);
    elsif coalesce(btrim(p_reason_sv), '') = '' then
        raise exception using errcode = 'FS020', message = 'Ett undantag har ett skäl.';
    elsif p_valid_until not between p_valid_from and p_valid_from + 366 then
        raise exception using errcode = 'FS020', message = 'Ett undantag gäller högst ett år, från en dag till en senare.';
    elsif p_ceiling is null or p_ceiling <= 0 or p_unit not in ('rows', 'sek') then
        raise exception using errcode = 'FS020', message = 'Ett undantag har ett tak, i rader eller kronor.';
    end if;
    proposed_id := substr(encode(sha256(convert_to(concat_ws('|', p_rule_id, p_part, p_association_id, p_unit,
        trim_scale(p_ceiling), p_reason_sv, p_valid_from, p_valid_until, session_user, (
            select count(*) from ops.waiver as w
            where w.rule_id = p_rule_id and w.part = p_part and w.association_id = p_association_id
                and w.withdrawn_at is not null)
    ), 'UTF8')), 'hex'), 1, 12);
    insert into ops.waiver
        (waiver_id, rule_id, part, association_id, unit, ceiling, reason_sv, valid_from, valid_until, owner_login)
    values (proposed_id, p_rule_id, p_part, p_association_id, p_unit, p_ceiling, btrim(p_reason_sv), p_valid_from,
        p_valid_until, session_user)
    on conflict (waiver_id) do nothing;
    return proposed_id;
end
$$;

create function ops.known_waiver(p_waiver_id text) returns ops.waiver
language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    known ops.waiver;
begin
    select * into known from ops.waiver where waiver_id = p_waiver_id for update;
    if not found then
        raise exception using errcode = 'FS020', message = format('Inget undantag heter %s.', p_waiver_id);
    end if;
    perform ops.refuse_if_not_steward(known.association_id);
    if known.withdrawn_at is not null then
        raise exception using errcode = 'FS020', message = format(
            'Undantaget %s är återtaget av %s.', p_waiver_id, known.withdrawn_by);
    end if;
    return known;
end
$$;

-- Another steward agrees, as a login of its own.
create function ops.approve_waiver(p_waiver_id text) returns void
language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    known ops.waiver := ops.known_waiver(p_waiver_id);
begin
    if known.owner_login = session_user then
        raise exception using errcode = 'FS020', message =
            'Den som föreslår ett undantag godkänner det inte själv: en annan förvaltare gör det.';
    elsif known.approved_at is null then
        update ops.waiver set approver_login = session_user, approved_at = clock_timestamp()
        where waiver_id = p_waiver_id;
        perform ops.judge_again(known.association_id);
    end if;
end
$$;

create function ops.withdraw_waiver(p_waiver_id text, p_reason_sv text) returns void
language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    known ops.waiver := ops.known_waiver(p_waiver_id);
begin
    if coalesce(btrim(p_reason_sv), '') = '' then
        raise exception using errcode = 'FS020', message = 'Ange varför undantaget återtas.';
    end if;
    update ops.waiver
    set withdrawn_by = session_user, withdrawn_at = clock_timestamp(), withdrawn_because_sv = btrim(p_reason_sv)
    where waiver_id = p_waiver_id;
    perform ops.judge_again(known.association_id);
end
$$;

-- Called before a build is opened: what a waiver began or ceased to cover since the last night is judged anew.
create function ops.note_waivers(p_business_date date) returns void
language plpgsql security definer set search_path = ops, pg_temp as $$
declare
    noted ops.waiver;
begin
    for noted in
        update ops.waiver as w
        set begun_on = coalesce(w.begun_on, p_business_date),
            ended_on = case when w.valid_until < p_business_date then p_business_date end
        where
            w.approved_at is not null and w.withdrawn_at is null and w.ended_on is null
            and ((w.begun_on is null and w.valid_from <= p_business_date) or w.valid_until < p_business_date)
        returning *
    loop
        perform ops.judge_again(noted.association_id);
    end loop;
end
$$;

-- The failures of one delivery or build that a waiver covers on that day. The ceiling is for all its parts together:
-- one krona above it and nothing is covered.
create function ops.waived_evidence(p_subject text, p_on date)
returns table (association_id text, rule_id text, part text, waiver_id text)
language sql stable security definer set search_path = ops, pg_temp as $$
    with matched as (
        select
            e.association_id, e.rule_id, e.part, w.waiver_id, w.valid_until, w.ceiling,
            sum(case w.unit when 'rows' then e.failed else e.failed_sek end) over (partition by w.waiver_id) as amount,
            bool_or(w.unit = 'sek' and e.failed_sek is null) over (partition by w.waiver_id) as is_uncounted
        from ops.evidence as e
        inner join ops.waiver as w
            on w.rule_id = e.rule_id and w.association_id = e.association_id and w.part in ('*', e.part)
        where
            e.subject = p_subject and e.status = 'failed'
            and (e.severity = 'finding' or (e.severity = 'hold' and e.subject like 'build:%'))
            and not exists (
                select from ops.required_rule as r where r.rule_id = e.rule_id and r.severity = 'invariant')
            and w.approved_at is not null and w.withdrawn_at is null and p_on between w.valid_from and w.valid_until
    )
    select distinct on (m.association_id, m.rule_id, m.part) m.association_id, m.rule_id, m.part, m.waiver_id
    from matched as m
    where not m.is_uncounted and m.amount <= m.ceiling
    order by m.association_id, m.rule_id, m.part, m.valid_until desc, m.waiver_id
$$;

-- Writes on the evidence of a build, and of the deliveries it is made of, which waiver covers it on the build's day.
create function ops.apply_waivers(p_build_id text) returns void
language sql security definer set search_path = ops, pg_temp as $$
    with subjects as (
        select 'build:' || p_build_id as subject, b.business_date from ops.build as b where b.build_id = p_build_id
        union
        select 'delivery:' || d.delivery_id, b.business_date
        from ops.build as b
        inner join ops.waiver as w on w.association_id = any(b.scope)
        cross join lateral jsonb_array_elements_text(b.inputs -> w.association_id) as d (delivery_id)
        where b.build_id = p_build_id
    ),
    due as (
        select e.subject, e.rule_id, e.association_id, e.part, c.waiver_id
        from subjects as s
        inner join ops.evidence as e on e.subject = s.subject and e.status = 'failed'
        left join lateral ops.waived_evidence(s.subject, s.business_date) as c
            on c.association_id = e.association_id and c.rule_id = e.rule_id and c.part = e.part
    )
    update ops.evidence as e
    set waiver_id = due.waiver_id
    from due
    where
        (e.subject, e.rule_id, e.association_id, e.part) = (due.subject, due.rule_id, due.association_id, due.part)
        and e.waiver_id is distinct from due.waiver_id
$$;

grant select on ops.waiver to finsam_gate, finsam_audit, own_marts, own_publish;
grant execute on function ops.apply_waivers(text), ops.note_waivers(date) to finsam_gate;
grant execute on function ops.waived_evidence(text, date) to finsam_gate, own_publish;
grant execute on function ops.propose_waiver(text, text, text, text, numeric, text, date, date),
    ops.approve_waiver(text), ops.withdraw_waiver(text, text) to decide_deliveries;
grant create on schema ops to own_publish;
reset role;

set local role own_publish;

-- Which evidence stops which association, and why. An error stops whatever its severity: nobody knows what the rule
-- would have said. So does a required part without evidence, one that was asked less than is pinned, and one that looked
-- at nothing though there were rows to look at. A waiver lifts a hold, nothing else.
create function ops.blocking_evidence(p_build_id text, p_scope text[])
returns table (association_id text, rule_id text, part text, why text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with found as (
        select e.association_id, e.rule_id, e.part, e.status, e.severity, e.examined, e.population, e.digest
        from ops.evidence as e
        where e.subject = 'build:' || p_build_id and e.association_id = any(p_scope)
        union all
        select a.association_id, e.rule_id, e.part, e.status, e.severity, e.examined, e.population, e.digest
        from ops.evidence as e
        cross join unnest(p_scope) as a (association_id)
        where e.subject = 'build:' || p_build_id and e.association_id = '*'
    ),
    strictness as (
        select r.rule_id, bool_or(r.severity = 'invariant') as is_invariant, bool_or(r.severity = 'hold') as is_hold
        from ops.required_rule as r group by r.rule_id
    ),
    waived as (
        select w.association_id, w.rule_id, w.part
        from ops.build as b
        cross join lateral ops.waived_evidence('build:' || b.build_id, b.business_date) as w
        where b.build_id = p_build_id
    )
    select f.association_id, f.rule_id, f.part, case when f.status = 'failed' then 'failed' else 'error' end
    from found as f
    left join strictness as s on s.rule_id = f.rule_id
    left join waived as w on (w.association_id, w.rule_id, w.part) = (f.association_id, f.rule_id, f.part)
    where
        f.status = 'error'
        or (f.status = 'failed' and (f.severity = 'invariant' or coalesce(s.is_invariant, false)))
        or (f.status = 'failed' and (f.severity = 'hold' or coalesce(s.is_hold, false)) and w.rule_id is null)
    union
    select f.association_id, f.rule_id, f.part, 'examined nothing'
    from found as f
    inner join strictness as s on s.rule_id = f.rule_id
    where f.examined = 0 and f.population > 0
    union
    select a.association_id, r.rule_id, r.part, case when exists (
        select from found as f
        where f.association_id = a.association_id and f.rule_id = r.rule_id and r.part in ('*', f.part)
    ) then 'asked less' else 'missing' end
    from unnest(p_scope) as a (association_id)
    cross join ops.required_rule as r
    where not exists (
        select from found as f
        where
            f.association_id = a.association_id and f.rule_id = r.rule_id and r.part in ('*', f.part)
            and (f.digest = r.digest or r.digest is null) and (f.examined > 0 or not r.must_examine)
    )
$$;

-- THE verdict: which rules stop which association.
create or replace function ops.blocking_rules(p_build_id text, p_scope text[])
returns table (association_id text, rules text[])
language sql stable set search_path = pg_catalog, pg_temp as $$
    select b.association_id, array_agg(distinct b.rule_id order by b.rule_id)
    from ops.blocking_evidence(p_build_id, p_scope) as b group by b.association_id
$$;

-- Marts whose figures differ from those that stand although the association's deliveries are those they were made of.
-- Read before publication. old_*: the code of the publication that stands. compared: how many marts were looked at.
create function ops.changed_without_input(p_build_id text)
returns table (association_id text, compared integer, changed text[], old_model_version text, old_code_version text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 as $$
#variable_conflict use_column
declare
    same_inputs text[];
    one record;
    wanted jsonb;
    stood jsonb;
    differing jsonb := '{}';
    mart_count integer := 0;
begin
    same_inputs := array(
        select s.association_id
        from ops.build as b
        cross join unnest(b.scope) as s (association_id)
        inner join ops.association_state as t on t.association_id = s.association_id
        inner join ops.build as p on p.build_id = t.published_build
        where b.build_id = p_build_id and p.inputs -> s.association_id = b.inputs -> s.association_id);
    if cardinality(same_inputs) > 0 then
        for one in select m.mart from ops.mart as m order by m.mart loop
            mart_count := mart_count + 1;
            wanted := ops.measure(format('candidate.%I', one.mart), one.mart, same_inputs);
            stood := ops.measure(format('store.%I', one.mart || '_current'), one.mart, same_inputs);
            select differing || coalesce(jsonb_object_agg(a, coalesce(differing -> a, '[]') || to_jsonb(one.mart)), '{}')
            into differing from unnest(same_inputs) as a where wanted -> a is distinct from stood -> a;
        end loop;
    end if;
    return query
    select a.association_id, mart_count, array(select jsonb_array_elements_text(differing -> a.association_id)),
        p.model_version, p.code_version
    from unnest(same_inputs) as a (association_id)
    inner join ops.association_state as t on t.association_id = a.association_id
    inner join ops.build as p on p.build_id = t.published_build;
end
$$;

-- As before, with the part of the rule and the waiver that covers it.
create or replace function ops.record_findings(p_build ops.build, p_associations text[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    delete from ops.published_finding where association_id = any(p_associations);
    with subjects as (
        select a.association_id, 'build:' || p_build.build_id as subject
        from unnest(p_associations) as a (association_id)
        union all
        select a.association_id, 'delivery:' || d.delivery_id
        from unnest(p_associations) as a (association_id)
        cross join lateral jsonb_array_elements_text(p_build.inputs -> a.association_id) as d (delivery_id)
    )
    insert into ops.published_finding
        (association_id, rule_id, subject, part, examined, failed, detail, waiver_id, build_id)
    select s.association_id, e.rule_id, s.subject, e.part, sum(e.examined), sum(e.failed),
        (array_agg(e.detail order by e.association_id desc))[1], max(e.waiver_id), p_build.build_id
    from subjects as s
    inner join ops.evidence as e
        on e.subject = s.subject and (e.association_id in (s.association_id, '*') or s.subject like 'delivery:%')
    where e.status = 'failed' and e.severity in ('finding', 'hold') and (e.severity = 'finding' or e.waiver_id is not null)
    group by s.association_id, e.rule_id, s.subject, e.part
$$;

grant execute on function ops.blocking_evidence(text, text[]), ops.blocking_rules(text, text[]),
    ops.changed_without_input(text) to finsam_gate;
reset role;
set local role own_ops;
revoke create on schema ops from own_publish;
reset role;

set local role own_marts;

-- A ceiling in rows may be one in people: it stands in marts_internal, and in marts.finding where its count does.
create view marts.waiver with (security_barrier) as
select
    w.association_id, w.rule_id, c.meaning_sv, w.part, w.unit,
    case when w.unit = 'sek' then w.ceiling end::numeric(18, 2) as ceiling,
    w.reason_sv, w.owner_login, w.approver_login, w.valid_from, w.valid_until, w.withdrawn_by, w.withdrawn_because_sv,
    w.waiver_id
from ops.waiver as w
left join ops.rule_card as c on c.rule_id = w.rule_id
where w.approved_at is not null
    and exists (select from ops.my_access as a where a.association_id in (w.association_id, '*'));
comment on view marts.waiver is
'Undantag som två personer står bakom: regel, skäl, från och till. Återtagna står kvar med vem som återtog dem';

create view marts_internal.waiver with (security_barrier) as
select
    w.association_id, w.rule_id, c.meaning_sv, w.part, w.unit, w.ceiling::numeric(18, 2) as ceiling,
    w.reason_sv, w.owner_login, w.approver_login, w.valid_from, w.valid_until, w.withdrawn_by, w.withdrawn_because_sv,
    w.waiver_id
from ops.waiver as w
left join ops.rule_card as c on c.rule_id = w.rule_id
where w.approved_at is not null
    and exists (select from ops.my_access as a where a.association_id in (w.association_id, '*'));
comment on view marts_internal.waiver is 'Undantag som två personer står bakom, med tak i rader också';

create or replace view marts_internal.finding with (security_barrier) as
select
    b.association_id, b.rule_id, c.meaning_sv, c.remedy_sv, b.examined, b.failed,
    coalesce(b.detail ->> 'mart', d.feed_id, b.detail ->> 'feed') as about, b.subject,
    b.part, b.detail ->> 'note_sv' as note_sv, b.waiver_id, w.valid_until as waived_until,
    case when w.waiver_id is not null then format('Undantagen till %s av %s, godkänt av %s: %s.', w.valid_until,
        w.owner_login, w.approver_login, rtrim(w.reason_sv, '. ')) end as waiver_sv,
    case when w.unit = 'rows' then w.ceiling || ' rader' else w.ceiling || ' kronor' end as waived_up_to
from ops.published_finding as b
left join ops.rule_card as c on c.rule_id = b.rule_id
left join ops.delivery as d on b.subject = 'delivery:' || d.delivery_id
left join ops.waiver as w on w.waiver_id = b.waiver_id
where exists (select from ops.my_access as m where m.association_id in (b.association_id, '*'));

create or replace view marts.finding with (security_barrier) as
select
    b.association_id, b.rule_id, c.meaning_sv, c.remedy_sv,
    case when m.audience in ('public', 'dimension') or f.is_personal is false then b.examined end as examined,
    case when m.audience in ('public', 'dimension') or f.is_personal is false then b.failed end as failed,
    coalesce(m.mart, f.feed_id) as about, b.subject,
    b.part, b.detail ->> 'note_sv' as note_sv, b.waiver_id, w.valid_until as waived_until,
    case when w.waiver_id is not null then format('Undantagen till %s av %s, godkänt av %s: %s.', w.valid_until,
        w.owner_login, w.approver_login, rtrim(w.reason_sv, '. ')) end as waiver_sv,
    case
        when w.unit = 'sek' then w.ceiling || ' kronor'
        when m.audience in ('public', 'dimension') or f.is_personal is false then w.ceiling || ' rader'
    end as waived_up_to
from ops.published_finding as b
left join ops.rule_card as c on c.rule_id = b.rule_id
left join ops.delivery as d on b.subject = 'delivery:' || d.delivery_id
left join ops.feed as f on f.feed_id = coalesce(d.feed_id, b.detail ->> 'feed')
left join ops.mart as m on m.mart = b.detail ->> 'mart'
left join ops.waiver as w on w.waiver_id = b.waiver_id
where exists (select from ops.my_access as a where a.association_id in (b.association_id, '*'));

grant select on marts.waiver to finsam_reader, finsam_internal;
grant select on marts_internal.waiver to finsam_internal;
reset role;
