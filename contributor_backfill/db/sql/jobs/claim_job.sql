-- Take the lease of the next job that is to be handed over, and note that it is being sent, before it is.
-- A lease that expired is taken over, because the run that held it was lost between sending and noting:
-- then "was_sending" is true, and whoever sends makes sure first that it did not arrive.
--
-- p_processors  those that can be reached
--
-- Returns {"job": {...} or null, "is_stopped", "waiting": {processor: jobs that are due}}; "waiting" is counted
-- when there is no job.
create or replace function public.backfill_claim_job_v1(
  p_holder text,
  p_lease_seconds int,
  p_processors text[],
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  settings jsonb := backfill_routing_settings_v1();
  candidate uuid;
  held backfill_jobs;
  is_repeated boolean;
begin
  if not (settings ->> 'is_stopped')::boolean then
    -- Of so many at least one is free, unless as many dispatchers are at work.
    for candidate in select d.job_id from backfill_due_jobs_v2(p_processors, 20, p_now) d loop
      -- Another dispatcher may have taken it since it was listed.
      select b.* into held from backfill_jobs b
      where b.job_id = candidate and coalesce(b.next_attempt_at <= p_now, true)
        and (b.state = 'waiting' or (b.state = 'sending' and b.lease_expires_at <= p_now))
      for update skip locked;
      exit when found;
    end loop;
  end if;
  if held.job_id is not null then
    is_repeated := held.state = 'sending' or held.attempts > 0;
    update backfill_jobs b
    set state = 'sending', lease_holder = p_holder, lease_token = gen_random_uuid(),
      lease_expires_at = p_now + make_interval(secs => p_lease_seconds),
      claimed_at = coalesce(b.claimed_at, p_now)
    where b.job_id = held.job_id
    returning * into held;
  end if;
  return jsonb_build_object('ok', true, 'is_stopped', settings -> 'is_stopped',
    'stopped_by', settings -> 'stopped_by',
    'waiting', case when held.job_id is null then backfill_due_counts_v1(p_now) else '{}' end,
    'job', case when held.job_id is not null then
      backfill_show_handover_v1(held) || jsonb_build_object('is_repeated', is_repeated) end);
end
$$;

-- How many jobs may be handed over now, by processor.
create or replace function public.backfill_due_counts_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_object_agg(c.decision, c.count), '{}')
  from (
    select d.decision, count(*)
    from backfill_due_jobs_v2('{inngest,github_actions}', null, p_now) d group by d.decision) c
$$;

-- A routed job as whoever hands it over needs it. "pull_requests" are the ids of those that it names and
-- that are stored, by number: Inngest's functions take them along.
create or replace function public.backfill_show_handover_v1(p_job backfill_jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'job_id', j.id, 'job_type', j.job_type, 'processor', p_job.decision,
    'repository_id', j.repository_id, 'full_name', r.full_name, 'days', j.time_range_days,
    'metadata', j.metadata, 'correlation_id', p_job.correlation_id,
    'lease_token', p_job.lease_token, 'claimed_at', p_job.claimed_at, 'is_repeated', false,
    'pull_requests', case when jsonb_typeof(j.metadata -> 'pr_numbers') = 'array' then (
      select jsonb_object_agg(p.number, p.id) from pull_requests p
      where p.repository_id = j.repository_id and p.number in (
        select n::text::int from jsonb_array_elements(j.metadata -> 'pr_numbers') n
        where jsonb_typeof(n) = 'number' and n::text ~ '^[0-9]{1,9}$')) end)
  from progressive_capture_jobs j
  left join repositories r on r.id = j.repository_id
  where j.id = p_job.job_id
$$;

-- What would be handed over now, in the order of the queue, at most p_limit: {"jobs", "waiting": {processor:
-- jobs that are due}, "stopped_by", "silent": how many were handed over and never began}.
create or replace function public.backfill_peek_dispatch_v1(
  p_limit int,
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  select jsonb_build_object('ok', true, 'jobs',
    coalesce(jsonb_agg(backfill_show_handover_v1(d)), '[]'),
    'waiting', backfill_due_counts_v1(p_now),
    'stopped_by', backfill_routing_settings_v1() -> 'stopped_by',
    'silent', (select count(*) from backfill_silent_jobs_v1(p_now)))
  from backfill_due_jobs_v2('{inngest,github_actions}', p_limit, p_now) d
$$;
