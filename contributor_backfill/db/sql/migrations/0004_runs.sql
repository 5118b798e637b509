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
create index if not exists backfill_workflow_jobs_open_idx
  on public.backfill_workflow_jobs (noted_at) where status <> 'completed';
create index if not exists backfill_workflow_runs_run_idx
  on public.backfill_workflow_runs (run_id, run_attempt);
comment on column public.backfill_workflow_runs.conclusion is
  'GitHub''s word. Null with a status of completed: it is over, and nobody told how.';
comment on column public.backfill_workflow_jobs.billed_minutes is
  'Whole minutes as GitHub bills them, 0 without a runner. Null: nobody told when it ended.';
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
create index if not exists backfill_deliveries_received_idx
  on public.backfill_deliveries (received_at);
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
  detail jsonb not null default '{}',
  fingerprint text not null,
  openings int not null default 1,
  opened_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  absent_since timestamptz,
  closed_at timestamptz
);
create unique index if not exists backfill_alerts_subject_idx
  on public.backfill_alerts
    (coalesce(repository_id, '00000000-0000-0000-0000-000000000000'::uuid), kind);
comment on table public.backfill_alerts is
  'One row for each repository (null: all of them) and kind of trouble, open or closed.';
comment on column public.backfill_alerts.openings is
  'How often it came back within a day of being over: each doubles how long it must be absent.';
comment on column public.backfill_alerts.absent_since is
  'When an open alert''s trouble was first looked for and not there. Null: it was there.';

create table if not exists public.backfill_tellings (
  alert_id uuid not null references public.backfill_alerts (id) on delete cascade,
  channel text not null,
  state text not null check (state in ('opening', 'open', 'closed')),
  fingerprint text not null,
  recent jsonb not null default '{}',
  serial int not null,
  issue_number int,
  told_at timestamptz not null default now(),
  primary key (alert_id, channel)
);
comment on table public.backfill_tellings is
  'What people were last told of an alert, over each channel: an issue tracker, a webhook.';
comment on column public.backfill_tellings.state is
  'What people know. "opening": whether they know is not known, because a run was killed meanwhile.';
comment on column public.backfill_tellings.recent is
  'What was told within a day, fingerprint and moment, so that what swings to and fro is told once.';

create table if not exists public.backfill_alert_lease (
  is_only boolean primary key default true check (is_only),
  holder text not null,
  token uuid not null,
  expires_at timestamptz not null
);
comment on table public.backfill_alert_lease is 'Who tells of alerts now: one at a time.';

create table if not exists public.backfill_interventions (
  id uuid primary key default gen_random_uuid(),
  made_at timestamptz not null default now(),
  actor text not null,
  action text not null,
  repository_id uuid references public.repositories (id) on delete set null,
  repository text,
  reason text,
  before jsonb,
  after jsonb,
  call_id uuid not null,
  place bigint generated always as identity
);
create index if not exists backfill_interventions_made_idx
  on public.backfill_interventions (made_at, place);
create index if not exists backfill_interventions_call_idx
  on public.backfill_interventions (call_id);
comment on table public.backfill_interventions is
  'What a person, or recover, changed by hand: who, what, why.';
comment on column public.backfill_interventions.call_id is
  'The call that made it, so that one that is repeated after a lost answer makes nothing anew.';
comment on column public.backfill_interventions.before is
  'What was changed, as it was; "after" has the same keys.';

alter table public.backfill_repositories
  add column if not exists access text not null default 'ok'
    check (access in ('ok', 'gone', 'forbidden')),
  add column if not exists access_reason text,
  add column if not exists access_noted_at timestamptz,
  add column if not exists paused_at timestamptz,
  add column if not exists pause_ends_at timestamptz;
comment on column public.backfill_repositories.access is
  'How GitHub answered when it was last asked after trouble: ok, gone (deleted, or private to this'
  ' token: GitHub does not tell them apart), or forbidden.';
comment on column public.backfill_repositories.paused_at is
  'Since when nothing of the repository is captured, because a person paused it. Null: nobody did.';
comment on column public.backfill_repositories.pause_ends_at is
  'When that pause ends by itself. Null: when a person ends it.';

alter table public.backfill_page_sizes
  add column if not exists is_fixed boolean not null default false;
comment on column public.backfill_page_sizes.is_fixed is
  'A person fixed the size: what is measured does not change it.';
create index if not exists backfill_runs_capture_job_idx
  on public.backfill_runs (capture_job_id) where capture_job_id is not null;

-- Each commit looks for the chunk that is open: without this it reads every chunk of the walk.
create index if not exists backfill_chunks_open_idx
  on public.backfill_chunks (backfill_state_id) where status in ('processing', 'pending');

do $$
declare
  own text;
begin
  foreach own in array array[
    'backfill_runs', 'backfill_workflow_runs', 'backfill_workflow_jobs', 'backfill_deliveries',
    'backfill_successors', 'backfill_alerts', 'backfill_tellings', 'backfill_alert_lease',
    'backfill_interventions'
  ] loop
    execute format('alter table public.%I enable row level security', own);
    execute format('grant select, insert, update, delete on public.%I to service_role', own);
  end loop;
end
$$;

-- Replaced by its next version, which can be told several repositories.
drop function if exists public.backfill_claim_walk_v1(
  text, int, uuid, text, uuid[], text[], timestamptz);
