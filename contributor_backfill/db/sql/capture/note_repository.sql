-- Note what a page of pull requests shows of its repository.
--
-- p_shown  {"full_name", "is_private", "node_id", "total", "withheld": {field: permission} that the token may not
--          see, "left_out": [fields] that were not asked for because of that, "came": [fields] that came}
create or replace function public.backfill_note_repository_v2(
  p_repository_id uuid,
  p_shown jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  is_private constant boolean := (p_shown ->> 'is_private')::boolean;
  withheld constant jsonb := coalesce(p_shown -> 'withheld', '{}');
  known repositories;
  earlier jsonb;
  fields jsonb;
begin
  -- Its name, which may have changed while its pages are read.
  select * into known from repositories r where r.id = p_repository_id;
  if known.full_name is distinct from p_shown ->> 'full_name'
    or known.is_private is distinct from is_private
  then
    perform backfill_name_repository_v2(
      known.github_id, p_shown ->> 'full_name', is_private, p_now);
  end if;

  -- GitHub's total. And a page came, so whatever was said of the access before is over.
  insert into backfill_repositories as b
    (repository_id, node_id, pull_requests_total, total_seen_at)
  values (p_repository_id, p_shown ->> 'node_id', (p_shown ->> 'total')::int, p_now)
  on conflict (repository_id) do update
  set node_id = excluded.node_id, pull_requests_total = excluded.pull_requests_total,
    total_seen_at = excluded.total_seen_at,
    access = 'ok', access_reason = null,
    access_noted_at = case when b.access = 'ok' then b.access_noted_at else p_now end
  returning b.withheld_fields into earlier;
  if earlier = '{}' and withheld = '{}' then
    return;
  end if;

  -- The fields that the token may not see. What came is withheld no more; what was left out for half a day is
  -- asked for at the next claim, because the token may have got the permission since.
  fields := (
    select coalesce(jsonb_object_agg(f.key, case
      when (f.value ->> 'at')::timestamptz > p_now - interval '{policy.RHYTHM}' then f.value
      else f.value || '{"left_out": false}' end), '{}')
    from jsonb_each(earlier - array(
      select jsonb_array_elements_text(coalesce(p_shown -> 'came', '[]')))) f
  ) || (
    select coalesce(jsonb_object_agg(f.key, jsonb_build_object('permission', f.value, 'at', p_now,
      'left_out', coalesce(p_shown -> 'left_out', '[]') ? f.key)), '{}')
    from jsonb_each_text(withheld) f);
  update backfill_repositories b
  set withheld_fields = fields, missing_permissions = (
    select coalesce(jsonb_object_agg(m.permission, m.at), '{}') from (
      select f.value ->> 'permission' as permission, max(f.value ->> 'at') as at
      from jsonb_each(fields) f group by 1) m)
  where b.repository_id = p_repository_id and b.withheld_fields is distinct from fields;
end
$$;
