-- Bring everything that is on record of a workflow run, and of the commands that ran in it, in line with
-- what GitHub says of it. Returns how many runs of commands it settled for the first time.
create or replace function public.backfill_settle_workflow_run_v1(
  p_repository text,
  p_run_id bigint,
  p_now timestamptz
) returns int
language plpgsql
as $$
declare
  due record;
  many int := 0;
begin
  perform backfill_close_workflow_run_v1(p_repository, p_run_id, p_now);
  for due in
    select r.id, g.outcome, g.reason, r.settled_by is distinct from 'github' as is_first
    from backfill_runs r, lateral backfill_word_of_github_v1(r) g
    where r.workflow_run_id = p_run_id and lower(r.workflow_repository) = lower(p_repository)
      and (r.outcome = 'running' or r.settled_by = 'silence' or r.settled_by = 'github' and g.is_known)
      and (r.outcome, r.stop_reason, r.settled_by)
        is distinct from (g.outcome, g.reason, 'github'::text)
    order by r.id
  loop
    perform backfill_settle_run_v1(due.id, due.outcome, due.reason, 'github', p_now);
    many := many + due.is_first::int;
  end loop;
  perform backfill_charge_workflow_run_v1(p_repository, p_run_id);
  return many;
end
$$;

-- Close what must be over, although nobody told how: an attempt after which another one began, and the
-- jobs of an attempt that is over.
create or replace function public.backfill_close_workflow_run_v1(
  p_repository text,
  p_run_id bigint,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  latest int := backfill_latest_attempt_v2(p_repository, p_run_id);
begin
  update backfill_workflow_runs w set status = 'completed', noted_at = p_now
  where w.workflow_repository = p_repository and w.run_id = p_run_id and w.status <> 'completed'
    and w.run_attempt < latest;
  update backfill_workflow_jobs j set status = 'completed', noted_at = p_now
  where j.workflow_repository = p_repository and j.run_id = p_run_id and j.status <> 'completed'
    and (j.run_attempt < latest or exists (
      select from backfill_workflow_runs w
      where w.workflow_repository = p_repository and w.run_id = p_run_id
        and w.run_attempt = j.run_attempt and w.status = 'completed'));
end
$$;

-- The latest attempt at a workflow run that was seen. Another repository's run may have the same id,
-- by somebody's invention.
create or replace function public.backfill_latest_attempt_v2(p_repository text, p_run_id bigint)
returns int
language sql stable
as $$
  select greatest(
    (select max(w.run_attempt) from backfill_workflow_runs w
      where w.run_id = p_run_id and lower(w.workflow_repository) = lower(p_repository)),
    (select max(j.run_attempt) from backfill_workflow_jobs j
      where j.run_id = p_run_id and lower(j.workflow_repository) = lower(p_repository)))
$$;

-- How a run of a command ended by what GitHub says: of its job, else of its workflow run. No row: it is
-- not over yet. `is_known` tells whether GitHub says how it ended, or only that it did.
create or replace function public.backfill_word_of_github_v1(p_run backfill_runs)
returns table (outcome text, reason text, is_known boolean)
language sql stable
as $$
  with own_job as (
    select j.status, j.conclusion from backfill_workflow_jobs j
    where j.job_id = backfill_job_of_run_v1(p_run)
      and lower(j.workflow_repository) = lower(p_run.workflow_repository)
  ),
  own_run as (
    select w.status, w.conclusion from backfill_workflow_runs w
    where w.run_id = p_run.workflow_run_id and w.run_attempt = p_run.run_attempt
      and lower(w.workflow_repository) = lower(p_run.workflow_repository)
  ),
  ends as (
    select 1 as place, j.conclusion, null as reason from own_job j
    where j.status = 'completed' and j.conclusion is not null
    union all
    select 2, w.conclusion, null from own_run w
    where w.status = 'completed' and w.conclusion is not null
    union all
    select 3, null, 'a later attempt of its workflow run began'
    where p_run.run_attempt
      < backfill_latest_attempt_v2(p_run.workflow_repository, p_run.workflow_run_id)
    union all
    select 4, null, 'GitHub says that it is over, and not how'
    where exists (select from own_job j where j.status = 'completed')
      or exists (select from own_run w where w.status = 'completed')
  )
  select backfill_outcome_of_v1(e.conclusion),
    coalesce(e.reason, 'GitHub says ' || e.conclusion
      || case when e.conclusion = 'success' then '; its own word did not arrive' else '' end),
    e.conclusion is not null
  from ends e order by e.place limit 1
$$;

-- What a conclusion of GitHub's makes of a run that did not say itself how it ended. One that is not
-- known yet is a failure, so that somebody looks.
create or replace function public.backfill_outcome_of_v1(p_conclusion text) returns text
language sql immutable
as $$
  select case
    when p_conclusion = 'success' then 'done'
    when p_conclusion in ('cancelled', 'stale', 'skipped', 'neutral', 'action_required')
      or p_conclusion is null then 'lost'
    else 'failed' end
$$;

-- The job in which a command ran: that of its runner, and of one runner's several the last that had begun.
-- GitHub's clock and ours may be a minute apart. Null: it was not told of.
create or replace function public.backfill_job_of_run_v1(p_run backfill_runs) returns bigint
language sql stable
as $$
  select j.job_id from backfill_workflow_jobs j
  where j.run_id = p_run.workflow_run_id and j.run_attempt = p_run.run_attempt
    and lower(j.workflow_repository) = lower(p_run.workflow_repository) and j.runner = p_run.runner
  order by coalesce(j.started_at <= p_run.started_at + interval '{policy.RUNNER_CLOCKS_DIFFER}', false) desc,
    j.started_at desc nulls last, j.job_id
  limit 1
$$;

-- Charge a job's minutes, as GitHub bills them, to the first command that ran in it, and to no other.
create or replace function public.backfill_charge_workflow_run_v1(p_repository text, p_run_id bigint)
returns void
language sql
as $$
  update backfill_runs r set billed_minutes = c.minutes
  from (
    select m.id, case when row_number() over (
        partition by m.job_id order by m.started_at, m.id) = 1
      then j.billed_minutes else 0 end as minutes
    from (
      select r.id, r.started_at, backfill_job_of_run_v1(r) as job_id from backfill_runs r
      where r.workflow_run_id = p_run_id and lower(r.workflow_repository) = lower(p_repository)
    ) m
    join backfill_workflow_jobs j
      on j.job_id = m.job_id and lower(j.workflow_repository) = lower(p_repository)
    where j.billed_minutes is not null
  ) c
  where c.id = r.id and r.billed_minutes is distinct from c.minutes
$$;
