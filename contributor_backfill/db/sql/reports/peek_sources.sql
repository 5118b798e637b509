-- What a run would serve, in order, without taking anything.
create or replace function public.backfill_peek_sources_v2(
  p_sources text[],
  p_connections text[],
  p_repository_id uuid default null,
  p_full_name text default null,
  p_hours double precision default {policy.RHYTHM_HOURS},
  p_forced boolean default false,
  p_while_backfilled boolean default false,
  p_now timestamptz default now()
) returns jsonb
language plpgsql stable
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
begin
  return jsonb_build_object(
    'ok', true,
    'feeds', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'full_name', r.full_name, 'feed', d.source, 'watermark', f.watermark,
        'synced_at', f.synced_at,
        'lists', (
          select count(*) from backfill_continuations c
          where c.repository_id = d.repository_id and c.connection = any (p_connections)),
        'unequal', (
          select count(*) from backfill_unequal_lists_v2(d.repository_id, p_connections) u
          where not u.misleads and not exists (
            select from backfill_continuations c
            where c.pull_request_id = u.pull_request_id and c.connection = u.connection)),
        'wanted', (
          select count(*) from backfill_numbers n
          where n.repository_id = d.repository_id and n.meaning = 'wanted')) order by d.place), '[]')
      from (
        select * from backfill_due_sources_v2(p_sources, p_connections, wanted, p_hours,
          p_forced, p_while_backfilled, p_now)
        order by place limit 20) d
      join repositories r on r.id = d.repository_id
      left join backfill_feeds f on f.repository_id = d.repository_id and f.feed = d.source)
  ) || backfill_explain_idle_sources_v2(p_sources, wanted, p_now);
end
$$;
