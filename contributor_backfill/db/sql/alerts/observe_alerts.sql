-- Take in what problems there are: open, change and close alerts. An alert is closed when its problem was
-- absent for an interval, doubled with each time that it came back within a day, a day at most. Safe to
-- repeat. Returns the alerts that are open, and those of which people do not know that they are over.
--
-- p_problems  {"problems": [{"repository_id", "kind", "severity", "title", "fingerprint", "detail"}]}
create or replace function public.backfill_observe_alerts_v2(
  p_lease_token uuid,
  p_problems jsonb,
  p_interval_minutes double precision default 30,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  perform backfill_hold_alert_lease_v1(p_lease_token, 0, p_now);
  insert into backfill_alerts as a
    (repository_id, kind, severity, title, fingerprint, detail, opened_at, changed_at, seen_at)
  select t.repository_id, t.kind, t.severity, t.title, t.fingerprint, t.detail, p_now, p_now, p_now
  from jsonb_to_recordset(p_problems -> 'problems') as t
    (repository_id uuid, kind text, severity text, title text, fingerprint text, detail jsonb)
  where t.repository_id is null or t.repository_id in (select r.id from repositories r)
  on conflict (coalesce(repository_id, '00000000-0000-0000-0000-000000000000'::uuid), kind) do update
  set state = 'open',
    severity = excluded.severity,
    title = excluded.title,
    detail = excluded.detail,
    openings = case
      when a.state = 'open' then a.openings
      when a.closed_at > p_now - interval '{policy.ALERT_RETURNS}' then a.openings + 1
      else 1 end,
    opened_at = case when a.state = 'open' then a.opened_at else p_now end,
    changed_at = case when a.state = 'open' and a.fingerprint = excluded.fingerprint
      then a.changed_at else p_now end,
    fingerprint = excluded.fingerprint,
    seen_at = p_now,
    absent_since = null,
    closed_at = null;

  update backfill_alerts a set absent_since = p_now
  where a.state = 'open' and a.seen_at < p_now and a.absent_since is null;
  update backfill_alerts a set state = 'closed', closed_at = p_now, changed_at = p_now
  where a.state = 'open' and a.absent_since <= p_now - least(interval '{policy.LONGEST_ABSENCE}',
    make_interval(secs => p_interval_minutes * 60) * power(2, least(a.openings - 1, 20)));

  return jsonb_build_object('ok', true, 'alerts', (
    select coalesce(jsonb_agg(to_jsonb(a) || jsonb_build_object(
      'full_name', r.full_name,
      'notifications', (
        select coalesce(jsonb_agg(to_jsonb(t) order by t.channel), '[]')
        from backfill_tellings t where t.alert_id = a.id))
      order by a.severity, a.opened_at, a.id), '[]')
    from backfill_alerts a
    left join repositories r on r.id = a.repository_id
    where a.state = 'open' or exists (
      select from backfill_tellings t where t.alert_id = a.id and t.state <> 'closed')));
end
$$;

-- Note what was told of an alert over a channel, and hold the lease on. Safe to repeat.
create or replace function public.backfill_note_notification_v1(
  p_lease_token uuid,
  p_lease_seconds int,
  p_alert_id uuid,
  p_channel text,
  p_state text,
  p_fingerprint text,
  p_serial int,
  p_issue_number int default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  perform backfill_hold_alert_lease_v1(p_lease_token, p_lease_seconds, p_now);
  insert into backfill_tellings as t
    (alert_id, channel, state, fingerprint, recent, serial, issue_number, told_at)
  select a.id, p_channel, p_state, p_fingerprint, jsonb_build_object(p_fingerprint, p_now), p_serial,
    p_issue_number, p_now
  from backfill_alerts a where a.id = p_alert_id
  on conflict (alert_id, channel) do update
  set state = excluded.state, fingerprint = excluded.fingerprint, serial = excluded.serial,
    issue_number = excluded.issue_number, told_at = excluded.told_at,
    recent = (
      select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each_text(t.recent)
      where value::timestamptz > p_now - interval '{policy.SENT_ONCE}') || excluded.recent;
  return jsonb_build_object('ok', true);
end
$$;
