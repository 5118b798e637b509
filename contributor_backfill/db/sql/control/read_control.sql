-- What a person can change of a repository, as one flat object: the pause, the backfill, the settings.
-- "deferred_feeds" says of each source that waits until when it does.
create or replace function public.backfill_read_control_v1(p_repository_id uuid) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'full_name', r.full_name,
    'priority', coalesce(b.priority, 'medium'),
    'bodies', b.bodies,
    'diff_hunks', b.diff_hunks,
    'paused_at', b.paused_at,
    'pause_ends_at', b.pause_ends_at,
    'access', coalesce(b.access, 'ok'),
    'access_reason', b.access_reason,
    'page_size', z.page_size,
    'page_size_is_fixed', coalesce(z.is_fixed, false),
    'status', s.status,
    'resume_at', s.resume_at,
    'next_attempt_at', s.next_attempt_at,
    'next_attempt_reason', s.next_attempt_reason,
    'consecutive_errors', coalesce(s.consecutive_errors, 0),
    'pause_count', coalesce(s.pause_count, 0),
    'walk_started_at', s.walk_started_at,
    'cursor', s.last_processed_cursor,
    'last_number', s.last_processed_pr_number,
    'lease_holder', s.lease_holder,
    'lease_expires_at', s.lease_expires_at,
    'deferred_feeds', (
      select jsonb_object_agg(f.feed, f.next_attempt_at) from backfill_feeds f
      where f.repository_id = r.id and f.next_attempt_at is not null))
  from repositories r
  left join backfill_repositories b on b.repository_id = r.id
  left join progressive_backfill_state s on s.repository_id = r.id
  left join backfill_page_sizes z on z.repository_id = r.id and z.query = 'pull_requests_page'
  where r.id = p_repository_id
$$;

-- Whether a person paused what such an object describes. A backfill that is paused without an end was
-- paused by a person who wrote it there; one without a beginning is the earlier implementation's.
create or replace function public.backfill_control_is_paused_v1(p_control jsonb, p_now timestamptz)
returns boolean
language sql immutable
as $$
  select (p_control ->> 'paused_at' is not null
      and coalesce((p_control ->> 'pause_ends_at')::timestamptz > p_now, true))
    or coalesce(p_control ->> 'status' = 'paused' and p_control ->> 'resume_at' is null
      and p_control ->> 'walk_started_at' is not null, false)
$$;

-- The same object with its backfill due again at once; where a person paused the repository, from the end
-- of that pause on.
create or replace function public.backfill_due_control_v1(p_control jsonb, p_now timestamptz)
returns jsonb
language sql immutable
as $$
  select p_control || jsonb_build_object(
    'status', case when backfill_control_is_paused_v1(p_control, p_now) then 'paused' else 'active' end,
    'resume_at', case when backfill_control_is_paused_v1(p_control, p_now)
      then p_control -> 'pause_ends_at' end,
    'next_attempt_at', null, 'next_attempt_reason', null,
    'consecutive_errors', 0, 'pause_count', 0)
$$;

-- What of the first object differs from the second.
create or replace function public.backfill_differing_v1(p_this jsonb, p_other jsonb) returns jsonb
language sql immutable
as $$
  select coalesce(jsonb_object_agg(e.key, e.value), '{}')
  from jsonb_each(p_this) e
  where e.value is distinct from coalesce(p_other -> e.key, 'null')
$$;
