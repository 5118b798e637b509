-- Store pull requests by GitHub's id; returns what backfill_upsert_reviews_v2 does. What GitHub was not asked
-- for (null here) never overwrites, and a page that was read before the stored one changes nothing.
create or replace function public.backfill_upsert_pull_requests_v2(
  p_repository_id uuid,
  p_rows jsonb,
  p_schema jsonb,
  out inserted int,
  out changed bigint[],
  out written bigint[],
  out nameless bigint[]
)
language plpgsql
as $$
declare
  merged_state constant text := p_schema ->> 'merged_state';
begin
  perform backfill_make_way_v1(p_repository_id, p_rows);
  with incoming as materialized (
    select distinct on (n.github_id) n.*, p_repository_id as repository_id,
      r.github_id as repository_github_id, r.full_name,
      case n.state when 'merged' then merged_state else n.state end as stored_state,
      author.id as author_id, merger.id as merged_by_id, assignee.id as assignee_id, t.id is null or (
        t.number, t.title, t.body, t.state, t.repository_id, t.author_id, t.assignee_id,
        t.base_branch, t.head_branch, t.draft, t.mergeable, t.mergeable_state, t.merged,
        t.merged_by_id, t.created_at, t.updated_at, t.merged_at, t.closed_at, t.additions,
        t.deletions, t.changed_files, t.commits, t.html_url, t.diff_url, t.patch_url, t.base_ref,
        t.head_ref, t.repository_full_name, t.author_login, t.author_github_id,
        t.repository_github_id
      ) is distinct from (
        n.number, n.title, coalesce(n.body, t.body),
        case n.state when 'merged' then merged_state else n.state end, p_repository_id,
        coalesce(author.id, t.author_id), coalesce(assignee.id, t.assignee_id), n.base_branch,
        n.head_branch, n.draft,
        case n.state when 'open' then coalesce(n.mergeable, t.mergeable) end,
        case n.state when 'open' then coalesce(n.mergeable_state, t.mergeable_state) end, n.merged,
        case when n.merged then coalesce(merger.id, t.merged_by_id) end, n.created_at,
        n.updated_at, n.merged_at, n.closed_at, coalesce(n.additions, t.additions),
        coalesce(n.deletions, t.deletions), coalesce(n.changed_files, t.changed_files),
        coalesce(n.commits, t.commits), n.html_url, n.html_url || '.diff', n.html_url || '.patch',
        n.base_branch, n.head_branch, r.full_name, n.author_login, n.author_github_id, r.github_id
      ) as differs
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, number int, title text, body text, state text, draft boolean,
      merged boolean, html_url text, base_branch text, head_branch text, created_at timestamptz,
      updated_at timestamptz, merged_at timestamptz, closed_at timestamptz, additions int,
      deletions int, changed_files int, commits int, mergeable boolean, mergeable_state text,
      author_github_id bigint, author_login text, merged_by_github_id bigint,
      assignee_github_id bigint)
    join repositories r on r.id = p_repository_id
    left join pull_requests t on t.github_id = n.github_id
    left join backfill_pull_requests b on b.pull_request_id = t.id
    left join contributors author on author.github_id = n.author_github_id
    left join contributors merger on merger.github_id = n.merged_by_github_id
    left join contributors assignee on assignee.github_id = n.assignee_github_id
    where (b.source_updated_at > n.updated_at) is not true
    order by n.github_id
  ),
  made as (
    insert into pull_requests as t (
      github_id, number, title, body, state, repository_id, author_id, assignee_id, base_branch,
      head_branch, draft, mergeable, mergeable_state, merged, merged_by_id, created_at, updated_at,
      merged_at, closed_at, additions, deletions, changed_files, commits, html_url, diff_url,
      patch_url, base_ref, head_ref, repository_full_name, author_login, author_github_id,
      repository_github_id, last_synced_at)
    select n.github_id, n.number, n.title, n.body, n.stored_state, n.repository_id, n.author_id,
      n.assignee_id, n.base_branch, n.head_branch, n.draft, n.mergeable, n.mergeable_state,
      n.merged, n.merged_by_id, n.created_at, n.updated_at, n.merged_at, n.closed_at, n.additions,
      n.deletions, n.changed_files, n.commits, n.html_url, n.html_url || '.diff',
      n.html_url || '.patch', n.base_branch, n.head_branch, n.full_name, n.author_login,
      n.author_github_id, n.repository_github_id, now()
    from incoming n where n.differs
    on conflict (github_id) do update
    set number = excluded.number, title = excluded.title,
      body = coalesce(excluded.body, t.body),
      state = excluded.state, repository_id = excluded.repository_id,
      author_id = coalesce(excluded.author_id, t.author_id),
      assignee_id = coalesce(excluded.assignee_id, t.assignee_id),
      base_branch = excluded.base_branch, head_branch = excluded.head_branch,
      draft = excluded.draft,
      -- What is closed or merged can be merged no more.
      mergeable = case excluded.state when 'open' then coalesce(excluded.mergeable, t.mergeable) end,
      mergeable_state = case excluded.state
        when 'open' then coalesce(excluded.mergeable_state, t.mergeable_state) end,
      merged = excluded.merged,
      merged_by_id = case when excluded.merged
        then coalesce(excluded.merged_by_id, t.merged_by_id) end,
      created_at = excluded.created_at, updated_at = excluded.updated_at,
      merged_at = excluded.merged_at, closed_at = excluded.closed_at,
      additions = coalesce(excluded.additions, t.additions),
      deletions = coalesce(excluded.deletions, t.deletions),
      changed_files = coalesce(excluded.changed_files, t.changed_files),
      commits = coalesce(excluded.commits, t.commits),
      html_url = excluded.html_url, diff_url = excluded.diff_url, patch_url = excluded.patch_url,
      base_ref = excluded.base_ref, head_ref = excluded.head_ref,
      repository_full_name = excluded.repository_full_name,
      author_login = excluded.author_login, author_github_id = excluded.author_github_id,
      repository_github_id = excluded.repository_github_id,
      last_synced_at = excluded.last_synced_at
    returning t.github_id, (t.xmax = 0) as is_new
  )
  select m.*, i.* into inserted, written, changed, nameless
  from (
    select count(*) filter (where m.is_new), coalesce(array_agg(m.github_id), '{}') from made m) m,
    (select coalesce(array_agg(n.github_id) filter (where n.differs), '{}'),
      coalesce(array_agg(n.github_id) filter (
        where (n.author_github_id is not null and n.author_id is null)
          or (n.merged_by_github_id is not null and n.merged_by_id is null)
          or (n.assignee_github_id is not null and n.assignee_id is null)), '{}')
      from incoming n) i;
end
$$;

-- Put aside what earlier writers stored otherwise than GitHub shows it. A row under a wrong id is taken over by its
-- number. A row that has the number of another one exchanges it for its own, because a number may be unique; what
-- was captured keeps its number. And nobody is assigned any more where GitHub names nobody.
create or replace function public.backfill_make_way_v1(p_repository_id uuid, p_rows jsonb) returns void
language plpgsql
as $$
declare
  shown record;
  ours record;
  other_id uuid;
begin
  -- Only where something stands in the way, which is rare. One look-up a row: as a join, a planner without
  -- statistics reads the whole repository for it.
  for shown in
    select n.* from jsonb_to_recordset(p_rows)
      as n (github_id bigint, number int, updated_at timestamptz, assignees_total int)
    where exists (
        select from pull_requests p
        where p.repository_id = p_repository_id and p.number = n.number
          and p.github_id <> n.github_id)
      or n.assignees_total = 0
        and (select p.assignee_id from pull_requests p where p.github_id = n.github_id) is not null
  loop
    update pull_requests p
    set github_id = shown.github_id
    where p.repository_id = p_repository_id and p.number = shown.number
      and p.github_id <> shown.github_id
      and not exists (select from pull_requests o where o.github_id = shown.github_id);

    select p.id, p.number into ours from pull_requests p
    where p.github_id = shown.github_id and p.repository_id = p_repository_id
      and p.number <> shown.number;
    if found then
      select p.id into other_id from pull_requests p
      where p.repository_id = p_repository_id and p.number = shown.number
        and not exists (select from backfill_pull_requests b where b.pull_request_id = p.id)
      order by p.id limit 1;
      if found then
        -- By way of a number that nobody has.
        update pull_requests p set number = 2147483647 where p.id = ours.id;
        update pull_requests p set number = ours.number where p.id = other_id;
        update pull_requests p set number = shown.number where p.id = ours.id;
      end if;
    end if;

    -- A page that did not ask has no total, and overwrites nothing.
    update pull_requests p
    set assignee_id = null
    where p.github_id = shown.github_id and shown.assignees_total = 0
      and p.assignee_id is not null
      and not exists (
        select from backfill_pull_requests b
        where b.pull_request_id = p.id and b.source_updated_at > shown.updated_at);
  end loop;
end
$$;
