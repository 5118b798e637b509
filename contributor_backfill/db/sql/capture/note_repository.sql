-- Note what a page of pull requests says about its repository: its present name, GitHub's total, which fields the
-- token may not see, and that those that came may be seen.
create or replace function public.backfill_note_repository_v1(
  p_repository_id uuid,
  p_walk jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  now_named text := p_walk ->> 'full_name';
  known repositories;
  withheld jsonb := coalesce(p_walk -> 'withheld', '{}');
  left_out jsonb := coalesce(p_walk -> 'left_out', '[]');
  came text[] := array(select jsonb_array_elements_text(coalesce(p_walk -> 'came', '[]')));
  before jsonb;
  fields jsonb;
begin
  select * into known from repositories r where r.id = p_repository_id;
  if known.full_name is distinct from now_named
    or known.is_private is distinct from (p_walk ->> 'is_private')::boolean
  then
    perform backfill_name_repository_v2(
      known.github_id, now_named, (p_walk ->> 'is_private')::boolean, p_now);
  end if;
  insert into backfill_repositories as b
    (repository_id, node_id, pull_requests_total, total_seen_at)
  values (p_repository_id, p_walk ->> 'node_id', (p_walk ->> 'total')::int, p_now)
  on conflict (repository_id) do update
  set node_id = excluded.node_id, pull_requests_total = excluded.pull_requests_total,
    total_seen_at = excluded.total_seen_at,
    access = 'ok', access_reason = null,
    access_noted_at = case when b.access = 'ok' then b.access_noted_at else p_now end;

  before := (
    select b.withheld_fields from backfill_repositories b where b.repository_id = p_repository_id);
  if before = '{}' and withheld = '{}' then
    return;
  end if;
  -- What was left out for half a day is asked for at the next claim: the token may have got the permission since.
  select coalesce(jsonb_object_agg(f.key, case
      when (f.value ->> 'at')::timestamptz > p_now - interval '{policy.RHYTHM}' then f.value
      else f.value || '{"left_out": false}' end), '{}')
  into fields
  from jsonb_each(before - came) f;
  select fields || coalesce(jsonb_object_agg(f.key, jsonb_build_object(
    'permission', f.value, 'at', p_now, 'left_out', left_out ? f.key)), '{}')
  into fields
  from jsonb_each_text(withheld) f;
  update backfill_repositories b
  set withheld_fields = fields, missing_permissions = (
    select coalesce(jsonb_object_agg(m.permission, m.at), '{}') from (
      select f.value ->> 'permission' as permission, max(f.value ->> 'at') as at
      from jsonb_each(fields) f group by 1) m)
  where b.repository_id = p_repository_id and b.withheld_fields is distinct from fields;
end
$$;
