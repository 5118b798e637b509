-- What the whole pull request needs: feeds with their watermarks, the queue of lists, what was deleted
-- on GitHub, replies whose parent has not come yet, numbers that are no stored pull request.

-- How much of texts is kept ("full", "truncate:N", "none"; null: as the command says), what a capture
-- was estimated to take, and how often GitHub's total of all comments misled about review comments.
alter table public.backfill_repositories
  add column if not exists bodies text,
  add column if not exists diff_hunks text,
  add column if not exists estimate jsonb,
  add column if not exists reconciled_at timestamptz,
  add column if not exists misleading_totals int not null default 0;

alter table public.backfill_pull_requests
  add column if not exists review_comments_total int,
  add column if not exists reviews_stored int not null default 0,
  add column if not exists comments_stored int not null default 0,
  add column if not exists review_comments_stored int not null default 0,
  add column if not exists reviews_read_at timestamptz,
  add column if not exists comments_read_at timestamptz,
  add column if not exists review_comments_read_at timestamptz,
  add column if not exists verified_at timestamptz,
  add column if not exists counted_at timestamptz;
comment on column public.backfill_pull_requests.reviews_read_at is
  'When the list was last read alone and to its end. What is short since then is not asked for again.';
comment on column public.backfill_pull_requests.verified_at is
  'When reconcile last saw the pull request in GitHub''s own list.';
comment on column public.backfill_pull_requests.counted_at is
  'When reconcile last asked for both totals of comments, because their sum was not what is stored.';
-- Small: only what is short, or more than GitHub has.
create index if not exists backfill_pull_requests_unequal_idx
  on public.backfill_pull_requests (repository_id)
  where reviews_stored <> reviews_total or comments_stored <> comments_total;
create index if not exists backfill_pull_requests_unequal_review_comments_idx
  on public.backfill_pull_requests (repository_id)
  where review_comments_stored <> review_comments_total;
create index if not exists backfill_pull_requests_missing_fields_idx
  on public.backfill_pull_requests (repository_id) where missing_fields <> '{}';

-- What an earlier version captured is counted once, or each of its lists would be read anew.
update public.backfill_pull_requests b set reviews_stored = n.many
from (select r.pull_request_id, count(*) as many from public.reviews r group by 1) n
where n.pull_request_id = b.pull_request_id and b.reviews_stored <> n.many;
update public.backfill_pull_requests b
set comments_stored = n.conversation, review_comments_stored = n.inline
from (
  select c.pull_request_id, count(*) filter (where c.comment_type = 'issue_comment') as conversation,
    count(*) filter (where c.comment_type = 'review_comment') as inline
  from public.comments c group by 1) n
where n.pull_request_id = b.pull_request_id
  and (b.comments_stored, b.review_comments_stored) is distinct from (n.conversation, n.inline);
update public.backfill_pull_requests b
set review_comments_total = b.all_comments_total - b.comments_total
where b.review_comments_total is null and b.all_comments_total >= b.comments_total;

alter table public.backfill_continuations
  add column if not exists repository_id uuid references public.repositories (id) on delete cascade,
  add column if not exists seen_ids bigint[] not null default '{}',
  add column if not exists attempts int not null default 0,
  add column if not exists next_attempt_at timestamptz,
  add column if not exists reason text;
comment on column public.backfill_continuations.seen_ids is
  'What the list held so far. At its end the rest of what is stored is known to be deleted on GitHub.';
update public.backfill_continuations c
set repository_id = b.repository_id
from public.backfill_pull_requests b
where b.pull_request_id = c.pull_request_id and c.repository_id is null;
alter table public.backfill_continuations
  drop constraint if exists backfill_continuations_connection_check;
alter table public.backfill_continuations
  add constraint backfill_continuations_connection_check
  check (connection in ('reviews', 'comments', 'labels', 'review_comments'));
create index if not exists backfill_continuations_repository_idx
  on public.backfill_continuations (repository_id, next_attempt_at);

alter table public.backfill_rejects drop constraint if exists backfill_rejects_kind_check;
alter table public.backfill_rejects
  add constraint backfill_rejects_kind_check
  check (kind in ('contributors', 'pull_requests', 'reviews', 'comments', 'review_comments'));

create table if not exists public.backfill_feeds (
  repository_id uuid not null references public.repositories (id) on delete cascade,
  feed text not null
    check (feed in ('pull_requests', 'review_comments', 'lists', 'reconciliation')),
  watermark timestamptz,
  synced_at timestamptz,
  position jsonb,
  next_attempt_at timestamptz,
  next_attempt_reason text,
  last_served_at timestamptz,
  error_count int not null default 0,
  consecutive_errors int not null default 0,
  last_error text,
  last_error_at timestamptz,
  lease_holder text,
  lease_token uuid,
  lease_expires_at timestamptz,
  step int not null default 0,
  result jsonb,
  points bigint not null default 0,
  requests bigint not null default 0,
  milliseconds bigint not null default 0,
  primary key (repository_id, feed)
);
comment on table public.backfill_feeds is
  'What keeps a repository current: a watermark, the place of the pass under way, and a lease each.';
comment on column public.backfill_feeds.watermark is
  'Everything that GitHub changed before this is stored.';
comment on column public.backfill_feeds.synced_at is 'When the last pass that came to its end began.';

create table if not exists public.backfill_deletions (
  pull_request_id uuid not null references public.pull_requests (id) on delete cascade,
  kind text not null
    check (kind in ('pull_requests', 'reviews', 'comments', 'review_comments')),
  github_id bigint not null,
  noticed_at timestamptz not null default now(),
  primary key (pull_request_id, kind, github_id)
);
create index if not exists backfill_deletions_github_id_idx
  on public.backfill_deletions (kind, github_id);
comment on table public.backfill_deletions is
  'Stored rows whose original is not on GitHub any more. The rows stay; they count nowhere.';

create table if not exists public.backfill_replies (
  comment_id uuid primary key references public.comments (id) on delete cascade,
  repository_id uuid not null references public.repositories (id) on delete cascade,
  parent_github_id bigint not null,
  parent_is_gone boolean not null default false
);
create index if not exists backfill_replies_parent_idx
  on public.backfill_replies (parent_github_id);
comment on table public.backfill_replies is
  'Replies that came before the comment they answer. A row goes when its parent arrives.';

create table if not exists public.backfill_numbers (
  repository_id uuid not null references public.repositories (id) on delete cascade,
  number int not null,
  meaning text not null check (meaning in ('missing', 'wanted', 'issue', 'gone')),
  reason text,
  attempts int not null default 0,
  next_attempt_at timestamptz,
  noted_at timestamptz not null default now(),
  primary key (repository_id, number)
);
create index if not exists backfill_numbers_wanted_idx
  on public.backfill_numbers (repository_id, next_attempt_at) where meaning = 'wanted';
comment on table public.backfill_numbers is
  'What reconcile found missing, what is queued to be captured, and numbers that are no pull request.';

do $$
declare
  own text;
begin
  foreach own in array array[
    'backfill_feeds', 'backfill_deletions', 'backfill_replies', 'backfill_numbers'
  ] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
end
$$;

-- Replaced by its next version, which knows the repository.
drop function if exists public.backfill_store_continuations_v1(jsonb, timestamptz);
