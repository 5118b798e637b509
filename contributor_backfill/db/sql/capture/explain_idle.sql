-- Why no backfill could be claimed: what is due soonest, leased or stopped, with what each waits for, the
-- soonest first. Of many only some are told, so that no more are read.
create or replace function public.backfill_explain_idle_v1(p_repository_id uuid, p_now timestamptz)
returns jsonb
language sql stable
set enable_seqscan = off
-- Each limit has an order, because an index has it: so no more rows are found than are told of.
-- Joined as written: those that are told of are found first.
set join_collapse_limit = 1
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select jsonb_build_object(
    -- Whether any is: how many they are nobody asks here.
    'tracked', exists (
      select from progressive_backfill_state s
      left join backfill_repositories b on b.repository_id = s.repository_id
      where (p_repository_id is null or s.repository_id = p_repository_id)
        and b.untracked_at is null)::int,
    'blocked', coalesce(jsonb_agg(to_jsonb(b) - 'at' order by b.until nulls last), '[]')
  )
  from (
    select r.full_name, s.status,
      case
        when s.lease_expires_at > p_now then 'leased'
        when s.status <> 'active' then s.status
        else 'deferred'
      end as cause,
      case
        when s.lease_expires_at > p_now then s.lease_expires_at
        when s.status = 'paused' then s.resume_at
        when s.status = 'active' then s.next_attempt_at
      end as until,
      case when s.lease_expires_at > p_now then s.lease_holder end as holder,
      coalesce(s.next_attempt_reason, s.last_error) as reason
    from (
      select p_repository_id as repository_id where p_repository_id is not null
      union
      select e.repository_id from backfill_next_to_be_due_v1('{backfill}', p_now) e
      where p_repository_id is null
      union
      select * from (
        select o.repository_id from progressive_backfill_state o
        where p_repository_id is null and o.lease_holder is not null
        order by o.lease_holder limit 100) o
      union
      select * from (
        select o.repository_id from progressive_backfill_state o
        where p_repository_id is null and o.status in ('paused', 'failed')
        order by o.repository_id limit 100) o
    ) w
    join progressive_backfill_state s on s.repository_id = w.repository_id
    join repositories r on r.id = s.repository_id
    left join backfill_repositories b on b.repository_id = s.repository_id
    where (p_repository_id is not null or s.status <> 'completed') and b.untracked_at is null
    order by until nulls last
    limit 20
  ) b
$$;

-- Why no source but a backfill could be claimed: what is due soonest, leased, or waits for something else,
-- with what each waits for, the soonest first. Of many only some are told, so that no more are read.
create or replace function public.backfill_explain_idle_sources_v2(
  p_sources text[],
  p_repository_id uuid,
  p_now timestamptz
) returns jsonb
language sql stable
set enable_seqscan = off
-- Each limit has an order, because an index has it: so no more rows are found than are told of.
-- Joined as written: those that are told of are found first.
set join_collapse_limit = 1
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select jsonb_build_object(
    -- Whether any is: how many they are nobody asks here.
    'tracked', (p_repository_id is not null or exists (
      select from backfill_repositories b where b.untracked_at is null))::int,
    'blocked', coalesce(jsonb_agg(to_jsonb(b) order by b.until nulls last, b.full_name), '[]'))
  from (
    select r.full_name, w.feed,
      case
        when f.lease_expires_at > p_now then 'leased'
        when backfill_is_paused_v1(b, p_now) or (s.status = 'paused' and s.resume_at is null)
          then 'paused'
        when s.status = 'failed' then 'failed'
        when f.next_attempt_at > p_now then 'deferred'
        when w.feed = 'pull_requests'
          and n.current_at > p_now - interval '{policy.RHYTHM}'
          and n.current_at is distinct from n.unsettled_at
          and (greatest(f.synced_at, s.walk_started_at) > p_now - interval '{policy.RHYTHM}') is not true
          then 'unchanged'
        when w.feed in ('pull_requests', 'review_comments') then 'synced'
        else 'idle'
      end as cause,
      case
        when f.lease_expires_at > p_now then f.lease_expires_at
        when backfill_is_paused_v1(b, p_now) then b.pause_ends_at
        when s.status = 'paused' and s.resume_at is null then null
        when f.next_attempt_at > p_now then f.next_attempt_at
      end as until,
      case when f.lease_expires_at > p_now then f.lease_holder end as holder,
      coalesce(f.next_attempt_reason, f.last_error) as reason,
      case
        when w.feed <> 'pull_requests' then f.synced_at
        when (greatest(f.synced_at, s.walk_started_at) > p_now - interval '{policy.RHYTHM}') is not true
          then greatest(f.synced_at, s.walk_started_at, n.current_at)
        else greatest(f.synced_at, s.walk_started_at) end as since
    from (
      select p_repository_id as repository_id, n.feed from unnest(p_sources) n (feed)
      where p_repository_id is not null
      union
      select e.repository_id, e.source from backfill_next_to_be_due_v1(p_sources, p_now) e
      where p_repository_id is null
      union
      select * from (
        select o.repository_id, o.feed from backfill_feeds o
        where p_repository_id is null and o.lease_holder is not null and o.feed = any (p_sources)
        order by o.lease_holder limit 100) o
    ) w
    join repositories r on r.id = w.repository_id
    join backfill_repositories b on b.repository_id = w.repository_id
    left join backfill_feeds f on f.repository_id = w.repository_id and f.feed = w.feed
    left join progressive_backfill_state s
      on s.repository_id = w.repository_id and s.walk_started_at is not null
    left join backfill_freshness n on n.repository_id = w.repository_id
    where b.untracked_at is null
    order by 4 nulls last, 1
    limit 20
  ) b
$$;
