-- What makes unattended runs visible: a record of every run of a command, what GitHub says of workflow
-- runs and jobs, alerts, and what a person changed by hand.

create table if not exists public.backfill_runs (
  id uuid primary key,
  command text not null,
  repository text,
  holder text not null,
  capture_job_id uuid,
  workflow_repository text,
  workflow text,
  workflow_run_id bigint,
  run_attempt int,
  job text,
  runner text,
  event text,
  url text,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text not null default 'running'
    check (outcome in ('running', 'done', 'deferred', 'failed', 'lost')),
  stop_reason text,
  error text,
  exit_code int,
  chunks int not null default 0,
  row_count bigint not null default 0,
  points bigint not null default 0,
  requests bigint not null default 0,
  database_calls bigint not null default 0,
  seconds double precision,
  billed_minutes int,
  settled_by text check (settled_by in ('run', 'github', 'silence'))
);
create index if not exists backfill_runs_running_idx
  on public.backfill_runs (heartbeat_at) where outcome = 'running';
create index if not exists backfill_runs_command_idx
  on public.backfill_runs (command, started_at);
create index if not exists backfill_runs_workflow_run_idx
  on public.backfill_runs (workflow_run_id, run_attempt);
comment on table public.backfill_runs is
  'Every run of a command, written when it begins, so that one that is killed is seen as lost.';
comment on column public.backfill_runs.repository is
  'As it was named on the command line. Null: whatever was due.';
comment on column public.backfill_runs.settled_by is
  'Who said how it ended: the run itself, GitHub (record-run, sync-runs), or the end of its heartbeat.';
comment on column public.backfill_runs.billed_minutes is
  'Whole minutes as GitHub bills them: the run''s own until GitHub''s times of the job are known, then'
  ' the job''s, at its first run; 0 at its others. Null outside Actions.';

create table if not exists public.backfill_workflow_runs (
  workflow_repository text not null,
  run_id bigint not null,
  run_attempt int not null,
  workflow text,
  event text,
  status text not null,
  conclusion text,
  url text,
  created_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  noted_at timestamptz not null default now(),
  primary key (workflow_repository, run_id, run_attempt)
);
create index if not exists backfill_workflow_runs_open_idx
  on public.backfill_workflow_runs (noted_at) where status <> 'completed';
comment on table public.backfill_workflow_runs is
  'What GitHub says of workflow runs. A status only moves forward.';

create table if not exists public.backfill_workflow_jobs (
  workflow_repository text not null,
  job_id bigint not null,
  run_id bigint not null,
  run_attempt int not null,
  name text,
  runner text,
  status text not null,
  conclusion text,
  url text,
  created_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  billed_minutes int,
  noted_at timestamptz not null default now(),
  primary key (workflow_repository, job_id)
);
create index if not exists backfill_workflow_jobs_run_idx
  on public.backfill_workflow_jobs (run_id, run_attempt);
comment on table public.backfill_workflow_jobs is
  'What GitHub says of the jobs of workflow runs. A status only moves forward.';

create table if not exists public.backfill_deliveries (
  delivery_id text primary key,
  event text not null,
  action text not null,
  run_id bigint not null,
  run_attempt int not null,
  received_at timestamptz not null default now()
);
comment on table public.backfill_deliveries is
  'Webhook deliveries that were taken in, so that one that is sent again changes nothing.';

create table if not exists public.backfill_successors (
  workflow_repository text not null,
  workflow text not null,
  dispatched_at timestamptz not null,
  dispatched_by bigint,
  primary key (workflow_repository, workflow)
);
comment on table public.backfill_successors is
  'When a run last started its own successor: at most one at a time, never in a tight loop.';

create table if not exists public.backfill_alerts (
  id uuid primary key default gen_random_uuid(),
  repository_id uuid references public.repositories (id) on delete cascade,
  kind text not null,
  state text not null default 'open' check (state in ('open', 'closed')),
  severity text not null default 'warning' check (severity in ('warning', 'error')),
  title text not null,
  detail text not null,
  fingerprint text not null,
  issue_number int,
  told_fingerprint text,
  opened_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  closed_at timestamptz
);
create unique index if not exists backfill_alerts_subject_idx
  on public.backfill_alerts
    (coalesce(repository_id, '00000000-0000-0000-0000-000000000000'::uuid), kind);
comment on table public.backfill_alerts is
  'One row for each repository (null: all of them) and kind of trouble, open or closed.';
comment on column public.backfill_alerts.told_fingerprint is
  'What was last told to people. Differs from fingerprint when there is something to tell.';

create table if not exists public.backfill_interventions (
  id uuid primary key default gen_random_uuid(),
  made_at timestamptz not null default now(),
  actor text not null,
  action text not null,
  repository_id uuid references public.repositories (id) on delete set null,
  repository text,
  reason text,
  before jsonb,
  after jsonb
);
create index if not exists backfill_interventions_made_idx
  on public.backfill_interventions (made_at);
comment on table public.backfill_interventions is
  'What a person, or recover, changed by hand: who, what, why.';

alter table public.backfill_repositories
  add column if not exists access text not null default 'ok'
    check (access in ('ok', 'gone', 'forbidden')),
  add column if not exists access_reason text,
  add column if not exists access_noted_at timestamptz;
comment on column public.backfill_repositories.access is
  'How GitHub answered when it was last asked after trouble: ok, gone (deleted, or private to this'
  ' token: GitHub does not tell them apart), or forbidden.';

do $$
declare
  own text;
begin
  foreach own in array array[
    'backfill_runs', 'backfill_workflow_runs', 'backfill_workflow_jobs', 'backfill_deliveries',
    'backfill_successors', 'backfill_alerts', 'backfill_interventions'
  ] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
end
$$;

-- Replaced by its next version, which can be told several repositories.
drop function if exists public.backfill_claim_walk_v1(
  text, int, uuid, text, uuid[], text[], timestamptz);
