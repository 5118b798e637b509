-- Write what a person changed of a repository (see backfill_read_control_v1). The caller holds the
-- locks of backfill_lock_control_v1, and `p_control` is the whole object.
create or replace function public.backfill_write_control_v1(
  p_repository_id uuid,
  p_before jsonb,
  p_control jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  c record;
begin
  select * into c from jsonb_to_record(p_control) as n (
    full_name text, priority text, bodies text, diff_hunks text, paused_at timestamptz,
    pause_ends_at timestamptz, access text, access_reason text, page_size int,
    page_size_is_fixed boolean, status text, resume_at timestamptz, next_attempt_at timestamptz,
    next_attempt_reason text, consecutive_errors int, pause_count int, walk_started_at timestamptz,
    cursor text, last_number int, lease_holder text, lease_expires_at timestamptz,
    deferred_feeds jsonb, wanted int[]);

  update progressive_backfill_state s
  set status = c.status, resume_at = c.resume_at, next_attempt_at = c.next_attempt_at,
    next_attempt_reason = c.next_attempt_reason, consecutive_errors = c.consecutive_errors,
    pause_count = c.pause_count, walk_started_at = c.walk_started_at,
    last_processed_cursor = c.cursor, last_processed_pr_number = c.last_number,
    chunk_size = case when p_before -> 'page_size' is distinct from p_control -> 'page_size'
      then c.page_size else s.chunk_size end,
    lease_holder = c.lease_holder, lease_expires_at = c.lease_expires_at,
    lease_token = case when c.lease_expires_at is not null then s.lease_token end
  where s.repository_id = p_repository_id;
  if p_before -> 'walk_started_at' is distinct from p_control -> 'walk_started_at' then
    -- It begins afresh: an open chunk stands for a position where nobody goes on.
    delete from backfill_chunks k
    using progressive_backfill_state s
    where s.repository_id = p_repository_id and k.backfill_state_id = s.id
      and k.status in ('processing', 'pending');
  end if;

  insert into backfill_repositories as b
    (repository_id, priority, bodies, diff_hunks, paused_at, pause_ends_at, access, access_reason,
     access_noted_at)
  values (p_repository_id, c.priority, c.bodies, c.diff_hunks, c.paused_at, c.pause_ends_at,
    c.access, c.access_reason, case when c.access <> 'ok' then p_now end)
  on conflict (repository_id) do update
  set priority = excluded.priority, bodies = excluded.bodies, diff_hunks = excluded.diff_hunks,
    paused_at = excluded.paused_at, pause_ends_at = excluded.pause_ends_at,
    access = excluded.access, access_reason = excluded.access_reason,
    access_noted_at = case when b.access <> excluded.access then p_now else b.access_noted_at end;
  update tracked_repositories t set priority = backfill_listed_priority_v1(c.priority)
  where t.repository_id = p_repository_id
    and p_before -> 'priority' is distinct from p_control -> 'priority';

  insert into backfill_page_sizes as z (repository_id, query, page_size, is_fixed, updated_at)
  select p_repository_id, 'pull_requests_page', c.page_size, c.page_size_is_fixed, p_now
  where c.page_size is not null
  on conflict (repository_id, query) do update
  set page_size = excluded.page_size, is_fixed = excluded.is_fixed, updated_at = excluded.updated_at,
    clean_pages = 0, failed_size = null
  where (z.page_size, z.is_fixed) is distinct from (excluded.page_size, excluded.is_fixed);

  update backfill_feeds f set next_attempt_at = null, next_attempt_reason = null
  where f.repository_id = p_repository_id and f.next_attempt_at is not null
    and (c.deferred_feeds ? f.feed) is not true;

  if p_before ->> 'full_name' <> c.full_name then
    perform backfill_name_repository_v2(r.github_id, c.full_name, null, p_now)
    from repositories r where r.id = p_repository_id;
  end if;

  insert into backfill_numbers as n
    (repository_id, number, meaning, reason, next_attempt_at, noted_at)
  select p_repository_id, w, 'wanted', 'it is to be captured again', p_now, p_now
  from unnest(c.wanted) w
  order by w
  on conflict (repository_id, number) do update
  set meaning = 'wanted', reason = excluded.reason, attempts = 0, next_attempt_at = p_now;
end
$$;
