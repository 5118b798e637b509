-- What makes captures cheaper with use: what the page planner learnt, how much a point brings, how fast
-- a repository changes, and the tag of the list that was last found stored whole.

alter table public.backfill_page_sizes
  add column if not exists measurements jsonb,
  add column if not exists items_per_point real;
comment on column public.backfill_page_sizes.measurements is
  'What the page planner remembers of the pages it saw (domain/page_memory.py), of fixed size.';
comment on column public.backfill_page_sizes.items_per_point is
  'How many items a point of GitHub''s quota brought of late. Null: not measured yet.';

alter table public.backfill_feeds
  add column if not exists etag text,
  add column if not exists items_per_hour real;
comment on column public.backfill_feeds.etag is
  'GitHub''s tag of the newest change, all of which is stored up to the watermark. Null: none is known.';
comment on column public.backfill_feeds.items_per_hour is
  'How many pull requests changed in an hour, over the last passes. Null: not measured yet.';
