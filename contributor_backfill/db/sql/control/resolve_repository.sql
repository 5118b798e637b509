-- The id of a repository, by id or by name (in any case), also by one that it had before and that nobody
-- has now. CB002 when there is none, or nobody tracks it any more.
create or replace function public.backfill_resolve_repository_v1(
  p_repository_id uuid,
  p_full_name text
) returns uuid
language plpgsql stable
as $$
declare
  found_id uuid;
  is_being_deleted boolean;
begin
  if p_repository_id is null and p_full_name is null then
    return null;
  end if;
  select r.id into found_id
  from repositories r
  where r.id = p_repository_id
    or (p_repository_id is null and lower(r.full_name) = lower(p_full_name));
  if found_id is null then
    select b.repository_id into found_id
    from backfill_repositories b
    where p_repository_id is null and b.former_names <> '{}'
      and lower(p_full_name) = any (b.former_names)
    order by b.tracked_at desc limit 1;
  end if;
  if found_id is null then
    raise exception 'The repository % is not in this database.',
      coalesce(p_full_name, p_repository_id::text)
      using errcode = 'CB002', hint = 'Add it with: contributor-backfill track OWNER/NAME';
  end if;
  select b.deleting_at is not null into is_being_deleted
  from backfill_repositories b
  where b.repository_id = found_id and b.untracked_at is not null;
  if is_being_deleted then
    raise exception 'The repository % is being deleted.', coalesce(p_full_name, found_id::text)
      using errcode = 'CB002', hint = 'Go on with: contributor-backfill untrack --delete-data';
  elsif found then
    raise exception 'The repository % is not tracked any more.',
      coalesce(p_full_name, found_id::text)
      using errcode = 'CB002', hint = 'Take it up again with: contributor-backfill track OWNER/NAME';
  end if;
  return found_id;
end
$$;

-- The present name of a repository that is named by a former one; else null.
create or replace function public.backfill_renamed_to_v1(p_full_name text) returns text
language sql stable
as $$
  select r.full_name from backfill_repositories b
  join repositories r on r.id = b.repository_id
  where b.former_names <> '{}' and lower(p_full_name) = any (b.former_names)
    and not exists (select from repositories o where lower(o.full_name) = lower(p_full_name))
  order by b.tracked_at desc limit 1
$$;
