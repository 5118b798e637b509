-- Who may read what is stored, besides the service role.

-- On a database that 0001 set up, the website's keys get nothing until somebody grants it. Where the
-- tables were found (contributor.info's have a column that 0001 never makes), grants and policies are
-- the site's. Where a policy was added since, somebody means rows to be read by it: only what row
-- level security does not hold back is taken away then.
do $$
declare
  own regclass;
  unguarded text := 'truncate, references, trigger' || case
    when current_setting('server_version_num')::int >= 170000 then ', maintain' else '' end;
begin
  if exists (
    select from pg_attribute a
    where a.attrelid = 'public.repositories'::regclass and a.attname = 'sync_status'
      and not a.attisdropped
  ) then
    return;
  end if;
  for own in
    select c.oid from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and c.relname in ('repositories', 'contributors', 'pull_requests', 'reviews', 'comments',
        'tracked_repositories')
  loop
    execute format('revoke %s on table %s from public', unguarded, own);
    if exists (select from pg_policy p where p.polrelid = own) then
      execute format('revoke %s on table %s from anon, authenticated', unguarded, own);
    else
      execute format('revoke all on table %s from anon, authenticated', own);
    end if;
  end loop;
end
$$;

alter table public.backfill_repositories
  add column if not exists may_be_published boolean not null default false;
comment on column public.backfill_repositories.may_be_published is
  'Somebody said --publish-private: that others than the service role can read it is meant.';
