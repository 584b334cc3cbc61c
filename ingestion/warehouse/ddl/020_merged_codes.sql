-- An association may have several codes shown as one. The parts are decided on too: they are what a later release, which
-- shows them by themselves, is held to. And what would help a table that is mostly hidden is offered to its staff.
set local role own_ops;

alter table ops.disclosure_decision
    add column shown_as text,
    drop constraint disclosure_decision_decision_check,
    drop constraint disclosure_decision_check,
    add constraint disclosure_decision_decision_check check (decision in ('published', 'hidden', 'merged')),
    add constraint disclosure_decision_shown_check check ((decision = 'published') = (shown_count is not null)),
    add constraint disclosure_decision_merged_check check ((decision = 'merged') = (shown_as is not null));
comment on column ops.disclosure_decision.shown_as is
'Den sammanslagna kod som antalet visas inom, och aldrig för sig; den har egna beslut';

create or replace view ops.disclosure_in_force as
select
    d.association_id, d.fiscal_year, d.report, d.initiative_id, d.sex, d.category_code, d.measure, d.decision,
    d.shown_count, s.method, s.release_period, d.shown_as
from ops.disclosure_standing as s
inner join ops.disclosure_decision as d on d.token = s.token and d.association_id = s.association_id;

create table ops.merge_offer (
    token bigint not null,
    association_id text not null,
    report text not null,
    group_number integer not null,
    fiscal_year integer not null,
    codes text[] not null check (cardinality(codes) > 1),
    hidden_share numeric(5, 4) not null check (hidden_share between 0 and 1),
    hidden_share_after numeric(5, 4) not null check (hidden_share_after between 0 and 1),
    primary key (token, association_id, report, group_number),
    foreign key (token, association_id) references ops.disclosure_release
);
comment on table ops.merge_offer is
'Koder som skulle kunna visas tillsammans, för de tabeller i en utgåva som mest är dolda: en rad per grupp av koder';
comment on column ops.merge_offer.hidden_share is
'Andelen dolda antal i tabellen för sig, det senaste nya året; och vad den blir när alla rapportens grupper slås samman';

grant insert on ops.merge_offer to finsam_protect;
grant select on ops.merge_offer to finsam_gate, finsam_audit;
grant select on ops.merge_offer, ops.disclosure_published to own_marts;
reset role;

set local role own_marts;
create view marts_internal.merge_offer with (security_barrier) as
select
    o.association_id, o.report, o.group_number, o.fiscal_year, o.codes, o.hidden_share, o.hidden_share_after,
    r.release_period
from ops.merge_offer as o
inner join (
    select distinct on (p.association_id) p.association_id, p.token, p.release_period
    from ops.disclosure_published as p
    order by p.association_id, p.token desc
) as r on r.token = o.token and r.association_id = o.association_id
where exists (select from ops.my_access as m where m.association_id in (o.association_id, '*'));
comment on view marts_internal.merge_offer is
'Koder som skulle kunna visas tillsammans så att färre celler är tomma, i utgåvan som gäller; en rad per grupp av koder';
grant select on marts_internal.merge_offer to finsam_internal;
reset role;
