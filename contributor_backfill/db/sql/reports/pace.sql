-- How fast backfills went in the last day: their turns, two minutes or more apart, as the schedule really
-- brought them. "last" is what the last turn captured, "deviation" how much turns differ.
create or replace function public.backfill_pace_v1(p_repository_ids uuid[], p_now timestamptz)
returns table (repository_id uuid, pace jsonb)
language sql stable
as $$
  select s.repository_id, day.pace
  from progressive_backfill_state s
  cross join lateral (
    select jsonb_build_object(
      'turns', count(*), 'began_at', min(turn.began_at), 'last_at', max(turn.began_at),
      'pull_requests', sum(turn.pull_requests),
      'last', (array_agg(turn.pull_requests order by turn.number desc))[1],
      'deviation', coalesce(round(stddev_samp(turn.pull_requests), 1), 0)) as pace
    from (
      select page.number, min(page.started_at) as began_at, sum(page.pr_count) as pull_requests
      from (
        select c.started_at, c.pr_count,
          count(*) filter (where c.begins) over (order by c.completed_at, c.started_at) as number
        from (
          select c.started_at, c.completed_at, coalesce(c.pr_count, 0) as pr_count,
            (c.started_at - lag(c.completed_at) over (order by c.completed_at, c.started_at)
              > interval '{policy.BETWEEN_TURNS}') is not false as begins
          from backfill_chunks c
          -- So that the index of all completed pages does not serve: it looks small without statistics.
          where c.backfill_state_id = s.id and c.status || '' = 'completed'
            and c.completed_at > p_now - interval '{policy.LAST_DAY}' and c.completed_at <= p_now
        ) c
      ) page
      group by page.number
    ) turn
    having count(*) > 0
  ) day
  where s.repository_id = any (p_repository_ids) and s.status <> 'completed'
$$;

-- The pace of one or more backfills, and how much is left of each, for who has just worked on them.
create or replace function public.backfill_read_turns_v1(
  p_full_names text[], p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  with named as (select array_agg(r.id) as ids from repositories r where r.full_name = any (p_full_names))
  select jsonb_build_object('ok', true, 'paces', coalesce(jsonb_object_agg(r.full_name, p.pace), '{}'))
  from named, backfill_pace_v1(named.ids, p_now) p
  join repositories r on r.id = p.repository_id
$$;
