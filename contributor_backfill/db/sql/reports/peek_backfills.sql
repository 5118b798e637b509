-- What a run would serve, in order, without taking anything. Stable: it runs in a transaction that
-- cannot write.
create or replace function public.backfill_peek_backfills_v1(
  p_repository_id uuid default null,
  p_full_name text default null,
  p_limit int default 20,
  p_now timestamptz default now()
) returns jsonb
language plpgsql stable
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
begin
  return jsonb_build_object(
    'ok', true,
    'backfills', (
      select coalesce(jsonb_agg(backfill_describe_backfill_v1(d.id) order by d.place), '[]')
      from (
        select s.id, o.place
        from backfill_due_sources_v2('{backfill}', '{}', wanted, {policy.RHYTHM_HOURS}, wanted is not null, false,
          p_now) o
        join progressive_backfill_state s on s.repository_id = o.repository_id
        order by o.place limit p_limit) d)
  ) || backfill_explain_idle_v1(wanted, p_now);
end
$$;
