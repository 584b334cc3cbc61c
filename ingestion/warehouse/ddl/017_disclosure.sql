-- What readers outside secrecy are shown of each count, decided in releases that stand for a period: the decisions are
-- data, kept for ever and backed up, so that a past night can be built again and a new release be held to the one before.
-- dbt's rooms are torn down and rebuilt; this is not, and therefore it stands here.
set local role own_ops;

alter table ops.mart add column view_name text;
comment on column ops.mart.view_name is
'Vyns namn för läsarna där det är ett annat än martens: två marter, en för var publik, heter lika';

create table ops.disclosure_release (
    token bigint not null,
    association_id text not null,
    release_period text not null,
    method text not null check (method in ('suppress', 'round5')),
    threshold integer not null check (threshold >= 5),
    kept_years integer[] not null default '{}',
    decided_at timestamptz not null default clock_timestamp(),
    primary key (token, association_id)
);
comment on column ops.disclosure_release.kept_years is
'År vars beslut står kvar från den förra utgåvan i samma period; bara de andra är nya';
comment on table ops.disclosure_release is
'En utgåva av ett förbunds skyddade antal: bygget (token) som beslutade den, och perioden den gäller';

create table ops.disclosure_decision (
    token bigint not null,
    association_id text not null,
    report text not null,
    fiscal_year integer not null,
    initiative_id text not null,
    sex text not null,
    category_code text not null,
    measure text not null,
    decision text not null check (decision in ('published', 'hidden')),
    exact_count integer not null check (exact_count >= 0),
    shown_count integer check (shown_count >= 0),
    primary key (token, association_id, report, fiscal_year, initiative_id, sex, category_code, measure),
    foreign key (token, association_id) references ops.disclosure_release,
    check ((decision = 'hidden') = (shown_count is null))
);
comment on table ops.disclosure_decision is
'Beslutet om varje antal i varje utgåva: vad läsarna ser, och för nästa utgåvas skull det exakta antalet då. Skälet '
'sparas inte, så ingen kan läsa det';

-- Which releases readers have seen: those of builds that were published for the association, or changed nothing for it.
create view ops.disclosure_published as
select r.*, p.generation
from ops.disclosure_release as r
inner join ops.build_outcome as o on o.token = r.token
left join ops.publication as p on p.token = r.token
where o.outcome -> 'associations' -> r.association_id ->> 'state' in ('published', 'unchanged');

-- The release each association of the open build shows: the one this build decided, or the last that readers have seen.
-- A past night built again shows the one that stood then.
create view ops.disclosure_standing as
select distinct on (r.association_id)
    r.association_id, r.token, r.release_period, r.method, r.threshold, r.kept_years, r.token = b.token as is_new
from ops.fence as f
inner join ops.build as b on b.token = f.token
inner join ops.disclosure_release as r on r.association_id = any(b.scope)
where
    f.name = 'build'
    and (
        (b.kind <> 'rebuild' and r.token = b.token)
        or (
            r.token < b.token
            and exists (
                select from ops.disclosure_published as p
                where p.token = r.token and p.association_id = r.association_id
            )
            and (
                b.kind <> 'rebuild'
                or r.token <= (select g.token from ops.publication as g where g.generation = b.of_generation)
            )
        )
    )
order by r.association_id, r.token desc;
comment on view ops.disclosure_standing is 'Utgåvan som gäller för varje förbund i det öppna bygget';

create view ops.disclosure_in_force as
select
    d.association_id, d.fiscal_year, d.report, d.initiative_id, d.sex, d.category_code, d.measure, d.decision,
    d.shown_count, s.method, s.release_period
from ops.disclosure_standing as s
inner join ops.disclosure_decision as d on d.token = s.token and d.association_id = s.association_id;
comment on view ops.disclosure_in_force is 'Besluten i de utgåvor som gäller i det öppna bygget: det som visas för läsare';

grant insert on ops.disclosure_release, ops.disclosure_decision to finsam_protect;
grant usage on schema ops to finsam_protect;
grant select on ops.disclosure_in_force, ops.disclosure_standing to finsam_transform;
grant select on ops.disclosure_release, ops.disclosure_decision, ops.disclosure_published, ops.disclosure_standing,
    ops.disclosure_in_force to finsam_gate, finsam_audit;
reset role;

set local role finsam_transform;
grant usage on schema intermediate to finsam_protect;
reset role;

-- A reader knows a table by its name in `marts`, whatever its model is called.
set local role own_marts;
create or replace view marts.data_dictionary with (security_barrier) as
select
    coalesce(m.view_name, m.mart) as mart, c.position, c.column_name, c.data_type, c.label_sv, c.definition_sv,
    coalesce(c.lineage ->> 'kind', 'source') as lineage_kind, c.sender_headers, m.label_sv as mart_label_sv
from ops.mart as m
inner join ops.mart_column as c on c.mart = m.mart
where m.audience in ('public', 'dimension') and left(c.column_name, 1) <> '_';

create or replace view marts_asof.data_dictionary with (security_barrier) as
select
    p.generation, coalesce(m.view_name, c.mart) as mart, c.position, c.column_name, c.data_type, c.label_sv,
    c.definition_sv, c.lineage_kind, c.sender_headers, c.mart_label_sv
from ops.publication as p
inner join ops.published_column as c on c._g_from <= p.generation and c._g_to > p.generation
left join ops.mart as m on m.mart = c.mart
where p.folded_at is null and c.audience in ('public', 'dimension');

create or replace view marts.mart_status with (security_barrier) as
select
    s.association_id, coalesce(m.view_name, s.mart) as mart, s.label_sv, s.generation, s.is_current, s.as_of,
    s.feeds_behind, s.status_sv
from ops.mart_status as s
left join ops.mart as m on m.mart = s.mart
where s.audience in ('public', 'dimension')
    and exists (select from ops.my_access as a where a.association_id in (s.association_id, '*'));
reset role;
