-- Only the service role may call what this tool brings; Postgres lets everybody by default.
do $$
declare
  own regprocedure;
begin
  for own in
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'backfill\_%\_v_'
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', own);
    execute format('grant execute on function %s to service_role', own);
  end loop;
end
$$;

notify pgrst, 'reload schema';
