-- How jobs are routed: {"target", "is_stopped", "included", "excluded", "stopped_by"}. Where the site
-- has its own switch, rollout_configuration.emergency_stop, that stops it too.
create or replace function public.backfill_routing_settings_v1() returns jsonb
language plpgsql stable
as $$
declare
  settings backfill_routing;
  site_stops boolean := false;
begin
  select * into settings from backfill_routing;
  if to_regclass('public.rollout_configuration') is not null then
    execute 'select coalesce(bool_or(c.emergency_stop), false) from rollout_configuration c'
      ' where c.feature_name = ''hybrid_progressive_capture''' into site_stops;
  end if;
  return jsonb_build_object(
    'target', coalesce(settings.target, {policy.ACTIONS_TARGET}),
    'is_stopped', coalesce(settings.is_stopped, false) or site_stops,
    'stopped_by', case when settings.is_stopped then 'route --stop'
      when site_stops then 'rollout_configuration' end,
    'included', to_jsonb(coalesce(settings.included, '{}')),
    'excluded', to_jsonb(coalesce(settings.excluded, '{}')));
end
$$;

-- Change how jobs are routed: what is null stays. The change is put on record.
--
-- p_order  {"call_id", "actor", "reason"}
--
-- Returns {"settings", "is_changed"}.
create or replace function public.backfill_set_routing_v1(
  p_order jsonb,
  p_target double precision default null,
  p_is_stopped boolean default null,
  p_included text[] default null,
  p_excluded text[] default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  old_row jsonb;
  new_row jsonb;
begin
  insert into backfill_routing (is_only) values (true) on conflict do nothing;
  select to_jsonb(r) - 'is_only' into old_row from backfill_routing r for update;
  update backfill_routing r
  set target = coalesce(p_target, r.target), is_stopped = coalesce(p_is_stopped, r.is_stopped),
    included = coalesce(p_included, r.included), excluded = coalesce(p_excluded, r.excluded)
  returning to_jsonb(r) - 'is_only' into new_row;
  if new_row <> old_row then
    perform backfill_note_intervention_v1(p_order, null, jsonb_build_object(
      'action', 'set_routing', 'reason', p_order ->> 'reason',
      'before', backfill_differing_v1(old_row, new_row),
      'after', backfill_differing_v1(new_row, old_row)), p_now);
  end if;
  return jsonb_build_object('ok', true, 'settings', backfill_routing_settings_v1(),
    'is_changed', new_row <> old_row);
end
$$;
