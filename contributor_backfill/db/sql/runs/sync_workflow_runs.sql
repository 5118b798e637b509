-- The workflow runs that GitHub has to be asked about, and the present moment:
-- {"asked_at", "runs": [{"repository", "run_id", "run_attempt"}]}, the latest first.
--
-- p_since  what was lost by silence, or not charged by GitHub's times, counts only from here on
create or replace function public.backfill_open_workflow_runs_v1(
  p_since timestamptz,
  p_limit int default 1000,
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  with open_runs as (
    select r.workflow_repository, r.workflow_run_id as run_id, r.run_attempt
    from backfill_runs r
    where r.workflow_run_id is not null and (r.outcome = 'running' or r.started_at >= p_since and (
      r.settled_by = 'silence'
      or not exists (
        select from backfill_workflow_jobs j
        where j.run_id = r.workflow_run_id and j.run_attempt = r.run_attempt
          and lower(j.workflow_repository) = lower(r.workflow_repository)
          and j.billed_minutes is not null)
      -- Of such a one GitHub knows no more.
      and not exists (
        select from backfill_workflow_runs w
        where w.run_id = r.workflow_run_id and w.run_attempt = r.run_attempt
          and lower(w.workflow_repository) = lower(r.workflow_repository)
          and w.status = 'completed' and w.conclusion is null)))
    union
    select w.workflow_repository, w.run_id, w.run_attempt from backfill_workflow_runs w
    where w.status <> 'completed'
    union
    select j.workflow_repository, j.run_id, j.run_attempt from backfill_workflow_jobs j
    where j.status <> 'completed'
  )
  select jsonb_build_object('ok', true, 'asked_at', p_now, 'runs', coalesce(jsonb_agg(
    jsonb_build_object('repository', o.workflow_repository, 'run_id', o.run_id,
      'run_attempt', o.run_attempt)
    order by o.run_id desc, o.run_attempt desc), '[]'))
  from (
    select * from open_runs where workflow_repository like '%_/_%'
    order by run_id desc, run_attempt desc limit p_limit
  ) o
$$;

-- Close a workflow run that GitHub does not know any more, unless a command still lives in it.
create or replace function public.backfill_lose_workflow_run_v1(
  p_repository text,
  p_run_id bigint,
  p_run_attempt int,
  p_silent_seconds int default {policy.SILENT_SECONDS},
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  lost uuid;
  many int := 0;
begin
  perform backfill_lock_workflow_run_v1(p_run_id);
  if exists (
    select from backfill_runs r
    where r.workflow_run_id = p_run_id and r.run_attempt = p_run_attempt and r.outcome = 'running'
      and lower(r.workflow_repository) = lower(p_repository)
      and r.heartbeat_at >= p_now - make_interval(secs => p_silent_seconds)
  ) then
    return jsonb_build_object('ok', true, 'settled', 0);
  end if;
  insert into backfill_workflow_runs as w
    (workflow_repository, run_id, run_attempt, status, noted_at)
  values (p_repository, p_run_id, p_run_attempt, 'completed', p_now)
  on conflict (workflow_repository, run_id, run_attempt) do update
  set status = 'completed', noted_at = p_now where w.status <> 'completed';
  for lost in
    select r.id from backfill_runs r
    where r.workflow_run_id = p_run_id and r.run_attempt = p_run_attempt
      and lower(r.workflow_repository) = lower(p_repository)
      and (r.outcome = 'running' or r.settled_by = 'silence')
    order by r.id
  loop
    perform backfill_settle_run_v1(
      lost, 'lost', 'GitHub does not know its workflow run any more', 'github', p_now);
    many := many + 1;
  end loop;
  perform backfill_close_workflow_run_v1(p_repository, p_run_id, p_now);
  return jsonb_build_object('ok', true, 'settled', many);
end
$$;

-- Lose the runs whose heartbeat stopped, and count what is left open: {"lost", "in_progress", "unknown"}.
-- An end is unknown where no heartbeat tells that the run lives, and GitHub did not since `p_asked_at`.
--
-- p_run_id  the run that asks, which does not count
create or replace function public.backfill_finish_run_sync_v1(
  p_run_id uuid,
  p_asked_at timestamptz,
  p_silent_seconds int default {policy.SILENT_SECONDS},
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  silence interval := make_interval(secs => p_silent_seconds);
  lost int := backfill_lose_silent_runs_v1(silence, p_now);
  in_progress int;
  unknown int;
begin
  with open_runs as (
    select r.heartbeat_at >= p_now - silence as is_alive from backfill_runs r
    where r.outcome = 'running' and r.id <> p_run_id
    union all
    select w.noted_at >= p_asked_at from backfill_workflow_runs w
    where w.status <> 'completed' and not exists (
      select from backfill_runs r
      where r.workflow_run_id = w.run_id and r.run_attempt = w.run_attempt
        and lower(r.workflow_repository) = lower(w.workflow_repository) and r.outcome = 'running')
  )
  select count(*) filter (where o.is_alive), count(*) filter (where not o.is_alive)
  into in_progress, unknown
  from open_runs o;
  return jsonb_build_object(
    'ok', true, 'lost', lost, 'in_progress', in_progress, 'unknown', unknown);
end
$$;
