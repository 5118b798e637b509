-- What stands between a parked name and its id. GitHub's names have no `~`; a database that takes
-- only GitHub's letters (contributor.info's early migrations have such a CHECK) gets a dot.
create or replace function public.backfill_parking_mark_v1() returns text
language sql stable
set search_path = public, pg_temp
as $$
  select case when count(*) = 0 then '~' else '.' end
  from pg_constraint c
  where c.conrelid = 'repositories'::regclass and c.contype = 'c'
    and pg_get_constraintdef(c.oid) like '%name%[a-zA-Z0-9._-]%'
$$;

-- Give a repository its name. Whoever held the name before (a repository that was renamed away or
-- deleted, so GitHub gave its name to another) is parked as `name~id`.
create or replace function public.backfill_park_repository_name_v1(
  p_github_id bigint,
  p_full_name text
) returns void
language sql
set search_path = public, pg_temp
as $$
  update repositories r
  set full_name = r.full_name || backfill_parking_mark_v1() || r.github_id,
    name = r.name || backfill_parking_mark_v1() || r.github_id
  where lower(r.full_name) = lower(p_full_name) and r.github_id <> p_github_id
$$;

-- Note what a page of pull requests says about its repository: its present name, and GitHub's total.
create or replace function public.backfill_note_repository_v1(
  p_repository_id uuid,
  p_walk jsonb,
  p_now timestamptz
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  now_named text := p_walk ->> 'full_name';
  known repositories;
begin
  select * into known from repositories r where r.id = p_repository_id;
  if known.full_name is distinct from now_named
    or known.is_private is distinct from (p_walk ->> 'is_private')::boolean
  then
    perform backfill_park_repository_name_v1(known.github_id, now_named);
    update repositories r
    set full_name = now_named, owner = split_part(now_named, '/', 1),
      name = split_part(now_named, '/', 2), is_private = (p_walk ->> 'is_private')::boolean
    where r.id = p_repository_id;
  end if;
  insert into backfill_repositories as b
    (repository_id, node_id, pull_requests_total, total_seen_at)
  values (p_repository_id, p_walk ->> 'node_id', (p_walk ->> 'total')::int, p_now)
  on conflict (repository_id) do update
  set node_id = excluded.node_id, pull_requests_total = excluded.pull_requests_total,
    total_seen_at = excluded.total_seen_at,
    access = 'ok', access_reason = null,
    access_noted_at = case when b.access = 'ok' then b.access_noted_at else p_now end;
end
$$;

-- Write a repository's row; answers its id. A renamed repository is the same one.
create or replace function public.backfill_upsert_repository_v1(p_repository jsonb) returns uuid
language sql
set search_path = public, pg_temp
as $$
  insert into repositories as t (
    github_id, full_name, owner, name, description, homepage, language, license, avatar_url,
    stargazers_count, watchers_count, forks_count, open_issues_count, size, default_branch, is_fork,
    is_archived, is_disabled, is_private, is_template, has_issues, has_projects, has_wiki,
    has_discussions, topics, github_created_at, github_updated_at, github_pushed_at)
  select n.github_id, n.full_name, n.owner, n.name, n.description, n.homepage, n.language,
    n.license, n.avatar_url, n.stargazers_count, n.watchers_count, n.forks_count,
    n.open_issues_count, n.size, n.default_branch, n.is_fork, n.is_archived, n.is_disabled,
    n.is_private, n.is_template, n.has_issues, n.has_projects, n.has_wiki, n.has_discussions,
    n.topics, n.github_created_at, n.github_updated_at, n.github_pushed_at
  from jsonb_populate_record(null::repositories, p_repository) n
  on conflict (github_id) do update
  set full_name = excluded.full_name, owner = excluded.owner, name = excluded.name,
    description = excluded.description, homepage = excluded.homepage,
    language = excluded.language, license = excluded.license, avatar_url = excluded.avatar_url,
    stargazers_count = excluded.stargazers_count, watchers_count = excluded.watchers_count,
    forks_count = excluded.forks_count, open_issues_count = excluded.open_issues_count,
    size = excluded.size, default_branch = coalesce(excluded.default_branch, t.default_branch),
    is_fork = excluded.is_fork, is_archived = excluded.is_archived,
    is_disabled = excluded.is_disabled, is_private = excluded.is_private,
    is_template = excluded.is_template, has_issues = excluded.has_issues,
    has_projects = excluded.has_projects, has_wiki = excluded.has_wiki,
    has_discussions = excluded.has_discussions, topics = excluded.topics,
    github_created_at = excluded.github_created_at,
    github_updated_at = excluded.github_updated_at, github_pushed_at = excluded.github_pushed_at
  returning t.id
$$;

-- Store a repository under GitHub's id and keep it tracked.
create or replace function public.backfill_track_repository_v1(
  p_repository jsonb,
  p_priority text default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  tracked_id uuid;
  settled_priority text;
begin
  perform backfill_park_repository_name_v1(
    (p_repository ->> 'github_id')::bigint, p_repository ->> 'full_name');
  begin
    tracked_id := backfill_upsert_repository_v1(p_repository);
  exception when check_violation then
    -- A homepage without `https://`, or a long description, is no reason not to track a repository.
    tracked_id := backfill_upsert_repository_v1(
      p_repository - array['description', 'homepage', 'language', 'license']);
  end;

  insert into backfill_repositories as b
    (repository_id, node_id, pull_requests_total, total_seen_at, priority, tracked_at)
  values (tracked_id, p_repository ->> 'node_id', (p_repository ->> 'pull_requests_total')::int,
    p_now, coalesce(p_priority, 'medium'), p_now)
  on conflict (repository_id) do update
  set node_id = excluded.node_id, pull_requests_total = excluded.pull_requests_total,
    total_seen_at = excluded.total_seen_at, priority = coalesce(p_priority, b.priority)
  returning b.priority into settled_priority;

  perform backfill_list_tracked_v1(
    tracked_id, p_repository ->> 'owner', p_repository ->> 'name', settled_priority);
  return jsonb_build_object(
    'ok', true,
    'repository_id', tracked_id,
    'priority', settled_priority,
    'stored', (select count(*) from pull_requests p where p.repository_id = tracked_id),
    -- A walk that the earlier implementation left is none: it stored next to nothing.
    'backfill', (
      select s.status from progressive_backfill_state s
      where s.repository_id = tracked_id and s.walk_started_at is not null));
end
$$;

-- A priority as `tracked_repositories` knows it. Its enum knows `critical` in one variant of production
-- only; elsewhere `high` is as far as it goes.
create or replace function public.backfill_listed_priority_v1(p_priority text)
returns repository_priority
language sql stable
set search_path = public, pg_temp
as $$
  select case when p_priority = any (enum_range(null::repository_priority)::text[])
    then p_priority else 'high' end::repository_priority
$$;

-- List the repository in `tracked_repositories`, which the website reads.
create or replace function public.backfill_list_tracked_v1(
  p_repository_id uuid,
  p_owner text,
  p_name text,
  p_priority text
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  known_priority repository_priority := backfill_listed_priority_v1(p_priority);
begin
  -- The listing is found by id, else by name; a second listing of the same name is left as it is.
  update tracked_repositories t
  set repository_id = p_repository_id, tracking_enabled = true, priority = known_priority,
    organization_name = p_owner, repository_name = p_name
  where t.id = (
    select o.id from tracked_repositories o
    where o.repository_id = p_repository_id
      or (o.organization_name = p_owner and o.repository_name = p_name)
    order by o.organization_name = p_owner and o.repository_name = p_name desc
    limit 1)
    and not exists (
      select from tracked_repositories o
      where o.repository_id = p_repository_id and o.id <> t.id);
  if not found and not exists (
    select from tracked_repositories o where o.repository_id = p_repository_id
  ) then
    insert into tracked_repositories
      (repository_id, organization_name, repository_name, tracking_enabled, priority)
    values (p_repository_id, p_owner, p_name, true, known_priority);
  end if;
end
$$;
