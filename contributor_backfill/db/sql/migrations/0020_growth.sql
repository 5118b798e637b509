-- What is due stands in an index, so that a claim reads as much however many repositories there are.

create table if not exists public.backfill_due (
  repository_id uuid not null references public.repositories (id) on delete cascade,
  source text not null,
  rank smallint not null default 0,
  due_at timestamptz,
  primary key (repository_id, source)
);
comment on table public.backfill_due is
  'From when each source of each repository is due: kept by triggers, and looked at again by recover.';
comment on column public.backfill_due.rank is
  'What goes first by its priority, smallest first.';
comment on column public.backfill_due.due_at is
  'Longest ago first. Null: not before something of the repository changes.';
create index if not exists backfill_due_idx
  on public.backfill_due (source, rank, due_at, repository_id) where due_at is not null;
create index if not exists backfill_repositories_tracked_idx
  on public.backfill_repositories (tracked_at);
create index if not exists backfill_numbers_open_idx
  on public.backfill_numbers (repository_id) where meaning in ('missing', 'wanted');
-- Leases are few. Those of a holder that is known to be dead are found at once.
create index if not exists backfill_feeds_holder_idx
  on public.backfill_feeds (lease_holder) where lease_holder is not null;
create index if not exists backfill_state_holder_idx
  on public.progressive_backfill_state (lease_holder) where lease_holder is not null;

do $$
declare
  own text;
begin
  foreach own in array array['backfill_due'] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
end
$$;

-- Whoever claims next works out when each is due.
insert into public.backfill_due (repository_id, source, due_at)
select r.id, source, 'epoch'
from public.repositories r
cross join unnest(array[
  'backfill', 'backfilled', 'lists', 'pull_requests', 'refresh', 'refresh_comments',
  'review_comments']) source
where exists (select from public.backfill_repositories b where b.repository_id = r.id)
  or exists (select from public.progressive_backfill_state s where s.repository_id = r.id)
on conflict (repository_id, source) do nothing;
