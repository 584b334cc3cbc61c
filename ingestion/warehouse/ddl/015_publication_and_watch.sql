-- A publication says which code moved the rows, not only which built them.
set local role own_ops;
alter table ops.publication add column publisher_code_version text;
comment on column ops.publication.code_version is 'Koden som byggde och prövade siffrorna';
comment on column ops.publication.publisher_code_version is
'Koden som publicerade dem; saknas före kolumnen fanns, och vid en återställning, som ingen körning gör';
grant create on schema ops to own_publish;
reset role;

set local role own_publish;

drop function ops.publish(text, bigint, text);
drop function ops.record_publication(ops.build, jsonb, text[], integer, text);

create function ops.record_publication(p_build ops.build, p_blocked jsonb, p_associations text[],
    p_generation integer, p_run_id text, p_code_version text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    insert into ops.publication
        (generation, build_id, token, associations, blocked, model_version, code_version, publisher_code_version,
            business_date, run_id)
    values (p_generation, p_build.build_id, p_build.token, ops.changed_associations(p_generation), p_blocked,
        p_build.model_version, p_build.code_version, p_code_version, p_build.business_date, p_run_id);
    insert into ops.publication_delivery (generation, association_id, delivery_id)
    select p_generation, a.association_id, d.delivery_id
    from unnest(p_associations) as a (association_id)
    cross join lateral jsonb_array_elements_text(p_build.inputs -> a.association_id) as d (delivery_id);
$$;

-- The one thing finsam_publish may do. Called again for the same build it answers what it answered then,
-- so that a lost connection is resolved by asking again. p_code_version: the caller's own (F61).
create function ops.publish(p_build_id text, p_token bigint, p_run_id text, p_code_version text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 as $$
declare
    answer jsonb;
    held ops.build;
    blocked jsonb;
    free text[];
    next_generation integer;
    is_new boolean;
begin
    if coalesce(btrim(p_code_version), '') = '' then
        raise exception using errcode = 'FS002', message =
            'Den som publicerar måste säga vilken kod den kör. Ingenting publicerades.';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('finsam.publish', 0));
    select outcome into answer from ops.build_outcome where token = p_token and build_id = p_build_id;
    if found then
        return answer;
    end if;
    held := ops.held_build(p_build_id, p_token);
    select coalesce(jsonb_object_agg(b.association_id, to_jsonb(b.rules)), '{}') into blocked
    from (
        select s.association_id, array_agg(distinct rule order by rule) as rules
        from (select * from ops.blocking_rules(p_build_id, held.scope)
            union all select * from ops.returned_associations(held)) as s
        cross join unnest(s.rules) as rule
        group by s.association_id
    ) as b;
    free := array(select a from unnest(held.scope) as a where not blocked ? a order by a);
    select coalesce(max(generation), 0) + 1 into next_generation from ops.publication;
    perform ops.publish_mart(m.mart, free, next_generation) from (select mart from ops.mart order by mart) as m
    where cardinality(free) > 0;  -- where everybody is blocked there may be no candidate to look at
    perform ops.record_findings(held, free, next_generation);
    is_new := cardinality(ops.changed_associations(next_generation)) > 0;
    if is_new then
        perform ops.record_publication(held, blocked, free, next_generation, p_run_id, p_code_version);
    end if;
    update ops.rollback set ended_at = clock_timestamp(), ended_by = 'inputs', ended_run_id = p_run_id,
        ended_because_sv = 'Underlagen ändrades.'
    where ended_at is null and association_id = any(free);
    perform ops.record_states(held, blocked, next_generation);
    if is_new then
        perform ops.record_surroundings(next_generation);
    end if;
    answer := ops.outcome_of(held, blocked, next_generation);
    insert into ops.build_outcome (token, build_id, outcome, run_id) values (p_token, p_build_id, answer, p_run_id);
    return answer;
end
$$;
revoke execute on function ops.publish(text, bigint, text, text),
    ops.record_publication(ops.build, jsonb, text[], integer, text, text) from public;
grant execute on function ops.publish(text, bigint, text, text) to finsam_publish;
reset role;

set local role own_ops;
revoke create on schema ops from own_publish;
reset role;

set local role own_marts;
create or replace view marts.publication with (security_barrier) as
select
    p.generation,
    p.published_at,
    p.business_date,
    seen.associations,
    p.model_version,
    p.code_version,
    p.run_id,
    p.returns_to,
    p.reason_sv,
    p.folded_at is not null as is_folded,
    p.publisher_code_version
from ops.publication as p
cross join lateral (
    select array_agg(a order by a) as associations
    from unnest(p.associations) as a
    where exists (select from ops.my_access as m where m.association_id in (a, '*'))
) as seen
where seen.associations is not null;
reset role;
