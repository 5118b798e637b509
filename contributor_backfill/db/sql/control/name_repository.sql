-- Give a repository its present name, and keep the one that it loses. What the database refuses or swallows is
-- recorded: then it keeps its old name, and is captured all the same.
--
-- Whoever holds the name (a repository that was renamed away or deleted, so GitHub gave its name to another) is
-- parked as `name~id`. GitHub's names have no `~`; a database that takes only GitHub's letters (contributor.info's
-- early migrations have such a CHECK) gets a dot.
create or replace function public.backfill_name_repository_v2(
  p_github_id bigint,
  p_full_name text,
  p_is_private boolean,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  known repositories;
  named repositories;
  shown constant jsonb := jsonb_build_object(
    'github_id', p_github_id, 'full_name', p_full_name, 'is_private', p_is_private);
  mark constant text := (
    select case when count(*) = 0 then '~' else '.' end from pg_constraint c
    where c.conrelid = 'repositories'::regclass and c.contype = 'c'
      and pg_get_constraintdef(c.oid) like '%name%[a-zA-Z0-9._-]%');
begin
  select * into known from repositories r where r.github_id = p_github_id;
  update backfill_repositories b
  set former_names = array_append(b.former_names, lower(known.full_name))
  where b.repository_id = known.id and lower(known.full_name) <> lower(p_full_name)
    and lower(known.full_name) <> all (b.former_names);

  -- Before it gets the name itself: a name may be unique.
  with parked as (
    update repositories r
    set full_name = r.full_name || mark || r.github_id, name = r.name || mark || r.github_id
    where lower(r.full_name) = lower(p_full_name) and r.github_id <> p_github_id
    returning r.id, r.full_name
  )
  insert into backfill_renames as b (subject, subject_id, name)
  select 'repositories', p.id, p.full_name from parked p
  on conflict (subject, subject_id) do update set name = excluded.name
  where b.name <> excluded.name;

  -- A new one is stored under its name.
  if known.id is null or (known.full_name = p_full_name
    and known.is_private is not distinct from coalesce(p_is_private, known.is_private))
  then
    return;
  end if;
  update repositories r
  set full_name = p_full_name, owner = split_part(p_full_name, '/', 1),
    name = split_part(p_full_name, '/', 2), is_private = coalesce(p_is_private, r.is_private)
  where r.id = known.id
  returning * into named;
  if not found then
    perform backfill_record_reject_v1(
      known.id, 'repositories', shown, 'CB101', backfill_lost_reason_v1('repositories'), p_now);
    return;
  end if;
  delete from backfill_rejects j
  where j.repository_id = known.id and j.kind = 'repositories' and j.github_id = p_github_id
    and (j.sqlstate <> '22001' or j.refused);
  if named.full_name = known.full_name then
    return;
  end if;

  -- What stands beside its pull requests follows piece by piece (backfill_follow_renames_v2) ...
  insert into backfill_renames as b (subject, subject_id, name)
  values ('repositories', known.id, named.full_name)
  on conflict (subject, subject_id) do update set name = excluded.name
  where b.name <> excluded.name;
  -- ... and its listing at once. Whoever was listed under this name is listed under the one that it has now.
  update tracked_repositories t
  set organization_name = r.owner, repository_name = r.name
  from repositories r
  where t.organization_name = named.owner and t.repository_name = named.name
    and t.repository_id <> known.id and r.id = t.repository_id
    and (r.owner, r.name) <> (named.owner, named.name);
  update tracked_repositories t
  set organization_name = named.owner, repository_name = named.name
  where t.repository_id = known.id
    and (t.organization_name, t.repository_name) is distinct from (named.owner, named.name)
    and not exists (
      select from tracked_repositories o
      where o.organization_name = named.owner and o.repository_name = named.name);
exception
  when data_exception or integrity_constraint_violation or raise_exception then
    -- There is no row yet that it could be recorded of.
    if known.id is null then
      raise;
    end if;
    perform backfill_record_reject_v1(known.id, 'repositories', shown, sqlstate, sqlerrm, p_now);
end
$$;
