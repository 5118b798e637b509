-- Jobs that could not be handed over to their processor of late, of each repository.
create or replace function public.backfill_job_problems_v1(p_now timestamptz)
returns table (repository_id uuid, kind text, severity text, detail jsonb)
language sql stable
as $$
  select b.repository_id, 'dead_jobs' as kind, 'error', jsonb_build_object(
    'count', count(*), 'since', min(b.dead_at),
    'job_id', (array_agg(b.job_id order by b.dead_at desc))[1],
    'error', (array_agg(b.dead_reason order by b.dead_at desc))[1])
  from backfill_jobs b
  where b.state = 'dead' and b.dead_at > p_now - interval '{policy.DEAD_JOBS_SHOWN}'
    and (b.repository_id is null or not backfill_is_untracked_v1(b.repository_id))
  group by b.repository_id
$$;
