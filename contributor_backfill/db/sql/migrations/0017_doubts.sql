-- Nothing is noted as deleted on the word of one list: what a list does not show is asked for by its own
-- address first.
create table if not exists public.backfill_doubts (
  repository_id uuid not null references public.repositories (id) on delete cascade,
  pull_request_id uuid not null references public.pull_requests (id) on delete cascade,
  kind text not null check (kind in ('reviews', 'comments', 'review_comments')),
  github_id bigint not null,
  state text not null default 'open' check (state in ('open', 'shown')),
  noticed_at timestamptz not null default now(),
  checked_at timestamptz,
  attempts int not null default 0,
  next_attempt_at timestamptz,
  primary key (pull_request_id, kind, github_id)
);
create index if not exists backfill_doubts_repository_idx
  on public.backfill_doubts (repository_id, next_attempt_at) where state = 'open';
create index if not exists backfill_doubts_github_id_idx
  on public.backfill_doubts (kind, github_id);
comment on table public.backfill_doubts is
  'Stored rows that a list of GitHub''s did not show, until GitHub was asked for each by its address.';
comment on column public.backfill_doubts.state is
  'open: still to be asked for; shown: GitHub shows it by its address, and its list leaves it out.';

alter table public.backfill_doubts enable row level security;
grant select, insert, update, delete on public.backfill_doubts to service_role;
