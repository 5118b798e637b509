-- Keep what a capture was estimated to take, with the time of the estimate as `estimated_at`. A repository
-- that is not tracked has no place for it, which is no mistake.
create or replace function public.backfill_store_estimate_v1(
  p_full_name text,
  p_estimate jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  update backfill_repositories b
  set estimate = p_estimate || jsonb_build_object('estimated_at', p_now)
  from repositories r
  where r.id = b.repository_id and lower(r.full_name) = lower(p_full_name);
  return jsonb_build_object('ok', true, 'stored', found);
end
$$;
