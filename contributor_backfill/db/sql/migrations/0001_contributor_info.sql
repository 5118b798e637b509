-- The tables of contributor.info that this tool writes, for a database that does not have them.
-- On the production database every statement here finds its object and does nothing.

create table if not exists public.backfill_migrations (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);

-- Remembered for the end: what is made here is closed to the website's keys, what is found is not
-- touched.
select set_config('backfill.tables_found', coalesce((
  select string_agg(c.relname, ' ') from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')), ''), true);

do $$
begin
  if not exists (select from pg_roles where rolname = 'anon') then
    create role anon nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then
    create role authenticated nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'service_role') then
    create role service_role nologin noinherit bypassrls;
    execute format('grant service_role to %I', current_user);
  end if;
  if to_regtype('public.repository_priority') is null then
    create type public.repository_priority as enum ('low', 'medium', 'high', 'critical');
  end if;
  if to_regtype('public.repository_size') is null then
    create type public.repository_size as enum ('small', 'medium', 'large', 'xl');
  end if;
end
$$;

create table if not exists public.repositories (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  full_name text not null unique,
  owner text not null,
  name text not null,
  description text,
  homepage text,
  language text,
  license text,
  avatar_url text,
  stargazers_count int default 0,
  watchers_count int default 0,
  forks_count int default 0,
  open_issues_count int default 0,
  size int default 0,
  default_branch text default 'main',
  is_fork boolean default false,
  is_archived boolean default false,
  is_disabled boolean default false,
  is_private boolean default false,
  is_template boolean default false,
  has_issues boolean default true,
  has_projects boolean default true,
  has_wiki boolean default true,
  has_discussions boolean default false,
  topics text[],
  github_created_at timestamptz,
  github_updated_at timestamptz,
  github_pushed_at timestamptz,
  first_tracked_at timestamptz not null default now(),
  last_updated_at timestamptz not null default now(),
  is_active boolean default true,
  pull_request_count int default 0,
  total_pull_requests int default 0,
  unique (owner, name)
);

create table if not exists public.contributors (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  username text not null constraint contributors_username_key unique,
  display_name text,
  avatar_url text,
  profile_url text,
  email text,
  company text,
  location text,
  bio text,
  blog text,
  public_repos int default 0,
  public_gists int default 0,
  followers int default 0,
  following int default 0,
  github_created_at timestamptz,
  first_seen_at timestamptz not null default now(),
  last_updated_at timestamptz not null default now(),
  is_bot boolean default false,
  is_active boolean default true,
  created_at timestamptz default now()
);

create table if not exists public.pull_requests (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  number int not null,
  title text not null,
  body text,
  state text not null check (state in ('open', 'closed', 'merged')),
  repository_id uuid references public.repositories (id) on delete cascade,
  author_id uuid references public.contributors (id) on delete set null,
  assignee_id uuid references public.contributors (id) on delete set null,
  base_branch text not null default 'main',
  head_branch text not null,
  draft boolean default false,
  mergeable boolean,
  mergeable_state text,
  merged boolean default false,
  merged_by_id uuid references public.contributors (id) on delete set null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  merged_at timestamptz,
  closed_at timestamptz,
  additions int default 0,
  deletions int default 0,
  changed_files int default 0,
  commits int default 0,
  html_url text,
  diff_url text,
  patch_url text,
  repository_full_name text not null,
  constraint pull_requests_repo_number_key unique (repository_id, number)
);

create table if not exists public.reviews (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  pull_request_id uuid not null references public.pull_requests (id) on delete cascade,
  reviewer_id uuid references public.contributors (id) on delete set null,
  author_id uuid not null references public.contributors (id) on delete cascade,
  repository_id uuid not null references public.repositories (id) on delete cascade,
  state text not null
    check (state in ('PENDING', 'APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED')),
  body text,
  submitted_at timestamptz not null,
  commit_id text
);
create index if not exists reviews_pull_request_id_idx on public.reviews (pull_request_id);

create table if not exists public.comments (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  pull_request_id uuid references public.pull_requests (id) on delete cascade,
  issue_id uuid,
  commenter_id uuid references public.contributors (id) on delete set null,
  repository_id uuid not null references public.repositories (id) on delete cascade,
  body text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  comment_type text not null check (comment_type in ('issue_comment', 'review_comment')),
  in_reply_to_id uuid references public.comments (id),
  position int,
  original_position int,
  diff_hunk text,
  path text,
  commit_id text,
  original_commit_id text,
  constraint comments_pr_or_issue_check
    check ((pull_request_id is null) <> (issue_id is null))
);
create index if not exists comments_pull_request_id_idx on public.comments (pull_request_id);

create table if not exists public.tracked_repositories (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid unique references public.repositories (id) on delete cascade,
  organization_name text,
  repository_name text,
  tracking_enabled boolean default true,
  priority public.repository_priority default 'low',
  size public.repository_size,
  last_sync_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table if not exists public.progressive_backfill_state (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid not null constraint unique_active_backfill unique
    references public.repositories (id) on delete cascade,
  total_prs int not null,
  processed_prs int default 0,
  last_processed_cursor text,
  last_processed_pr_number int,
  last_processed_at timestamptz,
  status varchar(20) default 'active'
    check (status in ('active', 'paused', 'completed', 'failed')),
  chunk_size int default 25,
  error_count int default 0,
  consecutive_errors int default 0,
  last_error text,
  last_error_at timestamptz,
  metadata jsonb default '{}',
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table if not exists public.backfill_chunks (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid not null references public.repositories (id) on delete cascade,
  backfill_state_id uuid not null
    references public.progressive_backfill_state (id) on delete cascade,
  chunk_number int not null,
  pr_numbers int[],
  pr_count int generated always as (array_length(pr_numbers, 1)) stored,
  status varchar(20) default 'pending'
    check (status in ('pending', 'processing', 'completed', 'failed', 'skipped')),
  processor_type varchar(20) default 'github_actions',
  started_at timestamptz,
  completed_at timestamptz,
  processing_time_ms int generated always as
    ((extract(epoch from (completed_at - started_at)) * 1000)::int) stored,
  error text,
  retry_count int default 0,
  api_calls_made int,
  rate_limit_remaining int,
  created_at timestamptz default now(),
  unique (backfill_state_id, chunk_number)
);

create table if not exists public.progressive_capture_jobs (
  id uuid primary key default gen_random_uuid(),
  job_type varchar(50) not null,
  repository_id uuid references public.repositories (id) deferrable initially deferred,
  processor_type varchar(20) not null default 'github_actions',
  status varchar(20) default 'pending',
  time_range_days int,
  workflow_run_id bigint,
  metadata jsonb default '{}',
  error text,
  created_at timestamptz default now(),
  started_at timestamptz,
  completed_at timestamptz
);

do $$
declare
  made text;
begin
  foreach made in array array[
    'repositories', 'contributors', 'pull_requests', 'reviews', 'comments', 'tracked_repositories'
  ] loop
    if made <> all (string_to_array(current_setting('backfill.tables_found'), ' ')) then
      execute format('alter table public.%I enable row level security', made);
    end if;
  end loop;
end
$$;
