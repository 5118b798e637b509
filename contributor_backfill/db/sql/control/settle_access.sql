-- The repositories that GitHub has to be asked about: the backfill failed, or it or another source failed twice in
-- a row or more, or GitHub did not show it when it was last asked, or to another source. Those that were not
-- settled come first, then in an order that changes from hour to hour, so that every one has its turn.
create or replace function public.backfill_find_suspects_v1(
  p_limit int default 100,
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  select jsonb_build_object('ok', true, 'suspects', coalesce(jsonb_agg(jsonb_build_object(
    'repository_id', l.id, 'github_id', l.github_id, 'node_id', l.node_id,
    'full_name', l.full_name) order by l.place), '[]'))
  from (
    select r.id, r.github_id, b.node_id, r.full_name, row_number() over (order by
      coalesce(b.access, 'ok') <> 'ok',
      md5(r.id || to_char(p_now at time zone 'UTC', 'YYYYMMDDHH24'))) as place
    from repositories r
    left join backfill_repositories b on b.repository_id = r.id
    left join progressive_backfill_state s on s.repository_id = r.id
    where (s.status = 'failed' and s.walk_started_at is not null
        or s.consecutive_errors >= 2 and s.status in ('active', 'paused')
        or b.access <> 'ok'
        or exists (
          select from backfill_feeds f
          where f.repository_id = r.id
            and (f.consecutive_errors >= 2 or f.next_attempt_reason = 'access lost')))
      and (s.lease_expires_at > p_now) is not true
      and b.untracked_at is null
    order by place
    limit p_limit) l
$$;

-- Take down what GitHub said of repositories, and make the backfill of one that it shows again due again.
--
-- p_verdicts  {repository id: {"access": "ok" or "gone" or "forbidden", "full_name", "reason"}}
create or replace function public.backfill_note_access_v1(
  p_verdicts jsonb,
  p_order jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  verdict record;
begin
  for verdict in select * from jsonb_each(p_verdicts) order by key loop
    perform backfill_change_control_v1(
      verdict.key::uuid, 'settle_access', verdict.value, p_order, true, p_now);
  end loop;
  return jsonb_build_object('ok', true, 'changes', backfill_show_call_v1(p_order));
end
$$;

-- What the same verdicts would change, without changing it.
create or replace function public.backfill_peek_access_v1(
  p_verdicts jsonb,
  p_order jsonb,
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  select jsonb_build_object('ok', true, 'changes', coalesce(jsonb_agg(
    p.change || jsonb_build_object('actor', p_order -> 'actor', 'reason', p.reason)
    order by p.key), '[]'))
  from (
    select v.key, backfill_plan_control_v1(v.key::uuid, 'settle_access', v.value, p_now) as change,
      v.value -> 'reason' as reason
    from jsonb_each(p_verdicts) v) p
  where p.change is not null
$$;

-- Settle what GitHub says of a repository. A backfill that failed because GitHub did not show it goes on
-- where it stood. One that a run works on now is left alone.
create or replace function public.backfill_settle_access_v1(
  p_control jsonb,
  p_verdict jsonb,
  p_now timestamptz
) returns jsonb
language sql immutable
as $$
  select case
    when coalesce((p_control ->> 'lease_expires_at')::timestamptz > p_now, false) then p_control
    when p_verdict ->> 'access' <> 'ok' then p_control || jsonb_build_object(
      'access', p_verdict -> 'access', 'access_reason', p_verdict -> 'reason')
    else
      case when p_control ->> 'status' = 'failed' and p_control ->> 'walk_started_at' is not null
        then backfill_due_control_v1(p_control, p_now) else p_control end
      || jsonb_build_object(
        'access', 'ok', 'access_reason', null, 'full_name', p_verdict -> 'full_name')
      || case when p_control ->> 'access' <> 'ok' or p_control ->> 'status' = 'failed'
        then '{"deferred_feeds": null}' else '{}'::jsonb end
  end
$$;

-- What such a change is called on record.
create or replace function public.backfill_name_access_change_v1(p_before jsonb, p_after jsonb)
returns text
language sql immutable
as $$
  select case
    when p_before -> 'full_name' <> p_after -> 'full_name' then 'renamed'
    when p_after ->> 'access' = 'ok' then 'reachable'
    else p_after ->> 'access'
  end
$$;
