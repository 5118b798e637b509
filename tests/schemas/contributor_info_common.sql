-- contributor.info's database: what its two known forms share. Load this first, then one variant.
-- Two stand-ins, because the extensions are not everywhere: gen_random_uuid() for uuid-ossp's
-- uuid_generate_v4(), and double precision[] for pgvector's vector(384).

-- Roles belong to the whole cluster, so another test database may have made them already.
do $$
begin
  if to_regrole('anon') is null then
    create role anon nologin noinherit;
  end if;
  if to_regrole('authenticated') is null then
    create role authenticated nologin noinherit;
  end if;
  if to_regrole('service_role') is null then
    create role service_role nologin noinherit bypassrls;
    execute format('grant anon, authenticated, service_role to %I', current_user);
  end if;
end
$$;

-- Supabase opens whatever is created in `public` to all three roles. Without this the test
-- database would be stricter than the real one, and a missing `revoke` would go unnoticed.
grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;

-- As much of Supabase Auth as the foreign keys and policies below refer to.
create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;
create table auth.users (id uuid primary key default gen_random_uuid());
create function auth.uid() returns uuid language sql stable as
  $$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;

create table public.app_users (
  id uuid primary key default gen_random_uuid(),
  auth_user_id uuid unique references auth.users (id),
  github_username text not null unique
);

create table public.repositories (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  full_name text not null unique,
  owner text not null,
  name text not null,
  description text,
  homepage text,
  homepage_url text,
  language text,
  license text,
  avatar_url text,
  stargazers_count integer default 0,
  watchers_count integer default 0,
  forks_count integer default 0,
  open_issues_count integer default 0,
  size integer default 0,
  default_branch text default 'main',
  is_fork boolean default false,
  is_archived boolean default false,
  is_disabled boolean default false,
  is_private boolean default false,
  has_pages boolean default false,
  is_template boolean default false,
  has_discussions boolean default false,
  has_issues boolean default true,
  has_projects boolean default true,
  has_wiki boolean default true,
  has_downloads boolean default true,
  topics text[],
  github_created_at timestamptz,
  github_updated_at timestamptz,
  github_pushed_at timestamptz,
  first_tracked_at timestamptz not null default now(),
  last_updated_at timestamptz not null default now(),
  is_active boolean default true,
  pr_template_content text,
  pr_template_url text,
  pr_template_hash text,
  pr_template_fetched_at timestamptz,
  ai_summary text,
  summary_generated_at timestamptz,
  recent_activity_hash text,
  embedding double precision[],
  pull_request_count integer default 0,
  total_pull_requests integer default 0,
  sync_status text default 'idle'
    check (sync_status in ('idle', 'syncing', 'completed', 'failed', 'partial')),
  last_synced_at timestamptz,
  parent_repository_id uuid
    constraint repositories_parent_repository_id_fkey
    references public.repositories (id) deferrable initially deferred,
  last_commit_capture_at timestamptz,
  commit_capture_status text default 'pending'
    check (commit_capture_status in ('pending', 'processing', 'completed', 'failed')),
  webhook_priority boolean default false,
  webhook_enabled_at timestamptz,
  last_webhook_event_at timestamptz
);

create table public.contributors (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  username text not null,
  display_name text,
  avatar_url text,
  profile_url text,
  email text,
  company text,
  location text,
  bio text,
  blog text,
  public_repos integer default 0,
  public_gists integer default 0,
  followers integer default 0,
  following integer default 0,
  github_created_at timestamptz,
  first_seen_at timestamptz not null default now(),
  last_updated_at timestamptz not null default now(),
  is_bot boolean default false,
  is_active boolean default true,
  created_at timestamptz default now(),
  avatar_cached_at timestamptz,
  avatar_cache_expires_at timestamptz,
  current_topics text[],
  quality_score double precision check (quality_score between 0 and 100),
  engagement_trend text
    check (engagement_trend in ('rising_star', 'steady', 'declining', 'new')),
  detected_persona text[],
  last_analytics_update timestamptz,
  constraint contributors_username_key unique (username)
);

-- The state check, spam_score, the two main foreign keys and a few columns differ: see the variants.
create table public.pull_requests (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  number integer not null,
  title text not null,
  body text,
  state text not null,
  repository_id uuid,
  author_id uuid,
  assignee_id uuid
    constraint fk_pull_requests_assignee references public.contributors (id) on delete set null,
  base_branch text not null default 'main',
  head_branch text not null,
  draft boolean default false,
  mergeable boolean,
  mergeable_state text,
  merged boolean default false,
  merged_by_id uuid
    constraint fk_pull_requests_merged_by references public.contributors (id) on delete set null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  merged_at timestamptz,
  closed_at timestamptz,
  additions integer default 0,
  deletions integer default 0,
  changed_files integer default 0,
  commits integer default 0,
  html_url text,
  diff_url text,
  patch_url text,
  spam_flags jsonb default '{}',
  is_spam boolean default false,
  reviewed_by_admin boolean default false,
  spam_detected_at timestamptz,
  spam_review_notes text,
  embedding double precision[],
  embedding_generated_at timestamptz,
  content_hash text,
  reviewer_data jsonb default '{}',
  last_synced_at timestamptz default now(),
  last_updated timestamptz default now(),
  repository_full_name text not null,
  author_github_id bigint,
  repository_github_id bigint,
  responded_by uuid references auth.users (id),
  responded_at timestamptz
);

create table public.issues (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  repository_id uuid not null references public.repositories (id) on delete cascade,
  number integer not null,
  title text not null,
  body text,
  state text check (state in ('open', 'closed')),
  author_id uuid references public.contributors (id) deferrable initially deferred,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  closed_at timestamptz,
  closed_by_id uuid references public.contributors (id) deferrable initially deferred,
  linked_pr_id uuid references public.pull_requests (id)
);

create table public.reviews (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  pull_request_id uuid not null
    constraint fk_reviews_pull_request references public.pull_requests (id) on delete cascade,
  reviewer_id uuid
    constraint fk_reviews_reviewer references public.contributors (id) on delete set null,
  state text not null
    check (state in ('PENDING', 'APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED')),
  body text,
  submitted_at timestamptz not null,
  commit_id text,
  author_id uuid not null references public.contributors (id) on delete cascade,
  repository_id uuid not null references public.repositories (id) on delete cascade
);

create table public.comments (
  id uuid primary key default gen_random_uuid(),
  github_id bigint not null unique,
  pull_request_id uuid
    constraint fk_comments_pull_request references public.pull_requests (id) on delete cascade,
  issue_id uuid references public.issues (id) on delete cascade,
  commenter_id uuid
    constraint fk_comments_commenter references public.contributors (id) on delete set null,
  body text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  comment_type text not null check (comment_type in ('issue_comment', 'review_comment')),
  in_reply_to_id uuid
    constraint fk_comments_in_reply_to references public.comments (id) on delete set null,
  position integer,
  original_position integer,
  diff_hunk text,
  path text,
  commit_id text,
  original_commit_id text,
  repository_id uuid not null references public.repositories (id) on delete cascade
);

-- The columns size and priority have an enum each, and the enums differ: see the variants.
create table public.tracked_repositories (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid
    constraint tracked_repositories_repo_unique unique
    constraint fk_tracked_repositories_repository
    references public.repositories (id) on delete cascade,
  added_by_user_id uuid
    constraint fk_tracked_repositories_added_by_user references public.app_users (id),
  tracking_enabled boolean default true,
  last_sync_at timestamptz,
  sync_frequency_hours integer default 24,
  include_forks boolean default false,
  include_bots boolean default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_updated_at timestamptz default now(),
  organization_name text,
  repository_name text,
  metrics jsonb,
  size_calculated_at timestamptz,
  is_workspace_repo boolean default false,
  workspace_count integer default 0
);

create table public.progressive_backfill_state (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid not null references public.repositories (id) on delete cascade,
  total_prs integer not null,
  processed_prs integer default 0,
  last_processed_cursor text,
  last_processed_pr_number integer,
  last_processed_at timestamptz,
  status varchar(20) default 'active'
    check (status in ('active', 'paused', 'completed', 'failed')),
  chunk_size integer default 25,
  error_count integer default 0,
  consecutive_errors integer default 0,
  last_error text,
  last_error_at timestamptz,
  metadata jsonb default '{}',
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint unique_active_backfill unique (repository_id)
);

create table public.backfill_chunks (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid not null references public.repositories (id) on delete cascade,
  backfill_state_id uuid not null
    references public.progressive_backfill_state (id) on delete cascade,
  chunk_number integer not null,
  pr_numbers integer[],
  pr_count integer generated always as (array_length(pr_numbers, 1)) stored,
  status varchar(20) default 'pending'
    check (status in ('pending', 'processing', 'completed', 'failed', 'skipped')),
  processor_type varchar(20) default 'github_actions',
  started_at timestamptz,
  completed_at timestamptz,
  -- An integer of milliseconds overflows after 24.8 days, and then the update itself fails.
  processing_time_ms integer generated always as
    ((extract(epoch from completed_at - started_at) * 1000)::integer) stored,
  error text,
  retry_count integer default 0,
  api_calls_made integer,
  rate_limit_remaining integer,
  created_at timestamptz default now(),
  constraint unique_chunk_per_backfill unique (backfill_state_id, chunk_number)
);

create table public.progressive_capture_jobs (
  id uuid primary key default gen_random_uuid(),
  job_type varchar(50) not null,
  repository_id uuid references public.repositories (id) deferrable initially deferred,
  processor_type varchar(20) not null default 'github_actions',
  status varchar(20) default 'pending',
  time_range_days integer,
  workflow_run_id bigint,
  metadata jsonb default '{}',
  error text,
  created_at timestamptz default now(),
  started_at timestamptz,
  completed_at timestamptz
);

-- The check on sync_type is in one variant only.
create table public.sync_logs (
  id uuid primary key default gen_random_uuid(),
  sync_type text not null,
  repository_id uuid
    constraint fk_sync_logs_repository references public.repositories (id) on delete set null,
  status text not null check (status in ('started', 'completed', 'failed', 'cancelled')),
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  records_processed integer default 0,
  records_inserted integer default 0,
  records_updated integer default 0,
  records_failed integer default 0,
  error_message text,
  github_api_calls_used integer default 0,
  rate_limit_remaining integer,
  metadata jsonb
);

create table public.rollout_configuration (
  id uuid primary key default gen_random_uuid(),
  feature_name varchar(100) not null,
  rollout_percentage integer default 0 check (rollout_percentage between 0 and 100),
  is_active boolean default false,
  target_repositories text[] default '{}',
  excluded_repositories text[] default '{}',
  rollout_strategy varchar(50) default 'percentage',
  max_error_rate numeric(5, 2) default 5,
  monitoring_window_hours integer default 24,
  auto_rollback_enabled boolean default true,
  emergency_stop boolean default false,
  metadata jsonb default '{}',
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
insert into public.rollout_configuration (feature_name, is_active)
values ('hybrid_progressive_capture', true);

create table public.idempotency_keys (
  id uuid primary key default gen_random_uuid(),
  key text not null unique,
  request_hash text not null,
  response jsonb,
  status text not null check (status in ('processing', 'completed', 'failed')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  endpoint text not null,
  user_id uuid references auth.users (id) on delete cascade,
  metadata jsonb default '{}'
);

create table public.rate_limits (
  key text primary key,
  request_count integer not null default 0,
  window_start timestamptz not null default now(),
  last_request timestamptz not null default now(),
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

-- Every index is paid for by every row that changes. Some of these repeat a unique constraint or
-- each other, and three cover the same two columns: that is how it is there.
create index idx_pull_requests_repository on public.pull_requests (repository_id);
create index idx_pull_requests_author on public.pull_requests (author_id);
create index idx_pull_requests_github_id on public.pull_requests (github_id);
create index idx_pull_requests_state on public.pull_requests (state);
create index idx_pull_requests_open_or_closed on public.pull_requests (state)
  where state in ('open', 'closed');
create index idx_pull_requests_created on public.pull_requests (created_at desc);
create index idx_pull_requests_merged on public.pull_requests (merged_at desc)
  where merged_at is not null;
create index idx_pull_requests_repo_state on public.pull_requests (repository_id, state);
create index idx_pull_requests_author_state on public.pull_requests (author_id, state);
create index idx_pull_requests_repo_created on public.pull_requests (repository_id, created_at desc);
create index idx_pull_requests_repo_created_at on public.pull_requests (repository_id, created_at);
create index idx_pull_requests_repo_created_author
  on public.pull_requests (repository_id, created_at desc) include (author_id);
create index idx_pull_requests_last_updated on public.pull_requests (last_updated);
create index idx_pull_requests_last_synced_at on public.pull_requests (last_synced_at);
create index idx_pull_requests_repository_full_name on public.pull_requests (repository_full_name);
create index idx_pull_requests_author_github_id on public.pull_requests (author_github_id);
create index idx_pull_requests_repository_github_id on public.pull_requests (repository_github_id);
create index idx_pull_requests_content_hash on public.pull_requests (content_hash)
  where content_hash is not null;
create index idx_pull_requests_reviewer_data on public.pull_requests using gin (reviewer_data);

create index idx_contributors_username on public.contributors (username);
create index idx_contributors_github_id on public.contributors (github_id);
create index idx_contributors_last_updated on public.contributors (last_updated_at);
create index idx_contributors_active on public.contributors (is_active) where is_active;
create index idx_repositories_owner on public.repositories (owner);
create index idx_repositories_full_name on public.repositories (full_name);
create index idx_repositories_language on public.repositories (language);
create index idx_repositories_stars on public.repositories (stargazers_count desc);
create index idx_repositories_active on public.repositories (is_active) where is_active;
create index idx_repositories_pull_request_count on public.repositories (pull_request_count desc);
create index idx_reviews_pull_request on public.reviews (pull_request_id);
create index idx_reviews_reviewer on public.reviews (reviewer_id);
create index idx_reviews_state on public.reviews (state);
create index idx_reviews_submitted on public.reviews (submitted_at desc);
create index idx_comments_pull_request on public.comments (pull_request_id);
create index idx_comments_pull_request_id on public.comments (pull_request_id)
  where pull_request_id is not null;
create index idx_comments_issue_id on public.comments (issue_id) where issue_id is not null;
create index idx_comments_commenter on public.comments (commenter_id);
create index idx_comments_created on public.comments (created_at desc);
create index idx_comments_type on public.comments (comment_type);
create index idx_sync_logs_started on public.sync_logs (started_at desc);
create index idx_sync_logs_type on public.sync_logs (sync_type);
create index idx_sync_logs_status on public.sync_logs (status);
create index idx_sync_logs_repository on public.sync_logs (repository_id);
create index idx_tracked_repositories_org_repo
  on public.tracked_repositories (organization_name, repository_name);
create index idx_backfill_state_repository
  on public.progressive_backfill_state (repository_id, status);
create index idx_backfill_state_active on public.progressive_backfill_state (status)
  where status = 'active';
create index idx_backfill_chunks_status on public.backfill_chunks (backfill_state_id, status);
create index idx_backfill_chunks_pending on public.backfill_chunks (status, created_at)
  where status = 'pending';
create index idx_capture_jobs_processor
  on public.progressive_capture_jobs (processor_type, status, created_at);
create index idx_capture_jobs_repository
  on public.progressive_capture_jobs (repository_id, created_at);
create index idx_capture_jobs_status on public.progressive_capture_jobs (status, created_at);
create index idx_capture_jobs_workflow_run on public.progressive_capture_jobs (workflow_run_id)
  where workflow_run_id is not null;
create index idx_idempotency_keys_lookup on public.idempotency_keys (key, status, expires_at);
create index idx_idempotency_keys_expires_at on public.idempotency_keys (expires_at);

-- Stamps whichever of two columns the table has, and asks the catalog which one, for every row.
create function public.update_last_updated_column() returns trigger language plpgsql as $$
begin
  if exists (
    select from information_schema.columns
    where table_schema = tg_table_schema and table_name = tg_table_name
      and column_name = 'last_updated_at'
  ) then
    new.last_updated_at := now();
  elsif exists (
    select from information_schema.columns
    where table_schema = tg_table_schema and table_name = tg_table_name
      and column_name = 'last_updated'
  ) then
    new.last_updated := now();
  end if;
  return new;
end
$$;
create trigger update_contributors_updated_at before update on public.contributors
  for each row execute function public.update_last_updated_column();
create trigger update_repositories_updated_at before update on public.repositories
  for each row execute function public.update_last_updated_column();
create trigger update_last_updated before update on public.pull_requests
  for each row execute function public.update_last_updated_column();
create trigger update_tracked_repositories_updated_at before update on public.tracked_repositories
  for each row execute function public.update_last_updated_column();

-- Finds the repository by name, or the names by repository; leaves NULL what it cannot find.
create function public.update_tracked_repository_id() returns trigger language plpgsql as $$
begin
  if new.repository_id is null then
    new.repository_id := (
      select id from repositories
      where owner = new.organization_name and name = new.repository_name
    );
  elsif new.organization_name is null or new.repository_name is null then
    select owner, name into new.organization_name, new.repository_name
    from repositories where id = new.repository_id;
  end if;
  return new;
end
$$;
create trigger trigger_update_tracked_repository_id
  before insert or update on public.tracked_repositories
  for each row execute function public.update_tracked_repository_id();

create function public.update_progressive_backfill_updated_at() returns trigger
language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create trigger progressive_backfill_state_updated_at
  before update on public.progressive_backfill_state
  for each row execute function public.update_progressive_backfill_updated_at();

-- One sequence for all backfills: the argument is ignored, and numbers have gaps per backfill.
create sequence public.backfill_chunk_number_seq;
create function public.get_next_chunk_number(p_backfill_state_id uuid) returns integer
language sql as $$ select nextval('public.backfill_chunk_number_seq')::integer $$;

-- What pg_cron runs every 15 minutes: a job that is 'processing' for ten minutes is given up,
-- whether it still runs or not. Tests call it by hand; the name is ours.
create function public.cleanup_stuck_jobs() returns void language sql as $$
  update public.progressive_capture_jobs
  set status = 'failed', completed_at = now(), error = 'stuck in processing'
  where status = 'processing' and started_at < now() - interval '10 minutes'
$$;

-- A row whose state is 'merged' is not counted as merged here.
create view public.contributor_stats as
select
  contributor.id,
  contributor.username,
  (select count(*) from public.pull_requests as pr where pr.author_id = contributor.id)
    as total_pull_requests,
  (select count(*) from public.pull_requests as pr
    where pr.author_id = contributor.id and pr.state = 'closed' and pr.merged)
    as merged_pull_requests,
  (select count(*) from public.reviews as review where review.reviewer_id = contributor.id)
    as total_reviews,
  (select count(*) from public.comments as remark where remark.commenter_id = contributor.id)
    as total_comments
from public.contributors as contributor
where contributor.is_active and not contributor.is_bot;

create view public.repository_stats as
select
  repository.id,
  repository.full_name,
  (select count(*) from public.pull_requests as pr where pr.repository_id = repository.id)
    as total_pull_requests,
  (select count(*) from public.pull_requests as pr
    where pr.repository_id = repository.id and pr.state = 'closed' and pr.merged)
    as merged_pull_requests,
  (select count(distinct pr.author_id) from public.pull_requests as pr
    where pr.repository_id = repository.id) as unique_contributors
from public.repositories as repository
where repository.is_active;

-- Inner joins: a comment without a commenter is invisible, and nothing can be inserted here.
create view public.pr_comments as
select
  remark.*, pr.number as pr_number, author.username as commenter_username
from public.comments as remark
join public.pull_requests as pr on pr.id = remark.pull_request_id
join public.contributors as author on author.id = remark.commenter_id;

create view public.issue_comments as
select
  remark.*, issue.number as issue_number, author.username as commenter_username
from public.comments as remark
join public.issues as issue on issue.id = remark.issue_id
join public.contributors as author on author.id = remark.commenter_id;

create view public.backfill_progress_summary as
select
  repository.owner,
  repository.name,
  walk.id as backfill_id,
  walk.status,
  walk.total_prs,
  walk.processed_prs,
  case when walk.total_prs > 0
    then round(walk.processed_prs::numeric / walk.total_prs * 100, 2) else 0
  end as progress_percentage,
  walk.chunk_size,
  walk.error_count,
  walk.last_processed_at,
  walk.created_at,
  walk.updated_at,
  (select count(*) from public.backfill_chunks as chunk
    where chunk.backfill_state_id = walk.id and chunk.status = 'completed') as completed_chunks,
  (select count(*) from public.backfill_chunks as chunk
    where chunk.backfill_state_id = walk.id and chunk.status = 'failed') as failed_chunks,
  (select coalesce(avg(chunk.processing_time_ms), 0)::integer
    from public.backfill_chunks as chunk
    where chunk.backfill_state_id = walk.id and chunk.status = 'completed')
    as avg_chunk_processing_time_ms
from public.progressive_backfill_state as walk
join public.repositories as repository on repository.id = walk.repository_id;

do $$
declare
  relation text;
begin
  foreach relation in array array[
    'repositories', 'contributors', 'pull_requests', 'issues', 'reviews', 'comments',
    'tracked_repositories', 'progressive_backfill_state', 'backfill_chunks',
    'progressive_capture_jobs', 'sync_logs', 'rollout_configuration', 'idempotency_keys',
    'rate_limits'
  ] loop
    execute format('alter table public.%I enable row level security', relation);
    execute format(
      'create policy service_role_all on public.%I for all to service_role using (true) '
      'with check (true)', relation);
  end loop;
  foreach relation in array array[
    'contributors', 'pull_requests', 'issues', 'reviews', 'comments', 'tracked_repositories',
    'rollout_configuration'
  ] loop
    execute format('create policy public_read on public.%I for select using (true)', relation);
  end loop;
  foreach relation in array array['progressive_backfill_state', 'backfill_chunks'] loop
    execute format(
      'create policy authenticated_read on public.%I for select to authenticated using (true)',
      relation);
  end loop;
end
$$;
-- There, workspace members also see the private ones; workspaces are left out here.
create policy public_read on public.repositories for select
  using (not coalesce(is_private, false));
create policy own_keys on public.idempotency_keys for select to authenticated
  using (auth.uid() = user_id);
