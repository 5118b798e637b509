-- Some of those that wait for something else are told of. With an order, only this index finds them: the planner
-- took the primary key, and read the entries of every repository until it met ten.
create index if not exists backfill_due_idle_by_rank_idx
  on public.backfill_due (source, rank, repository_id) where due_at is null;
drop index if exists public.backfill_due_idle_idx;
