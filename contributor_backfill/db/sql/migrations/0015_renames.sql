-- Names that stand beside rows follow in bounded pieces.

create table if not exists public.backfill_renames (
  subject text not null check (subject in ('contributors', 'repositories')),
  subject_id uuid not null,
  name text not null,
  place bigint generated always as identity,
  primary key (subject, subject_id)
);
comment on table public.backfill_renames is
  'Accounts and repositories whose present name has yet to be written beside their pull requests.';

do $$
declare
  own text;
begin
  foreach own in array array['backfill_renames'] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
  -- One index of each kind is enough: every row that is written pays for all of them.
  if not exists (
    select from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = 'public.pull_requests'::regclass and a.attname = 'author_id'
      and i.indisvalid and i.indpred is null)
  then
    create index backfill_pull_requests_author_idx on public.pull_requests (author_id);
  end if;
  if exists (
    select from pg_index i
    where i.indrelid = 'public.pull_requests'::regclass and i.indisunique and i.indisvalid
      and i.indpred is null and i.indnkeyatts = 2
      and array(
        select a.attname::text from unnest(i.indkey::int2[]) with ordinality k (attnum, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        order by k.place) = array['repository_id', 'number'])
  then
    drop index if exists public.backfill_pull_requests_repository_number_idx;
  end if;
end
$$;

-- Names that nobody made follow before, and a column that was only just added.
insert into public.backfill_renames (subject, subject_id, name)
select 'repositories', r.id, r.full_name
from public.repositories r
where exists (
  select from public.pull_requests p
  where p.repository_id = r.id and p.repository_full_name is distinct from r.full_name)
on conflict (subject, subject_id) do nothing;
