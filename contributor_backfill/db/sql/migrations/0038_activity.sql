-- What the captured pull requests say of the work, counted now and then for each repository.
alter table public.backfill_repositories
  add column if not exists activity jsonb,
  add column if not exists activity_counted_at timestamptz;
comment on column public.backfill_repositories.activity is
  'Pull requests by month, first reviews, the most active people: of the newest pull requests.';
