-- A total of review comments that is derived from GitHub's total of all comments gives way to the list.
comment on column public.backfill_pull_requests.review_comments_read_at is
  'When the list was last read to its end, alone or, where derived totals mislead, with the repository''s.';
comment on column public.backfill_repositories.misleading_totals is
  'How often GitHub''s total of all comments misled about review comments. From 3 on it is not gone by.';

-- GitHub's total of a repository's pull requests may differ from its list for ever.
alter table public.backfill_repositories add column if not exists unlisted int;
comment on column public.backfill_repositories.unlisted is
  'How many more pull requests GitHub counts than its list held when reconcile read it to its end.';
