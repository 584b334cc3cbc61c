-- What was published is recorded with its signs: the server hashes 100 and -100 alike, and a backup that came back with a
-- sign turned would otherwise pass for what was published.
set local role own_ops;
alter table ops.publication_mart add column content_signs text;
comment on column ops.publication_mart.content_signs is
'Summa över radernas minustecken, bredvid content_hash som inte ser dem; saknas före kolumnen fanns';
grant create on schema ops to own_publish;
reset role;

set local role own_publish;

-- One mart of the associations that may move. The candidate must be what the gates saw, and afterwards the store must
-- say exactly what the source says.
create or replace function ops.publish_mart(p_mart text, p_associations text[], p_generation integer, p_source text default null)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    source text := coalesce(p_source, format('candidate.%I', p_mart));
    wanted jsonb;
    stood jsonb;
    changed text[];
    wrong text[];
begin
    if p_source is null then
        perform ops.check_candidate(p_mart);
    end if;
    wanted := ops.weigh(source, p_mart, p_associations, '{hash}');
    if p_source is null then
        wrong := ops.touched_since_gates(p_mart, p_associations, wanted);
        if cardinality(wrong) > 0 then
            raise exception using errcode = 'FS003', message = format(
                'candidate.%s är inte längre det som kontrollerna såg, för %s. Ingenting publicerades. Ta reda på vem som '
                'ändrade den och bygg om med `finsam build`.', p_mart, array_to_string(wrong, ', '));
        end if;
    end if;
    stood := ops.weigh(format('store.%I', p_mart || '_current'), p_mart, p_associations, '{hash}');
    changed := array(select a from unnest(p_associations) as a where wanted -> a is distinct from stood -> a);
    if cardinality(changed) = 0 then
        return;
    end if;
    insert into ops.publication_mart
        (generation, mart, association_id, rows_inserted, rows_closed, row_count, content_hash, content_signs, hashed_columns)
    select
        p_generation, p_mart, m.association_id, m.inserted, m.closed,
        coalesce((wanted -> m.association_id ->> 'rows')::bigint, 0),
        coalesce(wanted -> m.association_id ->> 'hash', '0'),
        coalesce(wanted -> m.association_id ->> 'signs', '0'),
        array(select column_name from ops.mart_column where mart = p_mart order by position)
    from ops.move_rows(p_mart, changed, p_generation, p_source) as m;
    wrong := ops.moved_wrong(source, p_mart, changed, p_generation, wanted);
    if cardinality(wrong) > 0 then
        raise exception using errcode = 'FS003', message = format(
            'Efter flytten säger store.%s inte detsamma som kandidaten för %s. Ingenting publicerades.',
            p_mart, array_to_string(wrong, ', '));
    end if;
end
$$;

reset role;

set local role own_ops;
revoke create on schema ops from own_publish;
reset role;
