-- How much a visit is worth: the new items it is expected to bring for each point, times the hours since
-- the last one. Null where there was no visit yet.
--
-- The yield stays between bounds and the hours grow, so whoever waits comes first at last: between two
-- visits to the best there is none that waits more than 200 times as long.
--
-- p_items           how many new items are expected; null: it is not known, and taken to be plenty
-- p_items_per_point how many of them a point brought of late; null: not measured yet
create or replace function public.backfill_visit_score_v1(
  p_items double precision,
  p_items_per_point real,
  p_last_served_at timestamptz,
  p_now timestamptz
) returns double precision
language plpgsql immutable
as $$
begin
  return case when p_last_served_at is not null then least(100, greatest(0.5, least(p_items, coalesce(p_items_per_point, 25))))
    * greatest(0, extract(epoch from p_now - p_last_served_at)) / 3600 end;
end
$$;
