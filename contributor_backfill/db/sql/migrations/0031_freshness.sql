-- What a question about a hundred repositories at once last said of each: its newest change.
create table if not exists public.backfill_freshness (
  repository_id uuid primary key references public.repositories (id) on delete cascade,
  asked_at timestamptz not null,
  newest_change timestamptz,
  newest_seen_at timestamptz not null,
  current_at timestamptz,
  moved_at timestamptz,
  unsettled_at timestamptz
) with (fillfactor = 70);
comment on table public.backfill_freshness is
  'What GitHub said when it was asked for the newest change of many repositories at once.';
comment on column public.backfill_freshness.asked_at is
  'When it was asked last, by our clock, as are all times here but newest_change.';
comment on column public.backfill_freshness.newest_change is
  'When a pull request last changed, as GitHub dates it; null: it has none.';
comment on column public.backfill_freshness.newest_seen_at is
  'When GitHub was asked that first showed this newest change.';
comment on column public.backfill_freshness.current_at is
  'When GitHub was last asked and had nothing that is not stored.';
comment on column public.backfill_freshness.moved_at is
  'When GitHub was last asked and had something that is not stored.';
comment on column public.backfill_freshness.unsettled_at is
  'When it was last seen that the newest change is old enough now to hide none of its moment, but was not when it was stored.';

alter table public.backfill_freshness enable row level security;
grant select, insert, update, delete on public.backfill_freshness to service_role;

-- Everyone is asked about at once.
insert into public.backfill_due (repository_id, source, rank, due_at)
select d.repository_id, 'probe', d.rank, 'epoch'
from public.backfill_due d where d.source = 'lists'
on conflict (repository_id, source) do nothing;
