-- Only the service role may call or touch what this tool brings. Postgres lets everybody call a new
-- function, and Supabase grants everything on a new table (TRUNCATE too, which no row level security
-- holds back) to whoever has the website's public key.
--
-- What is the same for every function stands here, once.
do $$
declare
  own text;
begin
  for own in
    select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname ~ '^backfill_\w+_v\d+$'
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', own);
    execute format('grant execute on function %s to service_role', own);
    execute format('alter function %s'
      -- Whoever calls it finds our tables, and no temporary table of the same name.
      ' set search_path = public, pg_temp'
      -- Plans that avoid reading a table whole look dear to Postgres, and compiling one takes longer
      -- than the call.
      ' set jit = off'
      -- Starting workers takes longer than what they would do.
      ' set max_parallel_workers_per_gather = 0', own);
  end loop;

  for own in
    select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname like 'backfill\_%'
        or c.relname in ('progressive_backfill_state', 'progressive_capture_jobs'))
  loop
    execute format('revoke all on table %s from public, anon, authenticated', own);
  end loop;
  -- Sequences are found by the tables whose columns they number: not all have such a name.
  for own in
    select d.objid::regclass::text
    from pg_depend d
    join pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_class c on c.oid = d.refobjid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
      and d.deptype in ('a', 'i') and c.relnamespace = 'public'::regnamespace
      and (c.relname like 'backfill\_%'
        or c.relname in ('progressive_backfill_state', 'progressive_capture_jobs'))
  loop
    execute format('revoke all on sequence %s from public, anon, authenticated', own);
  end loop;
end
$$;

notify pgrst, 'reload schema';
