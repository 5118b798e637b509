-- Note that an account or a repository has another name: what stands beside its pull requests follows.
create or replace function public.backfill_note_rename_v1(
  p_subject text,
  p_subject_id uuid,
  p_name text
) returns void
language sql
set search_path = public, pg_temp
as $$
  insert into backfill_renames as b (subject, subject_id, name)
  values (p_subject, p_subject_id, p_name)
  on conflict (subject, subject_id) do update set name = excluded.name
  where b.name <> excluded.name
$$;

-- Note that a repository was called otherwise until now: its listing follows at once, and its pull
-- requests piece by piece.
create or replace function public.backfill_follow_repository_name_v1(
  p_repository_id uuid,
  p_former_name text
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  named repositories;
begin
  select * into named from repositories r where r.id = p_repository_id;
  if p_former_name is null or named.full_name = p_former_name then
    return;
  end if;
  perform backfill_note_rename_v1('repositories', p_repository_id, named.full_name);
  -- Whoever was listed under this name is listed under the one that it has now.
  update tracked_repositories t
  set organization_name = r.owner, repository_name = r.name
  from repositories r
  where t.organization_name = named.owner and t.repository_name = named.name
    and t.repository_id <> p_repository_id and r.id = t.repository_id
    and (r.owner, r.name) <> (named.owner, named.name);
  update tracked_repositories t
  set organization_name = named.owner, repository_name = named.name
  where t.repository_id = p_repository_id
    and (t.organization_name, t.repository_name) is distinct from (named.owner, named.name)
    and not exists (
      select from tracked_repositories o
      where o.organization_name = named.owner and o.repository_name = named.name);
end
$$;

-- Write the present name beside at most `p_limit` pull requests, of whoever was renamed first. Rows that
-- somebody is at work on are left for the next piece.
create or replace function public.backfill_follow_renames_v2(p_limit int default 200) returns jsonb
language plpgsql
set search_path = public, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  renamed backfill_renames;
  found_ids uuid[];
  written int := 0;
  many int;
begin
  for renamed in
    select * from backfill_renames b order by b.place for update skip locked
  loop
    exit when written >= p_limit;
    found_ids := backfill_find_misnamed_v1(renamed, p_limit - written);
    many := backfill_write_name_v1(renamed, found_ids);
    written := written + many;
    -- What a trigger holds fast is not tried for ever.
    if (many = 0 and cardinality(found_ids) > 0) or not backfill_is_misnamed_v1(renamed) then
      delete from backfill_renames b
      where b.subject = renamed.subject and b.subject_id = renamed.subject_id;
    end if;
  end loop;
  return jsonb_build_object('ok', true, 'written', written, 'left', (
    select count(*) from backfill_renames));
end
$$;

-- Pull requests beside which another name stands, locked, as far as nobody else holds them.
create or replace function public.backfill_find_misnamed_v1(p_renamed backfill_renames, p_limit int)
returns uuid[]
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if p_renamed.subject = 'contributors' then
    return array(
      select p.id from pull_requests p
      where p.author_id = p_renamed.subject_id and p.author_login is distinct from p_renamed.name
      limit p_limit for update skip locked);
  end if;
  return array(
    select p.id from pull_requests p
    where p.repository_id = p_renamed.subject_id
      and p.repository_full_name is distinct from p_renamed.name
    limit p_limit for update skip locked);
end
$$;

-- Whether another name still stands beside a pull request, whoever holds it.
create or replace function public.backfill_is_misnamed_v1(p_renamed backfill_renames) returns boolean
language plpgsql stable
set search_path = public, pg_temp
as $$
begin
  if p_renamed.subject = 'contributors' then
    return exists (
      select from pull_requests p
      where p.author_id = p_renamed.subject_id and p.author_login is distinct from p_renamed.name);
  end if;
  return exists (
    select from pull_requests p
    where p.repository_id = p_renamed.subject_id
      and p.repository_full_name is distinct from p_renamed.name);
end
$$;

-- Write a name beside these pull requests; answer how many were written. The addresses of a repository
-- whose name has passed to another one, and whose own is not known, stay.
create or replace function public.backfill_write_name_v1(p_renamed backfill_renames, p_ids uuid[])
returns int
language plpgsql
set search_path = public, pg_temp
as $$
declare
  -- `OWNER/NAME/pull/` in an address.
  place constant text := '[^/]+/[^/]+/pull/(?=\d+(\.diff|\.patch)?$)';
  now_there text := p_renamed.name || '/pull/';
  is_parked boolean := p_renamed.subject = 'repositories' and p_renamed.name like '%' || (
    select backfill_parking_mark_v1() || r.github_id from repositories r
    where r.id = p_renamed.subject_id);
  written int;
begin
  if p_renamed.subject = 'contributors' then
    update pull_requests p set author_login = p_renamed.name where p.id = any (p_ids);
  else
    update pull_requests p
    set repository_full_name = p_renamed.name,
      html_url = case when is_parked then p.html_url
        else regexp_replace(p.html_url, place, now_there) end,
      diff_url = case when is_parked then p.diff_url
        else regexp_replace(p.diff_url, place, now_there) end,
      patch_url = case when is_parked then p.patch_url
        else regexp_replace(p.patch_url, place, now_there) end
    where p.id = any (p_ids);
  end if;
  get diagnostics written = row_count;
  return written;
end
$$;
