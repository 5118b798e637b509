-- The refresh: what no change of time shows is read again, round after round.
alter table public.backfill_feeds drop constraint if exists backfill_feeds_feed_check;
alter table public.backfill_feeds
  add constraint backfill_feeds_feed_check check (feed in (
    'pull_requests', 'review_comments', 'lists', 'reconciliation', 'refresh', 'refresh_comments'));
comment on column public.backfill_feeds.watermark is
  'Everything that GitHub changed before this is stored. Of refresh: when the last round over all pull requests began.';

alter table public.backfill_repositories
  add column if not exists refresh_days int check (refresh_days >= 0);
comment on column public.backfill_repositories.refresh_days is
  'Within so many days the pull requests of the last year are read again, older ones within three times as many; 0: never. Null: as backfill_refresh says.';

create table if not exists public.backfill_refresh (
  only_row boolean primary key default true check (only_row),
  days int not null check (days >= 0)
);
comment on table public.backfill_refresh is
  'How often repositories without a number of their own are read again. Without a row: 30 days.';
alter table public.backfill_refresh enable row level security;
grant select, insert, update, delete on public.backfill_refresh to service_role;

-- A page of review comments, which are listed by their last change, is held against what is stored. Of
-- review comments alone it would be smaller, and a planner without statistics would walk it for everything.
create index if not exists backfill_comments_updated_idx
  on public.comments (repository_id, updated_at);
drop index if exists public.backfill_review_comments_updated_idx;
