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
      -- Parked, its name is no address (backfill_name_repository_v2).
      address := case when renamed.name !~ (
        select '[~.]' || r.github_id || '$' from repositories r
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
