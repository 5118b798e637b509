-- Hybrid routing: which processor takes a job of progressive_capture_jobs, and how it is handed over.

create table if not exists public.backfill_jobs (
  job_id uuid primary key references public.progressive_capture_jobs (id) on delete cascade,
  place bigint generated always as identity,
  repository_id uuid,
  priority text not null default 'medium'
    check (priority in ('low', 'medium', 'high', 'critical')),
  estimated_work double precision not null default 0,
  decision text not null check (decision in ('inngest', 'github_actions', 'skip')),
  reason text not null,
  decided_at timestamptz not null,
  state text not null default 'waiting'
    check (state in ('waiting', 'sending', 'dispatched', 'skipped', 'dead')),
  attempts int not null default 0,
  next_attempt_at timestamptz,
  correlation_id uuid not null default gen_random_uuid(),
  claimed_at timestamptz,
  dispatched_at timestamptz,
  event_ids text[],
  lease_holder text,
  lease_token uuid,
  lease_expires_at timestamptz,
  last_error text,
  dead_at timestamptz,
  dead_reason text
);
create index if not exists backfill_jobs_open_idx
  on public.backfill_jobs (state, decision) where state in ('waiting', 'sending', 'dispatched');
create index if not exists backfill_jobs_place_idx on public.backfill_jobs (place);
create index if not exists backfill_jobs_decided_idx on public.backfill_jobs (decided_at);
create index if not exists backfill_jobs_claimed_idx
  on public.backfill_jobs (priority, claimed_at) where claimed_at is not null;
comment on table public.backfill_jobs is
  'One row for each job of progressive_capture_jobs that was routed: who takes it, why, and how its'
  ' handing over stands.';
comment on column public.backfill_jobs.estimated_work is
  'About how many pull requests it reads: what the share between the processors is measured in.';
comment on column public.backfill_jobs.state is
  'sending: a dispatcher holds its lease, and it may have arrived. dispatched: the processor has it;'
  ' progressive_capture_jobs.status tells how it goes on.';
comment on column public.backfill_jobs.correlation_id is
  'What its events at Inngest are known by, so that one that is sent again is not run again.';
comment on column public.backfill_jobs.attempts is
  'How often it could not be handed over, or was and never began.';

create table if not exists public.backfill_routing (
  is_only boolean primary key default true check (is_only),
  target double precision not null default 0.25 check (target between 0 and 1),
  is_stopped boolean not null default false,
  included text[] not null default '{}',
  excluded text[] not null default '{}'
);
comment on table public.backfill_routing is
  'How jobs are routed. "included" (empty: all) and "excluded" are repositories whose jobs take part'
  ' in the share of GitHub Actions, as owner/name in lower case.';

-- What is looked for when a job is added a second time, and when jobs are routed.
create index if not exists backfill_capture_jobs_identity_idx
  on public.progressive_capture_jobs ((metadata ->> 'identity'))
  where status in ('pending', 'processing');
create index if not exists backfill_capture_jobs_undecided_idx
  on public.progressive_capture_jobs (created_at)
  where status = 'pending' and processor_type in ('undecided', 'unknown', '');

do $$
declare
  own text;
begin
  foreach own in array array['backfill_jobs', 'backfill_routing'] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
  -- The site's own emergency stop is heeded where there is one.
  if to_regclass('public.rollout_configuration') is not null then
    grant select on public.rollout_configuration to service_role;
  end if;
end
$$;
