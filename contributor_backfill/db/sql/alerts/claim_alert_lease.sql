-- Take the right to tell people of alerts: one run has it. Returns {"token": null, "holder"} when
-- another one does.
create or replace function public.backfill_claim_alert_lease_v1(
  p_holder text,
  p_lease_seconds int,
  p_dead_holders text[] default '{}',
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  mine uuid := gen_random_uuid();
  held backfill_alert_lease;
begin
  insert into backfill_alert_lease as l (holder, token, expires_at)
  values (p_holder, mine, p_now + make_interval(secs => p_lease_seconds))
  on conflict (is_only) do update
  set holder = p_holder, token = mine, expires_at = excluded.expires_at
  where l.expires_at <= p_now or l.holder = any (p_dead_holders)
    -- The same call again, after a lost response.
    or l.holder = p_holder;
  select * into held from backfill_alert_lease;
  return jsonb_build_object('ok', true, 'holder', held.holder,
    'token', case when held.token = mine then mine end);
end
$$;

-- Make sure that the right is still the caller's, and lengthen it. CB001 when it has passed on.
create or replace function public.backfill_hold_alert_lease_v1(
  p_lease_token uuid,
  p_lease_seconds int,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  update backfill_alert_lease l
  set expires_at = greatest(l.expires_at, p_now + make_interval(secs => p_lease_seconds))
  where l.token = p_lease_token;
  if not found then
    raise exception 'The lease on alerts has passed to %.',
      coalesce((select l.holder from backfill_alert_lease l), 'nobody')
      using errcode = 'CB001', hint = 'Another run tells of them now.';
  end if;
  return jsonb_build_object('ok', true);
end
$$;

-- Give the right back. Safe to repeat, and without effect on anybody else's.
create or replace function public.backfill_release_alert_lease_v1(p_lease_token uuid) returns jsonb
language plpgsql
as $$
begin
  delete from backfill_alert_lease l where l.token = p_lease_token;
  return jsonb_build_object('ok', true);
end
$$;
