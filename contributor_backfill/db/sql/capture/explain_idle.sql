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
