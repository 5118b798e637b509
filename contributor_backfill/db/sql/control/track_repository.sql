-- Store a repository under GitHub's id and keep it tracked. One that was untracked goes on where it stood;
-- CB004 while it is being deleted.
create or replace function public.backfill_track_repository_v1(
  p_repository jsonb,
  p_priority text default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  tracked_id uuid;
  settled_priority text;
  too_long record;
  row_given jsonb := p_repository;
  known uuid := (
    select r.id from repositories r where r.github_id = (p_repository ->> 'github_id')::bigint);
begin
  -- A deletion that is begun now waits, or is seen.
  perform from backfill_repositories b where b.repository_id = known for update;
  if exists (
    select from backfill_repositories b where b.repository_id = known and b.deleting_at is not null)
  then
    raise exception 'The repository % is being deleted.', p_repository ->> 'full_name'
      using errcode = 'CB004', hint = 'Let that come to its end first: contributor-backfill untrack '
        || (p_repository ->> 'full_name') || ' --delete-data';
  end if;
  perform backfill_name_repository_v2((p_repository ->> 'github_id')::bigint,
    p_repository ->> 'full_name', (p_repository ->> 'is_private')::boolean, p_now);
  select f.* into too_long
  from backfill_fit_texts_v1('repositories', jsonb_build_array(p_repository)) f;
  if found then
    row_given := too_long.fitted;
  end if;
  begin
    tracked_id := backfill_upsert_repository_v1(row_given);
  exception when check_violation then
    -- A homepage without `https://` is no reason not to track a repository.
    tracked_id := backfill_upsert_repository_v1(
      row_given - array['description', 'homepage', 'language', 'license']);
  end;
  tracked_id := backfill_record_repository_v1(tracked_id, p_repository, too_long.clipped, p_now);

  insert into backfill_repositories as b
    (repository_id, node_id, pull_requests_total, total_seen_at, priority, tracked_at,
     may_be_published)
  values (tracked_id, p_repository ->> 'node_id', (p_repository ->> 'pull_requests_total')::int,
    p_now, coalesce(p_priority, 'medium'), p_now,
    coalesce((p_repository ->> 'may_be_published')::boolean, false))
  on conflict (repository_id) do update
  set node_id = excluded.node_id, pull_requests_total = excluded.pull_requests_total,
    total_seen_at = excluded.total_seen_at, priority = coalesce(p_priority, b.priority),
    untracked_at = null,
    may_be_published = b.may_be_published or excluded.may_be_published
  returning b.priority into settled_priority;

  perform backfill_list_tracked_v1(
    tracked_id, p_repository ->> 'owner', p_repository ->> 'name', settled_priority);
  return jsonb_build_object(
    'ok', true,
    'repository_id', tracked_id,
    'priority', settled_priority,
    'stored', (select count(*) from pull_requests p where p.repository_id = tracked_id),
    -- A backfill that the earlier implementation left is none: it stored next to nothing.
    'backfill', (
      select s.status from progressive_backfill_state s
      where s.repository_id = tracked_id and s.walk_started_at is not null));
end
$$;

-- Write a repository's row; return its id. A renamed repository is the same one.
create or replace function public.backfill_upsert_repository_v1(p_repository jsonb) returns uuid
language sql
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

-- Record what the database clipped of a repository's row, or did not keep of a known one; return its id.
-- Raise when there is no row to track.
create or replace function public.backfill_record_repository_v1(
  p_written_id uuid,
  p_repository jsonb,
  p_clipped text,
  p_now timestamptz
) returns uuid
language plpgsql
as $$
declare
  reason text := backfill_lost_reason_v1('repositories');
  stored_id uuid := (
    select r.id from repositories r where r.github_id = (p_repository ->> 'github_id')::bigint);
begin
  if stored_id is null then
    raise exception 'The repository % was not stored. %', p_repository ->> 'full_name', reason;
  elsif p_written_id is null then
    perform backfill_record_reject_v1(
      stored_id, 'repositories', p_repository, 'CB101', reason, p_now);
  elsif p_clipped is not null then
    perform backfill_record_reject_v1(stored_id, 'repositories', p_repository, '22001',
      format('Clipped: %s. The table repositories allows no more.', p_clipped), p_now);
  else
    delete from backfill_rejects j where j.repository_id = stored_id and j.kind = 'repositories';
  end if;
  return stored_id;
end
$$;

-- A priority as `tracked_repositories` knows it. Its enum knows `critical` in one variant of production
-- only; elsewhere `high` is as far as it goes.
create or replace function public.backfill_listed_priority_v1(p_priority text)
returns repository_priority
language sql stable
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
