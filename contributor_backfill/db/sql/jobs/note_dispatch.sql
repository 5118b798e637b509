-- Lock a job under its lease. CB001 when it has passed on.
create or replace function public.backfill_lock_job_v1(p_job_id uuid, p_lease_token uuid)
returns backfill_jobs
language plpgsql
as $$
declare
  held backfill_jobs;
begin
  select * into held from backfill_jobs b
  where b.job_id = p_job_id and b.lease_token = p_lease_token for update;
  if held.job_id is null then
    raise exception 'The lease on job % has passed to another dispatcher.', p_job_id
      using errcode = 'CB001', hint = 'It is handed over there.';
  end if;
  return held;
end
$$;

-- Note that the processor has a job: Inngest under event ids, GitHub Actions in a run once it is known.
-- The token stays, so that a call that is repeated finds its own. CB001 when the lease has passed on.
create or replace function public.backfill_note_dispatch_v1(
  p_job_id uuid,
  p_lease_token uuid,
  p_event_ids text[] default null,
  p_workflow_run_id bigint default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  perform backfill_lock_job_v1(p_job_id, p_lease_token);
  update backfill_jobs b
  set state = 'dispatched', dispatched_at = coalesce(b.dispatched_at, p_now), event_ids = p_event_ids,
    next_attempt_at = null, lease_holder = null, lease_expires_at = null, last_error = null
  where b.job_id = p_job_id and b.state = 'sending';
  update progressive_capture_jobs j
  set workflow_run_id = coalesce(j.workflow_run_id, p_workflow_run_id),
    metadata = backfill_metadata_object_v1(j.metadata)
      || jsonb_build_object('dispatched_at', p_now)
  where j.id = p_job_id;
  return jsonb_build_object('ok', true);
end
$$;

-- Note that a job could not be handed over. It is tried again after one minute, doubled each time, and
-- not before p_not_before; after five times, or at once when p_is_final, it is a dead letter.
-- Returns {"is_dead", "next_attempt_at"}. CB001 when the lease has passed on.
create or replace function public.backfill_fail_dispatch_v1(
  p_job_id uuid,
  p_lease_token uuid,
  p_error text,
  p_is_final boolean,
  p_not_before timestamptz default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  held backfill_jobs := backfill_lock_job_v1(p_job_id, p_lease_token);
begin
  if held.state = 'sending' then
    held := backfill_count_attempt_v1(p_job_id, p_error, p_is_final, p_not_before, p_now);
  end if;
  return jsonb_build_object('ok', true, 'is_dead', held.state = 'dead',
    'next_attempt_at', held.next_attempt_at);
end
$$;

-- Count an attempt that came to nothing: the job waits again, or is a dead letter.
create or replace function public.backfill_count_attempt_v1(
  p_job_id uuid,
  p_error text,
  p_is_final boolean,
  p_not_before timestamptz,
  p_now timestamptz
) returns backfill_jobs
language plpgsql
as $$
declare
  counted backfill_jobs;
begin
  update backfill_jobs b
  set attempts = b.attempts + 1, last_error = p_error, lease_holder = null, lease_expires_at = null,
    dispatched_at = null,
    state = case when p_is_final or b.attempts + 1 >= {policy.JOB_ATTEMPTS} then 'dead' else 'waiting' end,
    next_attempt_at = greatest(p_not_before, p_now + interval '{policy.FIRST_RETRY_OF_A_JOB}' * power(2, b.attempts))
  where b.job_id = p_job_id
  returning * into counted;
  if counted.state = 'dead' then
    update backfill_jobs b
    set dead_at = p_now, next_attempt_at = null,
      dead_reason = p_error || case when p_is_final then '' else ' (five times)' end
    where b.job_id = p_job_id
    returning * into counted;
    update progressive_capture_jobs j
    set status = 'failed', completed_at = p_now,
      error = 'It could not be handed over: ' || counted.dead_reason
    where j.id = p_job_id;
  end if;
  return counted;
end
$$;

-- Give a job back as it was, because its processor cannot take it now through no fault of the job's; not
-- again within p_wait_seconds. Without effect once the lease has passed on.
create or replace function public.backfill_release_job_v2(
  p_job_id uuid,
  p_lease_token uuid,
  p_error text default null,
  p_wait_seconds int default 0,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  update backfill_jobs b
  set state = 'waiting', lease_holder = null, lease_expires_at = null, last_error = p_error,
    next_attempt_at = p_now + make_interval(secs => p_wait_seconds), claimed_at = null
  where b.job_id = p_job_id and b.lease_token = p_lease_token and b.state = 'sending';
  return jsonb_build_object('ok', true);
end
$$;
