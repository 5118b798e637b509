-- Begin a backfill from the newest pull request. One that is under way is left alone, one that failed goes
-- on from where it stood. Where a person paused the repository it begins paused.
create or replace function public.backfill_start_backfill_v1(
  p_repository_id uuid,
  p_total int,
  p_chunk_size int,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  started boolean;
  held backfill_repositories;
begin
  select * into held from backfill_repositories b
  where b.repository_id = p_repository_id and backfill_is_paused_v1(b, p_now);
  insert into progressive_backfill_state as s
    (repository_id, total_prs, chunk_size, status, resume_at, walk_started_at)
  values (p_repository_id, p_total, p_chunk_size,
    case when held.repository_id is null then 'active' else 'paused' end, held.pause_ends_at, p_now)
  on conflict (repository_id) do update
  set total_prs = excluded.total_prs, chunk_size = excluded.chunk_size, status = excluded.status,
    walk_started_at = case when s.status = 'failed'
      then coalesce(s.walk_started_at, p_now) else p_now end,
    last_processed_cursor = case when s.status = 'failed' and s.walk_started_at is not null
      then s.last_processed_cursor end,
    consecutive_errors = 0, pause_count = 0, last_error = null,
    resume_at = excluded.resume_at,
    next_attempt_at = null, next_attempt_reason = null,
    lease_holder = null, lease_token = null, lease_expires_at = null
  where (s.status in ('active', 'paused') and s.walk_started_at is not null) is not true;
  started := found;
  return jsonb_build_object('ok', true, 'started', started, 'status', (
    select s.status from progressive_backfill_state s where s.repository_id = p_repository_id));
end
$$;
