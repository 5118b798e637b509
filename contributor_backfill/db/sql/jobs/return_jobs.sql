-- What was handed over and never began.
create or replace function public.backfill_silent_jobs_v1(p_now timestamptz)
returns table (job_id uuid)
language sql stable
as $$
  select b.job_id from backfill_jobs b
  join progressive_capture_jobs j on j.id = b.job_id
  where b.state = 'dispatched' and j.status = 'pending'
    and b.dispatched_at < p_now - case b.decision
      when 'github_actions' then interval '{policy.BEGINS_WITHIN}' else interval '{policy.ANSWERS_WITHIN}' end
$$;

-- Put back what was handed over and never began: a job of GitHub Actions without a run after an hour
-- waits again, with its attempt counted; one of Inngest of which nothing was heard for a day has failed.
-- Returns {"returned", "failed"}: counts.
create or replace function public.backfill_return_jobs_v1(p_now timestamptz default now())
returns jsonb
language plpgsql
as $$
declare
  silent record;
  returned int := 0;
  failed int := 0;
begin
  for silent in
    select b.job_id, b.decision from backfill_jobs b
    where b.job_id in (select s.job_id from backfill_silent_jobs_v1(p_now) s)
      and b.state = 'dispatched'
    order by b.job_id for update skip locked
  loop
    if silent.decision = 'github_actions' then
      perform backfill_count_attempt_v1(silent.job_id,
        'it was handed over, and no run began within an hour', false, p_now, p_now);
      returned := returned + 1;
    else
      update progressive_capture_jobs j
      set status = 'failed', completed_at = p_now, error = 'Inngest said nothing of it for a day.'
      where j.id = silent.job_id;
      failed := failed + 1;
    end if;
  end loop;
  return jsonb_build_object('ok', true, 'returned', returned, 'failed', failed);
end
$$;
