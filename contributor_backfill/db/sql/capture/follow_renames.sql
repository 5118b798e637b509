-- Note that an account or a repository has another name: what stands beside its pull requests follows.
create or replace function public.backfill_note_rename_v1(
  p_subject text,
  p_subject_id uuid,
  p_name text
) returns void
language sql
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
-- somebody is at work on are left for the next piece. The addresses of a repository whose name has passed to
-- another one, and whose own is not known, stay.
create or replace function public.backfill_follow_renames_v2(p_limit int default 200) returns jsonb
language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  -- `OWNER/NAME/pull/` in an address.
  place constant text := '[^/]+/[^/]+/pull/(?=\d+(\.diff|\.patch)?$)';
  renamed backfill_renames;
  found_ids uuid[];
  address text;
  is_left boolean;
  written int := 0;
  many int;
begin
  for renamed in
    select * from backfill_renames b order by b.place for update skip locked
  loop
    exit when written >= p_limit;
    if renamed.subject = 'contributors' then
      found_ids := array(
        select p.id from pull_requests p
        where p.author_id = renamed.subject_id and p.author_login is distinct from renamed.name
        limit p_limit - written for update skip locked);
      update pull_requests p set author_login = renamed.name where p.id = any (found_ids);
      get diagnostics many = row_count;
      is_left := exists (
        select from pull_requests p
        where p.author_id = renamed.subject_id and p.author_login is distinct from renamed.name);
    else
      found_ids := array(
        select p.id from pull_requests p
        where p.repository_id = renamed.subject_id
          and p.repository_full_name is distinct from renamed.name
        limit p_limit - written for update skip locked);
      address := case when renamed.name not like '%' || (
        select backfill_parking_mark_v1() || r.github_id from repositories r
        where r.id = renamed.subject_id) then renamed.name || '/pull/' end;
      update pull_requests p
      set repository_full_name = renamed.name,
        html_url = coalesce(regexp_replace(p.html_url, place, address), p.html_url),
        diff_url = coalesce(regexp_replace(p.diff_url, place, address), p.diff_url),
        patch_url = coalesce(regexp_replace(p.patch_url, place, address), p.patch_url)
      where p.id = any (found_ids);
      get diagnostics many = row_count;
      is_left := exists (
        select from pull_requests p
        where p.repository_id = renamed.subject_id
          and p.repository_full_name is distinct from renamed.name);
    end if;
    written := written + many;
    -- What a trigger holds fast is not tried for ever.
    if (many = 0 and cardinality(found_ids) > 0) or not is_left then
      delete from backfill_renames b
      where b.subject = renamed.subject and b.subject_id = renamed.subject_id;
    end if;
  end loop;
  return jsonb_build_object('ok', true, 'written', written, 'left', (
    select count(*) from backfill_renames));
end
$$;
