-- Try again at once what failed. A backfill that failed or waits after an error goes on where it stands, as
-- do its other sources. What it went past without capturing it, and whatever rows were rejected, is queued by
-- number ("wanted"), so that the backfill keeps its position.
create or replace function public.backfill_retry_control_v1(
  p_control jsonb,
  p_repository_id uuid,
  p_now timestamptz
) returns jsonb
language sql stable
as $$
  select case
      when p_control ->> 'status' = 'failed'
        or (p_control ->> 'consecutive_errors')::int > 0
          and (p_control ->> 'status' = 'active' or (p_control ->> 'status' = 'paused'
            and not backfill_control_is_paused_v1(p_control, p_now)))
      then backfill_due_control_v1(p_control, p_now)
      else p_control
    end
    || jsonb_build_object('deferred_feeds', (
      select jsonb_object_agg(f.feed, f.next_attempt_at) from backfill_feeds f
      where f.repository_id = p_repository_id and f.next_attempt_at is not null
        and f.consecutive_errors = 0))
    || case when q.numbers is null then '{}' else jsonb_build_object('wanted', q.numbers) end
  from (
    select jsonb_agg(n.number order by n.number) as numbers from (
      select f.number from backfill_find_failed_numbers_v1(p_repository_id) f
      where not exists (
        select from backfill_numbers n
        where n.repository_id = p_repository_id and n.number = f.number and n.meaning = 'wanted'
          and coalesce(n.next_attempt_at <= p_now, true))) n) q
$$;

-- The numbers of pull requests with rejected rows, and those of chunks that failed and that the present
-- backfill has gone past: the numbers between its last chunk before and its first one after.
create or replace function public.backfill_find_failed_numbers_v1(p_repository_id uuid)
returns table (number int)
language sql stable
as $$
  select j.number from backfill_rejects j
  where j.repository_id = p_repository_id and j.number is not null
  union
  select n.number from (
    select unnest(g.pr_numbers) as number from backfill_find_gaps_v1(p_repository_id) g
    union
    select generate_series(g.lowest, g.highest) from backfill_find_gaps_v1(p_repository_id) g
  ) n
  where not exists (
      select from backfill_pull_requests b
      where b.repository_id = p_repository_id and b.number = n.number)
    and not exists (
      select from backfill_numbers k
      where k.repository_id = p_repository_id and k.number = n.number
        and k.meaning in ('issue', 'gone'))
$$;

-- The chunks that failed and that the present backfill has gone past: no later chunk began at the same
-- position, and the backfill does not stand there. Where the numbers around a gap are not known, `lowest` is
-- null, and only `reconcile` can tell what is in it.
create or replace function public.backfill_find_gaps_v1(p_repository_id uuid)
returns table (chunk_id uuid, pr_numbers int[], lowest int, highest int)
language sql stable
as $$
  select c.id, c.pr_numbers,
    1 + case
      when following.number is not null then following.number
      when s.status = 'completed' then 0
      when s.last_processed_pr_number < preceding.number then s.last_processed_pr_number end,
    preceding.number - 1
  from progressive_backfill_state s
  join backfill_chunks c on c.backfill_state_id = s.id and c.status = 'failed'
    and coalesce(c.completed_at, c.created_at) >= s.walk_started_at
  left join lateral (
    select (select min(n) from unnest(k.pr_numbers) n) as number from backfill_chunks k
    where k.backfill_state_id = s.id and k.status = 'completed' and k.pr_numbers <> '{}'
      and k.completed_at >= s.walk_started_at and k.chunk_number < c.chunk_number
    order by k.chunk_number desc limit 1) preceding on true
  left join lateral (
    select (select max(n) from unnest(k.pr_numbers) n) as number from backfill_chunks k
    where k.backfill_state_id = s.id and k.status = 'completed' and k.pr_numbers <> '{}'
      and k.chunk_number > c.chunk_number
    order by k.chunk_number limit 1) following on true
  where s.repository_id = p_repository_id
    and not exists (
      select from backfill_chunks k
      where k.backfill_state_id = s.id and k.status = 'completed'
        and k.chunk_number > c.chunk_number and k.start_cursor is not distinct from c.start_cursor)
    and (s.status = 'completed' or s.last_processed_cursor is distinct from c.start_cursor)
$$;
