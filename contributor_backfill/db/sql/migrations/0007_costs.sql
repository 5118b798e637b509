-- What a month may cost: caps that a person sets, and what is measured to hold against them.

alter table public.backfill_runs
  add column if not exists bytes bigint not null default 0,
  add column if not exists workflow_is_private boolean;
comment on column public.backfill_runs.bytes is
  'Bytes of GitHub''s answers, decompressed, as they were read.';
comment on column public.backfill_runs.workflow_is_private is
  'Whether the repository whose workflow it ran in is private, so that its minutes cost. Null: unknown.';
create index if not exists backfill_runs_started_idx on public.backfill_runs (started_at);

create table if not exists public.backfill_budget (
  is_only boolean primary key default true check (is_only),
  minutes numeric check (minutes > 0),
  dollars numeric check (dollars > 0),
  points numeric check (points > 0),
  megabytes numeric check (megabytes > 0),
  dollars_per_minute numeric not null default 0 check (dollars_per_minute >= 0),
  included_minutes numeric not null default 0 check (included_minutes >= 0),
  changed_at timestamptz not null default now()
);
comment on table public.backfill_budget is
  'What a calendar month (UTC) may take; null: as much as it wants. At its cap everything waits for'
  ' the next month.';
comment on column public.backfill_budget.megabytes is
  'By how much the database may grow in a month, in millions of bytes.';
comment on column public.backfill_budget.dollars_per_minute is
  'The price of a minute of Actions beyond the included ones, as it was when dollars were capped.';

do $$
begin
  alter table public.backfill_budget enable row level security;
  grant select, insert, update, delete on public.backfill_budget to service_role;
end
$$;
