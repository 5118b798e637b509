-- A job's place in the queue is settled when it is decided, so that a claim finds the next one in an index.
alter table public.backfill_jobs add column if not exists turn int not null default 0;
comment on column public.backfill_jobs.turn is
  'Its position among the jobs of its repository with the same priority. Jobs are claimed by turn, then by place.';

update public.backfill_jobs b set turn = o.turn
from (
  select w.job_id, row_number() over (
    partition by w.priority, w.repository_id order by w.place)::int as turn
  from public.backfill_jobs w where w.state in ('waiting', 'sending')) o
where b.job_id = o.job_id and b.turn = 0;

create index if not exists backfill_jobs_queue_idx on public.backfill_jobs
  (decision, array_position('{critical,high,medium,low}'::text[], priority), turn, place)
  where state in ('waiting', 'sending');
create index if not exists backfill_jobs_turn_idx on public.backfill_jobs
  (priority, coalesce(repository_id, '00000000-0000-0000-0000-000000000000'), turn);
