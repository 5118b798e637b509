-- Delete the next piece of what is stored of a repository that is being deleted: at most about `p_rows`
-- rows, first its pull requests with all that hangs on them, from the lowest number, then the rest.
-- Contributors stay: they are people, and other repositories have them too. Runs and the history stay.
--
-- Returns {"deleted": {table: rows}, "is_left": whether there is more, "blocked": null or {"table",
-- "constraint"} of a foreign key that lets the rows not go; then nothing of the piece was deleted}.
create or replace function public.backfill_delete_piece_v1(
  p_repository_id uuid,
  p_rows int,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  deleted jsonb;
  blocked_table text;
  blocked_by text;
begin
  perform from backfill_repositories b
  where b.repository_id = p_repository_id and b.deleting_at is not null for update;
  if not found then
    return jsonb_build_object('ok', true, 'deleted', '{}'::jsonb, 'is_left', false, 'blocked', null);
  end if;
  begin
    deleted := backfill_delete_pull_requests_v1(p_repository_id, p_rows);
    if deleted = '{}' then
      deleted := backfill_delete_others_v1(p_repository_id, p_rows);
    end if;
    -- A key that is checked at the end of a transaction is checked here.
    set constraints all immediate;
  exception when foreign_key_violation or restrict_violation then
    get stacked diagnostics blocked_table = table_name, blocked_by = constraint_name;
    return jsonb_build_object('ok', true, 'deleted', '{}'::jsonb, 'is_left', true,
      'blocked', jsonb_build_object('table', blocked_table, 'constraint', blocked_by));
  end;
  update backfill_repositories b
  set deleted_counts = backfill_add_counts_v1(b.deleted_counts, deleted), count_is_due = true
  where b.repository_id = p_repository_id;
  return jsonb_build_object('ok', true, 'deleted', deleted, 'is_left', deleted <> '{}',
    'blocked', null);
end
$$;

-- Delete the first pull requests with what hangs on them, each kind after what refers to it.
create or replace function public.backfill_delete_pull_requests_v1(
  p_repository_id uuid,
  p_rows int
) returns jsonb
language plpgsql
as $$
declare
  -- No more: production's trigger counts a repository's pull requests anew for each one that goes.
  chosen uuid[] := array(
    select p.id from pull_requests p where p.repository_id = p_repository_id
    order by p.number limit least(p_rows, 250));
  first_ones uuid[];
  relation text;
  many int;
  deleted jsonb := '{}';
  room int := p_rows;
begin
  if chosen = '{}' then
    return deleted;
  end if;
  foreach relation in array array['comments', 'reviews', 'backfill_deletions',
    'backfill_doubts', 'backfill_continuations', 'backfill_pull_requests'] loop
    if relation = 'comments' then
      first_ones := array(
        select c.id from comments c where c.pull_request_id = any (chosen) limit room);
      delete from backfill_replies w where w.comment_id = any (first_ones);
      get diagnostics many = row_count;
      deleted := backfill_add_counts_v1(deleted, jsonb_build_object('backfill_replies', many));
      -- A reply may be in the next piece.
      update comments c set in_reply_to_id = null where c.in_reply_to_id = any (first_ones);
      delete from comments c where c.id = any (first_ones);
    else
      execute format('delete from %1$I where ctid = any (array(
        select ctid from %1$I where pull_request_id = any ($1) limit $2))', relation)
      using chosen, room;
    end if;
    get diagnostics many = row_count;
    deleted := backfill_add_counts_v1(deleted, jsonb_build_object(relation, many));
    room := room - many;
    exit when room <= 0;
  end loop;
  if room > 0 then
    -- What hangs on them is gone, for there was room for all of it.
    delete from pull_requests p
    where p.id = any (chosen[1:greatest(room, 1)]);
    get diagnostics many = row_count;
    deleted := backfill_add_counts_v1(deleted, jsonb_build_object('pull_requests', many));
  end if;
  return deleted;
end
$$;

-- Delete what belongs to the repository itself, table by table.
create or replace function public.backfill_delete_others_v1(p_repository_id uuid, p_rows int)
returns jsonb
language plpgsql
as $$
declare
  own record;
  many int;
  deleted jsonb := '{}';
  room int := p_rows;
begin
  for own in select * from backfill_deletable_v1() d where d.condition is not null loop
    execute format('delete from %1$I where ctid = any (array(
      select t.ctid from %1$I t where %2$s limit $2))', own.relation, own.condition)
    using p_repository_id, room;
    get diagnostics many = row_count;
    deleted := backfill_add_counts_v1(deleted, jsonb_build_object(own.relation, many));
    room := room - many;
    exit when room <= 0;
  end loop;
  return deleted;
end
$$;

-- The tables that hold something of a repository, in the order in which they are emptied. `condition`
-- finds the rows (t) of the repository $1; where it is null the rows hang on a pull request.
create or replace function public.backfill_deletable_v1()
returns table (relation text, condition text)
language sql immutable
as $$
  values
    ('backfill_replies', null),
    ('comments', null),
    ('reviews', null),
    ('backfill_deletions', null),
    ('backfill_doubts', null),
    ('backfill_continuations', null),
    ('backfill_pull_requests', null),
    ('pull_requests', null),
    ('backfill_rejects', 't.repository_id = $1'),
    ('backfill_numbers', 't.repository_id = $1'),
    ('backfill_days', 't.repository_id = $1'),
    ('backfill_chunks', 't.backfill_state_id in (
      select s.id from progressive_backfill_state s where s.repository_id = $1)'),
    ('progressive_backfill_state', 't.repository_id = $1'),
    ('backfill_feeds', 't.repository_id = $1'),
    ('backfill_page_sizes', 't.repository_id = $1'),
    ('backfill_due', 't.repository_id = $1'),
    ('backfill_freshness', 't.repository_id = $1'),
    ('backfill_jobs', 't.job_id in (
      select j.id from progressive_capture_jobs j where j.repository_id = $1)'),
    ('progressive_capture_jobs', 't.repository_id = $1'),
    ('backfill_tellings', 't.alert_id in (
      select a.id from backfill_alerts a where a.repository_id = $1)'),
    ('backfill_alerts', 't.repository_id = $1'),
    ('tracked_repositories', 't.repository_id = $1
      and not backfill_is_the_sites_v1(to_jsonb(t))')
$$;

-- Two counts by table as one; nothing is said of what is none.
create or replace function public.backfill_add_counts_v1(p_counts jsonb, p_more jsonb)
returns jsonb
language sql immutable
as $$
  select coalesce(jsonb_object_agg(c.relation, c.many), '{}')
  from (
    select e.key as relation, sum(e.value::bigint) as many
    from (select * from jsonb_each_text(p_counts) union all select * from jsonb_each_text(p_more)) e
    group by e.key
  ) c
  where c.many > 0
$$;

-- Count what a deletion would delete, and what of other tables refers to it: the pull requests behind the
-- number `p_after` with all that hangs on them, `p_limit` of them; what belongs to the repository itself
-- comes with the first ones (`p_after` is null).
--
-- Returns {"counts": {table: rows}, "others": [{"table", "column", "constraint", "action", "target",
-- "count"}], "next": where to go on, or null}. A count is null where the service role may not count.
create or replace function public.backfill_count_deletion_v1(
  p_repository_id uuid,
  p_after int default null,
  p_limit int default 2000
) returns jsonb
language plpgsql stable
as $$
declare
  counts jsonb := '{}';
  others jsonb := '[]';
  chosen uuid[];
  last_number int;
  part record;
  many bigint;
begin
  -- By their ids, so that what hangs on them is found by index.
  select array_agg(n.id), max(n.number) into chosen, last_number
  from (
    select p.id, p.number from pull_requests p
    where p.repository_id = p_repository_id and (p.number > p_after or p_after is null)
    order by p.number limit p_limit) n;
  for part in
    select d.relation, coalesce(d.condition, case d.relation
      when 'pull_requests' then 't.id = any ($2)'
      when 'backfill_replies'
        then 't.comment_id in (select c.id from comments c where c.pull_request_id = any ($2))'
      else 't.pull_request_id = any ($2)' end) as condition
    from backfill_deletable_v1() d
    where d.condition is null or p_after is null
  loop
    execute format('select count(*) from %I t where %s', part.relation, part.condition)
    into many using p_repository_id, chosen;
    counts := backfill_add_counts_v1(counts, jsonb_build_object(part.relation, many));
  end loop;
  for part in
    select * from backfill_foreign_references_v1() f
    where f.target <> 'repositories' or p_after is null
  loop
    many := null;
    if has_table_privilege(part.relation, 'select') then
      execute format('select count(*) from %s t where t.%I %s', part.relation, part.column_name,
        case part.target
          when 'repositories' then '= $1'
          when 'pull_requests' then '= any ($2)'
          else format('in (select x.id from %I x where x.pull_request_id = any ($2))', part.target)
          end)
      into many using p_repository_id, chosen;
    end if;
    continue when many = 0;
    others := others || jsonb_build_object('table', part.relation::text,
      'column', part.column_name, 'constraint', part.constraint_name, 'action', part.action,
      'target', part.target, 'count', many);
  end loop;
  return jsonb_build_object('ok', true, 'counts', counts, 'others', others,
    'next', case when cardinality(chosen) = p_limit then last_number end);
end
$$;

-- The foreign keys of tables that are not this tool's to what a deletion deletes. "action" is what the
-- key does then: "cascade", "set null" or "refuse".
create or replace function public.backfill_foreign_references_v1()
returns table (
  relation regclass, column_name name, constraint_name name, target name, action text)
language sql stable
as $$
  select k.conrelid::regclass, a.attname, k.conname, t.relname, case k.confdeltype
      when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' else 'refuse' end
  from pg_constraint k
  join pg_class t on t.oid = k.confrelid and t.relnamespace = 'public'::regnamespace
  join pg_class c on c.oid = k.conrelid
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
  where k.contype = 'f' and k.conparentid = 0
    and t.relname in ('repositories', 'pull_requests', 'reviews', 'comments')
    and not (c.relnamespace = 'public'::regnamespace
      and (c.relname like 'backfill\_%' or c.relname in (
        'pull_requests', 'reviews', 'comments', 'tracked_repositories',
        'progressive_backfill_state', 'progressive_capture_jobs')))
  order by k.conrelid::regclass::text, k.conname
$$;

-- End a deletion: forget what this tool knows of the repository, and delete its row in `repositories` when
-- nothing refers to it any more. It is put on record with what was deleted in all.
--
-- p_keeps_row  do not even look whether the row could go
--
-- Returns {"is_done", "deleted": {table: rows}, "kept_by": null when the row went, else the tables that
-- refer to it}. "is_done" is false when something was stored meanwhile. The same call made twice gets
-- the same result.
create or replace function public.backfill_finish_deletion_v1(
  p_repository_id uuid,
  p_keeps_row boolean,
  p_order jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  known backfill_repositories;
  named text;
  kept_by jsonb := '["it was not looked for"]';
  deleted jsonb;
begin
  select * into known from backfill_repositories b
  where b.repository_id = p_repository_id and b.deleting_at is not null for update;
  if known.repository_id is null then
    return jsonb_build_object('ok', true, 'is_done', true) || coalesce((
      select i.after from backfill_interventions i
      where i.call_id = (p_order ->> 'call_id')::uuid and i.action = 'delete_data' limit 1),
      '{"deleted": {}, "kept_by": []}');
  end if;
  if exists (select from pull_requests p where p.repository_id = p_repository_id) then
    return jsonb_build_object('ok', true, 'is_done', false, 'deleted', known.deleted_counts,
      'kept_by', '[]'::jsonb);
  end if;
  select r.full_name into named from repositories r where r.id = p_repository_id for update;
  deleted := backfill_add_counts_v1(known.deleted_counts, '{"backfill_repositories": 1}');
  delete from backfill_repositories b where b.repository_id = p_repository_id;
  if not p_keeps_row then
    kept_by := backfill_referring_v1(p_repository_id);
    if kept_by = '[]' then
      kept_by := null;
      delete from repositories r where r.id = p_repository_id;
      deleted := backfill_add_counts_v1(deleted, '{"repositories": 1}');
    end if;
  end if;
  perform backfill_note_intervention_v1(p_order,
    case when kept_by is not null then p_repository_id end, jsonb_build_object(
      'action', 'delete_data', 'repository', named, 'reason', p_order -> 'reason',
      'before', '{}'::jsonb,
      'after', jsonb_build_object('deleted', deleted, 'kept_by', kept_by)), p_now);
  return jsonb_build_object('ok', true, 'is_done', true, 'deleted', deleted, 'kept_by', kept_by);
end
$$;

-- The tables that refer to a repository's row, whose they may be. A table that cannot be looked into is
-- taken for one.
create or replace function public.backfill_referring_v1(p_repository_id uuid) returns jsonb
language plpgsql stable
as $$
declare
  part record;
  refers boolean;
  tables jsonb := '[]';
begin
  for part in
    select k.conrelid::regclass as relation, a.attname
    from pg_constraint k
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
    where k.contype = 'f' and k.conparentid = 0 and k.confrelid = 'repositories'::regclass
      -- The history keeps the name, and lets go of the row.
      and k.conrelid <> 'backfill_interventions'::regclass
    order by k.conrelid::regclass::text
  loop
    refers := true;
    if has_table_privilege(part.relation, 'select') then
      execute format('select exists (select from %s t where t.%I = $1)', part.relation, part.attname)
      into refers using p_repository_id;
    end if;
    if refers and not tables ? part.relation::text then
      tables := tables || to_jsonb(part.relation::text);
    end if;
  end loop;
  return tables;
end
$$;
