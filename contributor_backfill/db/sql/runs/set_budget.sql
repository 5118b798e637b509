-- Set what a month may take, put it on record, and say how the month stands by it.
--
-- p_caps   what is to be set of {"minutes", "dollars", "points", "megabytes", "dollars_per_minute",
--          "included_minutes"}; a cap of null is lifted, and what is not named stays
-- p_order  {"call_id", "actor", "reason"}
create or replace function public.backfill_set_budget_v1(
  p_caps jsonb,
  p_order jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  kept backfill_budget;
  wanted backfill_budget;
  changed text[];
begin
  insert into backfill_budget (is_only, changed_at) values (true, p_now) on conflict do nothing;
  select * into kept from backfill_budget for update;
  wanted := jsonb_populate_record(kept, p_caps - 'is_only' - 'changed_at');
  select array_agg(n.key) into changed
  from jsonb_each(to_jsonb(wanted)) n
  where n.value is distinct from to_jsonb(kept) -> n.key;
  if changed is not null and not exists (
    select from backfill_interventions i where i.call_id = (p_order ->> 'call_id')::uuid
  ) then
    update backfill_budget b
    set minutes = wanted.minutes, dollars = wanted.dollars, points = wanted.points,
      megabytes = wanted.megabytes, dollars_per_minute = wanted.dollars_per_minute,
      included_minutes = wanted.included_minutes, changed_at = p_now;
    perform backfill_note_intervention_v1(p_order, null, jsonb_build_object(
      'action', 'budget', 'reason', p_order ->> 'reason',
      'before', (select jsonb_object_agg(k, to_jsonb(kept) -> k) from unnest(changed) k),
      'after', (select jsonb_object_agg(k, to_jsonb(wanted) -> k) from unnest(changed) k)), p_now);
  end if;
  return jsonb_build_object('ok', true, 'budget', backfill_budget_standing_v1(p_now),
    'changes', backfill_show_call_v1(p_order));
end
$$;
