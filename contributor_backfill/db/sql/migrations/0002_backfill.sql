-- What is ours: columns on the two tables of the original plan, and tables of our own.

-- Columns that the functions write and that one variant of the production schema lacks.
alter table public.repositories
  add column if not exists homepage text,
  add column if not exists is_private boolean default false,
  add column if not exists is_template boolean default false,
  add column if not exists has_discussions boolean default false;
alter table public.pull_requests
  add column if not exists base_ref text,
  add column if not exists head_ref text,
  add column if not exists author_login text,
  add column if not exists author_github_id bigint,
  add column if not exists repository_github_id bigint,
  add column if not exists last_synced_at timestamptz default now();
-- Rows are matched by number too (earlier writers stored wrong GitHub ids), so this must be fast.
create index if not exists backfill_pull_requests_repository_number_idx
  on public.pull_requests (repository_id, number);

alter table public.progressive_backfill_state
  add column if not exists walk_started_at timestamptz,
  add column if not exists last_served_at timestamptz,
  add column if not exists next_attempt_at timestamptz,
  add column if not exists next_attempt_reason text,
  add column if not exists resume_at timestamptz,
  add column if not exists pause_count int not null default 0,
  add column if not exists lease_holder text,
  add column if not exists lease_token uuid,
  add column if not exists lease_expires_at timestamptz;
comment on column public.progressive_backfill_state.walk_started_at is
  'When the present walk began. Null: the row is an earlier implementation''s and starts afresh.';
comment on column public.progressive_backfill_state.resume_at is
  'When a pause ends by itself. Null on a paused row: a person paused it.';

alter table public.backfill_chunks
  add column if not exists lease_token uuid,
  add column if not exists start_cursor text,
  add column if not exists end_cursor text,
  add column if not exists page_size int,
  add column if not exists points int,
  add column if not exists fetch_milliseconds int,
  add column if not exists result jsonb;
create index if not exists backfill_chunks_state_completed_idx
  on public.backfill_chunks (backfill_state_id, completed_at);

create table if not exists public.backfill_repositories (
  repository_id uuid primary key references public.repositories (id) on delete cascade,
  node_id text,
  pull_requests_total int,
  total_seen_at timestamptz,
  priority text not null default 'medium'
    check (priority in ('low', 'medium', 'high', 'critical')),
  tracked_at timestamptz not null default now()
);

create table if not exists public.backfill_page_sizes (
  repository_id uuid not null references public.repositories (id) on delete cascade,
  query text not null,
  page_size int not null check (page_size between 1 and 100),
  clean_pages int not null default 0,
  failed_size int,
  updated_at timestamptz not null default now(),
  primary key (repository_id, query)
);
comment on table public.backfill_page_sizes is
  'The page size that works, per repository and query, with what the page planner remembers.';

create table if not exists public.backfill_pull_requests (
  pull_request_id uuid primary key references public.pull_requests (id) on delete cascade,
  repository_id uuid not null references public.repositories (id) on delete cascade,
  number int not null,
  node_id text not null,
  source_updated_at timestamptz not null,
  reviews_total int,
  comments_total int,
  all_comments_total int,
  review_threads_total int,
  assignees_total int,
  labels_total int,
  missing_fields text[] not null default '{}',
  captured_at timestamptz not null default now()
);
create index if not exists backfill_pull_requests_repository_idx
  on public.backfill_pull_requests (repository_id, number);
comment on table public.backfill_pull_requests is
  'GitHub''s own totals for every list of a pull request, and what its capture had to leave out.';

create table if not exists public.backfill_continuations (
  pull_request_id uuid not null references public.pull_requests (id) on delete cascade,
  connection text not null check (connection in ('reviews', 'comments', 'labels')),
  cursor text,
  created_at timestamptz not null default now(),
  primary key (pull_request_id, connection)
);
comment on column public.backfill_continuations.cursor is
  'Where the list goes on. Null: from its beginning.';

create table if not exists public.backfill_rejects (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid not null references public.repositories (id) on delete cascade,
  kind text not null
    check (kind in ('contributors', 'pull_requests', 'reviews', 'comments')),
  github_id bigint,
  number int,
  sqlstate text not null,
  message text not null,
  source jsonb not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  unique (repository_id, kind, github_id)
);
comment on table public.backfill_rejects is
  'Rows that could not be stored, whole, with the reason: nothing captured is lost.';

do $$
declare
  own text;
begin
  foreach own in array array[
    'backfill_repositories', 'backfill_page_sizes', 'backfill_pull_requests',
    'backfill_continuations', 'backfill_rejects', 'backfill_migrations',
    'progressive_backfill_state', 'backfill_chunks', 'progressive_capture_jobs'
  ] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
end
$$;
grant usage on schema public to service_role;
grant select, insert, update, delete on
  public.repositories, public.contributors, public.pull_requests, public.reviews,
  public.comments, public.tracked_repositories
  to service_role;
