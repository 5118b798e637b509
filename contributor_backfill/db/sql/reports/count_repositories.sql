-- Count how complete the repositories are that were captured since they were counted, the longest ago
-- first, until they have `p_limit` pull requests together; at least one. One run counts at a time. Returns
-- whether some are "left". What their pull requests say of the work is counted along, less often.
create or replace function public.backfill_count_repositories_v2(
  p_limit int default 100000,
  p_now timestamptz default now()
) returns jsonb
language sql
as $$
  select backfill_count_activity_v1(4000, p_now);
  with due as (
    select b.repository_id, sum(coalesce(b.pull_requests_total, 0)) over (
        order by b.counted_at nulls first, b.repository_id) - coalesce(b.pull_requests_total, 0)
        as before
    from backfill_repositories b where b.count_is_due and b.untracked_at is null
  ), chosen as materialized (
    select array(select d.repository_id from due d where d.before <= p_limit) as ids
    where pg_try_advisory_xact_lock(hashtext('backfill_count_repositories'))
  ), counted as (
    update backfill_repositories b
    set completeness = c.completeness, counted_at = p_now, count_is_due = false
    from chosen, backfill_completeness_v1(chosen.ids) c
    where c.repository_id = b.repository_id
    returning 1
  )
  select jsonb_build_object('ok', true,
    -- Nothing is left for this run where another one counts.
    'left', exists (select from chosen) and (select count(*) from due) > (select count(*) from counted))
$$;
