-- Who holds the locks of intake and build, and since when. The locks themselves are the server's and end with their
-- session; a claim only says what cannot be seen from outside it. A claim without its lock counts for nothing.
set local role own_ops;

create table ops.lock_claim (
    lock_name text not null,
    server_pid integer not null,
    role_name text not null,
    run_id text not null,
    process text not null,
    claimed_at timestamptz not null default clock_timestamp(),
    primary key (lock_name, server_pid)
);
comment on table ops.lock_claim is
'Vem som tog ett lås, när och för vilken körning; gäller bara så länge servern har låset, se ops.held_lock';

create view ops.held_lock as
select
    c.lock_name, c.server_pid, c.role_name, c.run_id, c.process, c.claimed_at,
    extract(epoch from clock_timestamp() - c.claimed_at)::bigint as held_seconds
from ops.lock_claim as c
where exists (
    select from pg_catalog.pg_locks as l
    where l.locktype = 'advisory' and l.granted and l.pid = c.server_pid and l.objsubid = 1
        and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
        and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended(c.lock_name, 0)
);
comment on view ops.held_lock is 'Lås som hålls nu: vilken körning, vilken process, sedan när och i hur många sekunder';

-- Called by whoever has just taken the lock. What earlier holders left behind goes.
create function ops.claim_lock(p_lock_name text, p_run_id text, p_process text) returns void
language sql security definer set search_path = ops, pg_temp as $$
    delete from ops.lock_claim as c
    where c.server_pid = pg_backend_pid() and c.lock_name = p_lock_name
        or not exists (select from pg_catalog.pg_locks as l where l.locktype = 'advisory' and l.pid = c.server_pid);
    insert into ops.lock_claim (lock_name, server_pid, role_name, run_id, process)
    values (p_lock_name, pg_backend_pid(), session_user, p_run_id, p_process)
$$;

revoke execute on function ops.claim_lock(text, text, text) from public;
grant execute on function ops.claim_lock(text, text, text) to finsam_loader, finsam_gate;
grant select on ops.held_lock to finsam_loader, finsam_gate, finsam_audit;
reset role;
