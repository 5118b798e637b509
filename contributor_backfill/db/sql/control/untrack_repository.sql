-- Stop serving a repository: its backfill, its other sources, its jobs; it is in no report and no alert. Nothing
-- that was captured is touched, and the backfill and the other sources stay where they stand, so that `track` takes
-- it up there. With `p_deletes` what was captured is marked for deletion (backfill_delete_piece_v1).
-- The website's own listing is switched off too, unless its people made it.
--
-- p_order  {"call_id", "actor", "reason"}
--
-- Returns {"changes": [...], "busy": who works on it now, so that it was left alone}. The same call made
-- twice changes nothing the second time. CB002 for a repository that is not tracked.
create or replace function public.backfill_untrack_repository_v1(
  p_repository_id uuid,
  p_deletes boolean,
  p_order jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  named text;
  known backfill_repositories;
  is_new boolean;
  worker text;
begin
  perform backfill_lock_control_v1(p_repository_id, false);
  -- The last lock: whoever begins to serve a source refers to this row, and waits for it.
  select r.full_name into named from repositories r where r.id = p_repository_id for update;
  select * into known from backfill_repositories b where b.repository_id = p_repository_id;
  if known.repository_id is null and not exists (
    select from progressive_backfill_state s where s.repository_id = p_repository_id)
  then
    raise exception 'The repository % is not tracked.', coalesce(named, p_repository_id::text)
      using errcode = 'CB002', hint = 'Add it with: contributor-backfill track OWNER/NAME';
  end if;
  worker := backfill_worker_v1(p_repository_id, p_now);
  is_new := known.untracked_at is null or (p_deletes and known.deleting_at is null);
  if worker is null and is_new and not backfill_was_made_v1(p_order, p_repository_id) then
    insert into backfill_repositories as b (repository_id, untracked_at, deleting_at)
    values (p_repository_id, p_now, case when p_deletes then p_now end)
    on conflict (repository_id) do update
    set untracked_at = coalesce(b.untracked_at, excluded.untracked_at),
      deleting_at = coalesce(b.deleting_at, excluded.deleting_at);
    -- A run that lost its lease and wakes up late must not store anything.
    update progressive_backfill_state s
    set lease_holder = null, lease_token = null, lease_expires_at = null
    where s.repository_id = p_repository_id and s.lease_token is not null;
    update backfill_feeds f
    set lease_holder = null, lease_token = null, lease_expires_at = null
    where f.repository_id = p_repository_id and f.lease_token is not null;
    update tracked_repositories t set tracking_enabled = false
    where t.repository_id = p_repository_id and t.tracking_enabled
      and not backfill_is_the_sites_v1(to_jsonb(t));
    perform backfill_note_intervention_v1(p_order, p_repository_id, jsonb_build_object(
      'action', 'untrack', 'repository', named, 'reason', p_order -> 'reason',
      'before', jsonb_build_object(
        'untracked_at', known.untracked_at, 'deleting_at', known.deleting_at),
      'after', jsonb_build_object(
        'untracked_at', coalesce(known.untracked_at, p_now),
        'deleting_at', case when p_deletes then coalesce(known.deleting_at, p_now) end)), p_now);
  end if;
  return jsonb_build_object('ok', true, 'changes', backfill_show_call_v1(p_order),
    'busy', case when worker is null then '[]' else jsonb_build_array(worker) end);
end
$$;

-- What is to be known of a repository before it is untracked, by its name or a former one: what was
-- decided before, who works on it, the issues that tell of its alerts, and what its stored rows would
-- leave behind elsewhere. CB002 for one that is not tracked.
create or replace function public.backfill_peek_untrack_v1(
  p_full_name text,
  p_now timestamptz default now()
) returns jsonb
language plpgsql stable
as $$
declare
  found_id uuid := backfill_find_by_any_name_v1(p_full_name);
  answer jsonb;
begin
  select jsonb_build_object(
    'ok', true, 'repository_id', r.id, 'full_name', r.full_name,
    'untracked_at', b.untracked_at, 'deleting_at', b.deleting_at,
    'busy', backfill_worker_v1(r.id, p_now),
    'issues', (
      select coalesce(jsonb_agg(distinct t.issue_number), '[]')
      from backfill_alerts a join backfill_tellings t on t.alert_id = a.id
      where a.repository_id = r.id and t.state <> 'closed' and t.issue_number is not null),
    'is_listed_by_the_site', exists (
      select from tracked_repositories t
      where t.repository_id = r.id and backfill_is_the_sites_v1(to_jsonb(t))))
  into answer
  from repositories r
  left join backfill_repositories b on b.repository_id = r.id
  where r.id = found_id
    and (b.repository_id is not null or exists (
      select from progressive_backfill_state s where s.repository_id = r.id));
  if answer is null then
    raise exception 'The repository % is not tracked%.', p_full_name,
      case when found_id is null then ' and not in this database' else '' end
      using errcode = 'CB002', hint = 'See `contributor-backfill status`.';
  end if;
  return answer;
end
$$;

-- The repository of this name; else the only one that had it before. A name that another repository took
-- over is that one's.
create or replace function public.backfill_find_by_any_name_v1(p_full_name text) returns uuid
language sql stable
as $$
  with named as (select lower(p_full_name) as full_name),
  present as (
    select r.id from repositories r, named n where lower(r.full_name) = n.full_name
  ), former as (
    select b.repository_id as id from backfill_repositories b, named n
    where n.full_name = any (b.former_names)
    union
    -- Renamed before former names were kept: `recover` noted it, or its rows have the old name yet.
    select i.repository_id from backfill_interventions i, named n
    where lower(i.before ->> 'full_name') = n.full_name and i.repository_id is not null
    union
    select p.repository_id from pull_requests p, named n
    where lower(p.repository_full_name) = n.full_name and p.repository_id is not null
      and not exists (select from present)
  )
  select coalesce(
    (select p.id from present p limit 1),
    (select (array_agg(f.id))[1] from former f having count(*) = 1))
$$;

-- Who works on a repository now, by a lease that has not expired; null for nobody.
create or replace function public.backfill_worker_v1(p_repository_id uuid, p_now timestamptz)
returns text
language sql stable
as $$
  select s.lease_holder from progressive_backfill_state s
  where s.repository_id = p_repository_id and s.lease_expires_at > p_now
  union all
  select f.lease_holder from backfill_feeds f
  where f.repository_id = p_repository_id and f.lease_expires_at > p_now
  limit 1
$$;

-- Whether a row of `tracked_repositories` was made by the website's people: by a user, or for a workspace.
create or replace function public.backfill_is_the_sites_v1(p_listing jsonb) returns boolean
language sql immutable
as $$
  select p_listing ->> 'added_by_user_id' is not null
    or coalesce((p_listing ->> 'is_workspace_repo')::boolean, false)
    or coalesce((p_listing ->> 'workspace_count')::int > 0, false)
$$;

-- Whether nothing of a repository is served because a person does not track it any more.
create or replace function public.backfill_is_untracked_v1(p_repository_id uuid) returns boolean
language sql stable
as $$
  select exists (
    select from backfill_repositories b
    where b.repository_id = p_repository_id and b.untracked_at is not null)
$$;
