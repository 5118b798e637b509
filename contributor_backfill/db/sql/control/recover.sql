-- Put in order what lost runs and expired pauses left behind. Whatever somebody holds now, by a lease
-- or by a lock, is left alone. Each change is put on record; the same call made twice gets the same result.
--
-- p_order           {"call_id", "actor"}
-- p_stuck_minutes   a lease that expired at least so long ago is freed
-- p_silent_seconds  a run without a heartbeat for so long is lost
create or replace function public.backfill_recover_v1(
  p_order jsonb,
  p_stuck_minutes double precision default 30,
  p_silent_seconds int default {policy.SILENT_SECONDS},
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  stuck interval := make_interval(secs => p_stuck_minutes * 60);
  silence interval := make_interval(secs => p_silent_seconds);
  locked jsonb := '[]';
  seen record;
  sure record;
begin
  -- One after the other: two at once would lock the same rows of what is due in different orders.
  perform pg_advisory_xact_lock(hashtext('backfill_recover'));
  for seen in select * from backfill_find_recoverable_v2(stuck, silence, p_now) loop
    if backfill_lock_recoverable_v1(seen.action, seen.id, seen.feed) then
      locked := locked || jsonb_build_object('action', seen.action, 'id', seen.id, 'feed', seen.feed);
    end if;
  end loop;
  -- Looked at again under the locks, in a statement of its own: another run may have been faster.
  for sure in
    select f.*
    from backfill_find_recoverable_v2(stuck, silence, p_now) with ordinality f
    where exists (
      select from jsonb_to_recordset(locked) as l (action text, id uuid, feed text)
      where l.action = f.action and l.id = f.id and l.feed is not distinct from f.feed)
    order by f.ordinality
  loop
    if sure.action = 'end_pause' then
      perform backfill_change_control_v1(sure.id, 'end_pause', '{}', p_order || jsonb_build_object(
        'reason', sure.reason), true, p_now);
      continue;
    end if;
    perform backfill_apply_recovery_v1(sure.action, sure.id, sure.feed, p_now);
    perform backfill_note_intervention_v1(
      p_order, sure.repository_id, to_jsonb(sure) - 'ordinality', p_now);
  end loop;
  perform backfill_check_due_v1(40);
  return jsonb_build_object('ok', true, 'changes', backfill_show_call_v1(p_order));
end
$$;

-- What the same call would change, without changing it.
create or replace function public.backfill_peek_recovery_v1(
  p_order jsonb,
  p_stuck_minutes double precision default 30,
  p_silent_seconds int default {policy.SILENT_SECONDS},
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  select jsonb_build_object('ok', true, 'changes', coalesce(jsonb_agg(
    to_jsonb(f) - array['id', 'feed', 'repository_id'] || jsonb_build_object(
      'actor', p_order -> 'actor')), '[]'))
  from backfill_find_recoverable_v2(make_interval(secs => p_stuck_minutes * 60),
    make_interval(secs => p_silent_seconds), p_now) f
$$;

-- Everything that is to be put in order, in the order in which it is done. `id` is that of the row: of a
-- run, a job, a chunk, else of the repository.
create or replace function public.backfill_find_recoverable_v2(
  p_stuck interval,
  p_silence interval,
  p_now timestamptz
) returns table (
  action text, id uuid, feed text, repository_id uuid, repository text, reason text, before jsonb,
  after jsonb)
language sql stable
as $$
  with over as materialized (
    -- Found first: only these are looked at closely.
    select r.id, r.full_name
    from repositories r
    left join backfill_repositories b on b.repository_id = r.id
    left join progressive_backfill_state s on s.repository_id = r.id
    where (b.pause_ends_at <= p_now or (s.status = 'paused' and s.resume_at <= p_now))
      and coalesce(s.lease_expires_at <= p_now, true) and b.untracked_at is null
  )
  select 'lose_run', r.id, null::text, null::uuid, r.repository, 'its heartbeat stopped',
    jsonb_build_object('outcome', r.outcome),
    jsonb_build_object('outcome', 'lost', 'run_id', r.id, 'command', r.command, 'url', r.url,
      'heartbeat_at', r.heartbeat_at, 'capture_job_id', r.capture_job_id)
  from backfill_runs r
  where r.outcome = 'running' and r.heartbeat_at < p_now - p_silence
  union all
  select 'close_job', j.id, null, j.repository_id, (
      select o.full_name from repositories o where o.id = j.repository_id),
    'the run that held it is over', jsonb_build_object('status', j.status),
    jsonb_build_object('status', case when l.outcome in ('done', 'deferred')
      then 'completed' else 'failed' end, 'job_id', j.id, 'run_id', l.id)
  from progressive_capture_jobs j
  join lateral (
    select * from backfill_runs r where r.capture_job_id = j.id
    order by r.outcome = 'running' and r.heartbeat_at >= p_now - p_silence desc, r.started_at desc
    limit 1) l on true
  where j.status = 'processing' and l.outcome <> 'running'
  union all
  select case when c.retry_count >= {policy.LOSSES_OF_A_CHUNK} then 'close_chunk' else 'put_back_chunk' end, c.id, null,
    c.repository_id, r.full_name,
    case when c.retry_count >= {policy.LOSSES_OF_A_CHUNK} then
        format('The run that held this chunk was lost %s times.', c.retry_count + 1)
      else 'the run that held it was lost' end,
    jsonb_build_object('status', c.status),
    jsonb_build_object('chunk_number', c.chunk_number, 'retry_count', c.retry_count,
      'cursor', c.start_cursor,
      'status', case when c.retry_count >= {policy.LOSSES_OF_A_CHUNK} then 'failed' else 'pending' end)
  from backfill_chunks c
  join progressive_backfill_state s on s.id = c.backfill_state_id
  join repositories r on r.id = c.repository_id
  where c.status = 'processing'
    and coalesce(s.lease_expires_at, c.started_at, c.created_at) <= p_now - p_stuck
  union all
  select 'free_lease', s.repository_id, null, s.repository_id, r.full_name, 'its run was lost',
    jsonb_build_object('lease_holder', s.lease_holder, 'lease_expires_at', s.lease_expires_at),
    jsonb_build_object('lease_holder', null, 'lease_expires_at', null)
  from progressive_backfill_state s
  join repositories r on r.id = s.repository_id
  where s.lease_expires_at <= p_now - p_stuck
  union all
  select 'free_feed', f.repository_id, f.feed, f.repository_id, r.full_name, 'its run was lost',
    jsonb_build_object('lease_holder', f.lease_holder, 'lease_expires_at', f.lease_expires_at),
    jsonb_build_object('feed', f.feed, 'lease_holder', null, 'lease_expires_at', null)
  from backfill_feeds f
  join repositories r on r.id = f.repository_id
  where f.lease_expires_at <= p_now - p_stuck
  union all
  select 'end_pause', r.id, null, r.id, r.full_name, 'its time is over',
    p.change -> 'before', p.change -> 'after'
  from over r
  cross join lateral (select backfill_plan_control_v1(r.id, 'end_pause', '{}', p_now) as change) p
  where p.change is not null
$$;

-- Lock the row that is to be put in order, or tell that somebody else is at work on it. What belongs to
-- a backfill is guarded by the backfill's row.
create or replace function public.backfill_lock_recoverable_v1(p_action text, p_id uuid, p_feed text)
returns boolean
language plpgsql
as $$
begin
  case p_action
    when 'lose_run' then
      perform from backfill_runs r where r.id = p_id for update skip locked;
    when 'close_job' then
      perform from progressive_capture_jobs j where j.id = p_id for update skip locked;
    when 'free_feed' then
      perform from backfill_feeds f
      where f.repository_id = p_id and f.feed = p_feed for update skip locked;
    when 'free_lease' then
      perform from progressive_backfill_state s where s.repository_id = p_id for update skip locked;
    when 'end_pause' then
      return backfill_lock_control_v1(p_id, true);
    else
      perform from progressive_backfill_state s
      where s.id = (select c.backfill_state_id from backfill_chunks c where c.id = p_id)
      for update skip locked;
  end case;
  return found;
end
$$;

-- Put one thing in order. A chunk keeps its cursor; a lease that was freed is no one's.
create or replace function public.backfill_apply_recovery_v1(
  p_action text,
  p_id uuid,
  p_feed text,
  p_now timestamptz
) returns void
language plpgsql
as $$
begin
  case p_action
    when 'lose_run' then
      perform backfill_settle_run_v1(p_id, 'lost', 'its heartbeat stopped', 'silence', p_now);
    when 'close_job' then
      perform backfill_move_capture_job_v1((
        select r.id from backfill_runs r where r.capture_job_id = p_id
        order by r.started_at desc limit 1), p_now);
    when 'close_chunk' then
      perform backfill_close_lost_chunk_v1(p_id, p_now);
    when 'put_back_chunk' then
      update backfill_chunks c set status = 'pending', lease_token = null where c.id = p_id;
    when 'free_lease' then
      update progressive_backfill_state s
      set lease_holder = null, lease_token = null, lease_expires_at = null
      where s.repository_id = p_id;
    when 'free_feed' then
      update backfill_feeds f
      set lease_holder = null, lease_token = null, lease_expires_at = null
      where f.repository_id = p_id and f.feed = p_feed;
  end case;
end
$$;
