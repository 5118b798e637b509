-- What speaks of all repositories, or works on a large one, is asked in sets and pieces.

-- What has to be found among many that are well.
create index if not exists backfill_reviews_nameless_idx
  on public.reviews (pull_request_id) where reviewer_id is null;
create index if not exists backfill_repositories_count_idx
  on public.backfill_repositories (counted_at) where count_is_due;
create index if not exists backfill_repositories_renamed_idx
  on public.backfill_repositories (tracked_at) where former_names <> '{}';
create index if not exists backfill_due_idle_idx on public.backfill_due (source) where due_at is null;
create index if not exists backfill_state_stopped_idx
  on public.progressive_backfill_state (repository_id) where status in ('paused', 'failed');
-- Repositories are named by people, who do not mind the case.
create index if not exists backfill_repositories_name_idx on public.repositories (lower(full_name));
create index if not exists backfill_interventions_repository_idx
  on public.backfill_interventions (repository_id, made_at, place);

-- Replaced by versions that take a piece at a time.
drop function if exists public.backfill_queue_drift_v1(uuid, timestamptz);
drop function if exists public.backfill_is_second_row_v1(public.pull_requests);
drop function if exists public.backfill_refresh_of_all_v1(timestamptz);
drop function if exists public.backfill_refresh_standing_v1(uuid);
drop function if exists public.backfill_read_status_v1(uuid, text, timestamptz);
drop function if exists public.backfill_count_repositories_v1(int, timestamptz);
drop function if exists public.backfill_control_repositories_v1(text, jsonb, jsonb, uuid, text, timestamptz);
drop function if exists public.backfill_peek_control_v1(text, jsonb, jsonb, uuid, text, timestamptz);
drop function if exists public.backfill_controlled_v1(uuid, text);
drop function if exists
  public.backfill_find_recoverable_v1(interval, interval, text, uuid, timestamptz);
