-- What the tool needs to know of the database it is on: the migrations that were applied, the clock,
-- and what will bite: required columns that nobody here writes, and CHECKs that limit texts.
create or replace function public.backfill_inspect_schema_v1() returns jsonb
language sql stable
as $$
  with written (table_name, column_names) as (values
    ('repositories', array['github_id', 'full_name', 'owner', 'name']),
    ('contributors', array['github_id', 'username']),
    ('pull_requests', array['github_id', 'number', 'title', 'state', 'repository_id', 'author_id',
      'head_branch', 'created_at', 'updated_at', 'repository_full_name', 'author_github_id',
      'repository_github_id']),
    ('reviews', array['github_id', 'pull_request_id', 'reviewer_id', 'author_id', 'repository_id',
      'state', 'submitted_at']),
    ('comments', array['github_id', 'pull_request_id', 'commenter_id', 'repository_id', 'body',
      'created_at', 'updated_at', 'comment_type']))
  select jsonb_build_object(
    'ok', true,
    'now', clock_timestamp(),
    'server_version', current_setting('server_version'),
    'role', current_user,
    'encoding', current_setting('server_encoding'),
    'read_only', current_setting('default_transaction_read_only')::boolean or pg_is_in_recovery(),
    'column_differences', (
      select coalesce(jsonb_agg(jsonb_build_object('table', d.table_name, 'column', d.column_name,
        'found', d.found, 'wanted', d.wanted) order by d.table_name, d.column_name), '[]')
      from backfill_differing_columns_v1() d),
    'migrations', (
      select coalesce(jsonb_object_agg(m.name, m.checksum), '{}') from backfill_migrations m),
    'merged_state', backfill_found_schema_v1() -> 'merged_state',
    'missing_permissions', (
      select coalesce(jsonb_agg(jsonb_build_object('full_name', r.full_name,
        'permissions', array(select jsonb_object_keys(b.missing_permissions))) order by r.full_name), '[]')
      from backfill_repositories b join repositories r on r.id = b.repository_id
      where b.missing_permissions <> '{}' and b.untracked_at is null),
    'required_columns_not_written', (
      select coalesce(jsonb_agg(c.table_name || '.' || c.column_name
        order by c.table_name, c.column_name), '[]')
      from information_schema.columns c
      join written w on w.table_name = c.table_name
      where c.table_schema = 'public' and c.is_nullable = 'NO' and c.column_default is null
        and c.is_generated = 'NEVER' and c.is_identity = 'NO'
        and c.column_name::text <> all (w.column_names)),
    'length_limits', (
      select coalesce(jsonb_object_agg(w.table_name || '.' || l.column_name, least(l.max_length, l.max_bytes)), '{}')
      from written w cross join lateral backfill_text_limits_v1(w.table_name) l),
    'tables_not_writable', (
      select coalesce(jsonb_agg(w.table_name order by w.table_name), '[]')
      from written w
      where not (
        has_table_privilege('public.' || w.table_name, 'insert')
        and has_table_privilege('public.' || w.table_name, 'update'))))
$$;

-- The columns that are written and not there (`found` is null), or there with another type.
create or replace function public.backfill_differing_columns_v1()
returns table (table_name text, column_name text, found text, wanted text)
language sql stable
as $$
  with recursive expected (table_name, column_name, wanted, is_telling) as (values
-- {expected columns}
  ),
  columns as (
    select e.table_name, e.column_name, e.wanted, a.atttypid as base,
      format_type(a.atttypid, a.atttypmod) as found
    from expected e
    left join pg_attribute a on a.attrelid = to_regclass('public.' || e.table_name)
      and a.attname = e.column_name and a.attnum > 0 and not a.attisdropped
    union all
    select c.table_name, c.column_name, c.wanted, t.typbasetype, c.found
    from columns c join pg_type t on t.oid = c.base and t.typtype = 'd'
  )
  select c.table_name, c.column_name, c.found, c.wanted
  from columns c left join pg_type t on t.oid = c.base
  where t.typtype is distinct from 'd' and (t.typname = any (case c.wanted
    when 'text' then array['text', 'varchar', 'bpchar', 'citext']
    when 'text[]' then array['_text', '_varchar']
    when 'integer' then array['int4', 'int8']
    when 'integer[]' then array['_int4', '_int8']
    when 'bigint' then array['int8']
    when 'boolean' then array['bool']
    else array[c.wanted] end)) is not true
$$;

-- Prove that rows can be written, by writing one and taking it back within the call.
create or replace function public.backfill_probe_write_v1() returns jsonb
language plpgsql
as $$
begin
  begin
    insert into contributors (github_id, username) values (-1, '-backfill-probe-');
    raise exception 'taken back' using errcode = 'CB900';
  exception
    -- A CHECK that refuses this name refuses nothing that GitHub has.
    when sqlstate 'CB900' or integrity_constraint_violation then
      return jsonb_build_object('ok', true, 'writable', true);
    when others then
      return jsonb_build_object('ok', true, 'writable', false, 'message', sqlerrm,
        'sqlstate', sqlstate);
  end;
end
$$;
