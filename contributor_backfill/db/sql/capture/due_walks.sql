-- The walks that may be served now, in the order they are served: repositories tracked within the
-- last day first, then by priority, then those that nobody served yet, then by what a visit is worth.
-- A repository named by hand is due whatever was recorded about its next attempt, unless a person
-- paused it. Each repository is looked up by index.
create or replace function public.backfill_due_walks_of_v1(
  p_repository_ids uuid[],
  p_is_named boolean,
  p_exclude uuid[],
  p_dead_holders text[],
  p_now timestamptz
) returns table (state_id uuid, place bigint)
language sql stable
set search_path = public, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select s.id,
    row_number() over (order by
      coalesce(b.tracked_at > p_now - interval '24 hours', false) desc,
      array_position(array['critical', 'high', 'medium', 'low'], coalesce(b.priority, 'medium')),
      backfill_visit_score_v1(greatest(1, s.total_prs - coalesce(s.processed_prs, 0)),
        size.items_per_point, s.last_served_at, p_now) desc nulls first,
      s.created_at,
      s.id)
  from unnest(p_repository_ids) as i (id)
  join progressive_backfill_state s on s.repository_id = i.id
  left join backfill_repositories b on b.repository_id = s.repository_id
  left join backfill_page_sizes size
    on size.repository_id = s.repository_id and size.query = 'pull_requests_page'
  where s.repository_id <> all (coalesce(p_exclude, '{}'))
    and not backfill_is_paused_v1(b, p_now)
    and (
      s.status = 'active'
      or (s.status = 'paused' and (
        s.resume_at <= p_now
        or (s.resume_at is not null and p_is_named)
        -- Left by the earlier implementation, which paused for good on low quota.
        or s.walk_started_at is null))
    )
    and (s.next_attempt_at is null or s.next_attempt_at <= p_now or p_is_named)
    and (s.lease_expires_at is null or s.lease_expires_at <= p_now
      or s.lease_holder = any (coalesce(p_dead_holders, '{}')))
$$;

-- The same of one repository, or of all that stand as due.
create or replace function public.backfill_due_walks_v1(
  p_repository_id uuid,
  p_exclude uuid[],
  p_dead_holders text[],
  p_now timestamptz
) returns table (state_id uuid, place bigint)
language sql stable
set search_path = public, pg_temp
as $$
  select d.state_id, d.place
  from backfill_due_walks_of_v1(
    case when p_repository_id is not null then array[p_repository_id]
      when p_dead_holders <> '{}' then array(
        select s.repository_id from progressive_backfill_state s
        where s.status in ('active', 'paused'))
      else array(
        select e.repository_id from backfill_due e
        where e.source = 'backfill' and e.due_at <= p_now) end,
    p_repository_id is not null, p_exclude, p_dead_holders, p_now) d
$$;
