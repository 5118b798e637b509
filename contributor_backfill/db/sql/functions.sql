-- What earlier versions brought and this one does not is dropped, with its triggers. Only what bears our mark
-- goes, so nothing of another application; and what others build on stays until they do no more.
do $$
declare
  present constant text[] := array[
    -- {functions}
  ];
  mark constant text := 'Of contributor-backfill.';
  own regprocedure;
  of_table record;
begin
  for own in
    select p.oid from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname <> all (present)
      and obj_description(p.oid, 'pg_proc') = mark
    order by p.oid
  loop
    for of_table in
      select t.tgname, t.tgrelid::regclass as table_name from pg_trigger t where t.tgfoid = own
    loop
      execute format('drop trigger %I on %s', of_table.tgname, of_table.table_name);
    end loop;
    begin
      execute format('drop function %s', own);
    exception
      when dependent_objects_still_exist then null;
    end;
  end loop;

  for own in
    select p.oid from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname = any (present)
      and obj_description(p.oid, 'pg_proc') is distinct from mark
  loop
    execute format('comment on function %s is %L', own, mark);
  end loop;
end
$$;
