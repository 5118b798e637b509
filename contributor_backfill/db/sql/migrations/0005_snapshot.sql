-- What `monitor` shows without counting it anew: captures by day, how complete each repository is, how
-- large the database was, and what was left of GitHub's quota.

create table if not exists public.backfill_days (
  repository_id uuid not null references public.repositories (id) on delete cascade,
  day date not null,
  source text not null,
  chunks bigint not null default 0,
  pull_requests bigint not null default 0,
  row_count bigint not null default 0,
  points bigint not null default 0,
  requests bigint not null default 0,
  milliseconds bigint not null default 0,
  primary key (repository_id, day, source)
);
create index if not exists backfill_days_day_idx on public.backfill_days (day);
comment on table public.backfill_days is
  'What captures of a repository brought and took on a day (UTC), kept with each commit.';
comment on column public.backfill_days.source is '"backfill", or the feed.';
comment on column public.backfill_days.chunks is 'Pages of a backfill, or steps of a feed.';
comment on column public.backfill_days.milliseconds is 'How long GitHub took for its answers.';

alter table public.backfill_chunks add column if not exists row_count int;
comment on column public.backfill_chunks.row_count is
  'Rows that the page held, of all kinds but accounts. Null: captured before this was measured.';

-- Chunks that were captured before this table was. Their rows were not measured.
insert into public.backfill_days
  (repository_id, day, source, chunks, pull_requests, row_count, points, requests, milliseconds)
select c.repository_id, (c.completed_at at time zone 'UTC')::date, 'backfill',
  count(*) filter (where c.status = 'completed'), coalesce(sum(c.pr_count), 0),
  coalesce(sum(c.row_count), 0), coalesce(sum(c.points), 0), coalesce(sum(c.api_calls_made), 0),
  coalesce(sum(c.fetch_milliseconds), 0)
from public.backfill_chunks c
where c.completed_at is not null and c.status in ('completed', 'failed')
  and not exists (select from public.backfill_days)
group by 1, 2;

create index if not exists backfill_chunks_completed_idx
  on public.backfill_chunks (completed_at) where status = 'completed';
create index if not exists backfill_chunks_failed_idx
  on public.backfill_chunks (completed_at) where status = 'failed';

alter table public.backfill_repositories
  add column if not exists completeness jsonb,
  add column if not exists count_is_due boolean not null default true,
  add column if not exists counted_at timestamptz;
comment on column public.backfill_repositories.completeness is
  'How much of each kind was stored when it was last counted, as backfill_completeness_v1 has it.';
comment on column public.backfill_repositories.count_is_due is
  'Something was captured since, or it was never counted: the next run that ends counts it.';

create table if not exists public.backfill_database_sizes (
  day date primary key,
  bytes bigint not null,
  row_counts jsonb not null default '{}',
  measured_at timestamptz not null default now()
);
comment on table public.backfill_database_sizes is
  'The size of the database, once a day (UTC), measured when the first run of the day ends.';
comment on column public.backfill_database_sizes.row_counts is
  'Rows by table, as Postgres estimates them.';

alter table public.backfill_runs
  add column if not exists quota_limit int,
  add column if not exists quota_remaining int,
  add column if not exists quota_reset_at timestamptz;
comment on column public.backfill_runs.quota_remaining is
  'Points of GitHub''s hourly limit that were left when the run last heard of it. Null: it did not.';

do $$
declare
  own text;
begin
  foreach own in array array['backfill_days', 'backfill_database_sizes'] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
end
$$;
