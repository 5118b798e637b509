-- Watermarks are times that GitHub gave, never those of a clock of ours: the two may differ.
alter table public.progressive_backfill_state
  add column if not exists walk_watermark timestamptz;
comment on column public.progressive_backfill_state.walk_watermark is
  'The newest change on the first page of the walk, as GitHub dates it: what changed since then is for the syncs.';

alter table public.backfill_feeds
  add column if not exists watermark_is_settled boolean not null default false;
comment on column public.backfill_feeds.watermark_is_settled is
  'Whether the watermark was read so late that nothing of that moment can appear any more.';

-- Until now the watermark of pull requests was the database's own time, which may have been ahead.
update public.backfill_feeds
set watermark = watermark - interval '1 hour'
where feed = 'pull_requests' and watermark is not null
  and not exists (select from public.backfill_migrations m where m.name = '0016_watermarks');
