-- Close the runs whose heartbeat stopped: they were killed without a word. Returns how many.
create or replace function public.backfill_lose_silent_runs_v1(
  p_silence interval,
  p_now timestamptz
) returns int
language plpgsql
as $$
declare
  silent uuid;
  many int := 0;
begin
  for silent in
    select r.id from backfill_runs r
    where r.outcome = 'running' and r.heartbeat_at < p_now - p_silence
    order by r.id for update skip locked
  loop
    perform backfill_settle_run_v1(silent, 'lost', 'its heartbeat stopped', 'silence', p_now);
    many := many + 1;
  end loop;
  return many;
end
$$;
