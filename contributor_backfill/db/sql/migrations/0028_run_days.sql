-- What the runs of a day used, added up once: a budget is asked at the beginning of every run.

create table if not exists public.backfill_run_days (
  day date primary key,
  minutes bigint not null,
  points bigint not null,
  paid bigint not null
);
comment on table public.backfill_run_days is
  'What the runs that began on a day (UTC) used, of days that are over. Void once one of them changes.';
alter table public.backfill_run_days enable row level security;
grant select, insert, update, delete on public.backfill_run_days to service_role;
