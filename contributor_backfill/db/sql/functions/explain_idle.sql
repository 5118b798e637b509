-- Why nothing could be claimed: every unfinished walk with what it waits for, the soonest first.
create or replace function public.backfill_explain_idle_v1(p_repository_id uuid, p_now timestamptz)
returns jsonb
language sql stable
set search_path = public, pg_temp
as $$
  select jsonb_build_object(
    'tracked', (select count(*) from progressive_backfill_state s
      where (p_repository_id is null or s.repository_id = p_repository_id)
        and not backfill_is_untracked_v1(s.repository_id)),
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
    from progressive_backfill_state s
    join repositories r on r.id = s.repository_id
    where ((p_repository_id is null and s.status <> 'completed')
        or s.repository_id = p_repository_id)
      and not backfill_is_untracked_v1(s.repository_id)
    order by until nulls last
    limit 20
  ) b
$$;
