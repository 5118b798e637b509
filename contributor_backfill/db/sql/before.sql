-- What must be true before anything is changed: a database that takes writes and every character, and no
-- table of another application under a name of ours.
do $before$
declare
  problem text;
begin
  if current_setting('server_encoding') <> 'UTF8' then
    raise exception 'This database is encoded in %, which cannot hold every text on GitHub.',
      current_setting('server_encoding')
      using errcode = 'CB003', hint = 'Use one made with: create database … encoding ''UTF8'' template template0.';
  elsif current_setting('transaction_read_only')::boolean then
    raise exception 'This database takes no writes: default_transaction_read_only is on, or it is a standby.'
      using errcode = 'CB003', hint = 'Free space or end the maintenance first; on Supabase, see the project''s disk usage.';
  end if;

  with recursive expected (table_name, column_name, wanted, is_telling) as (values
-- {expected columns}
  ),
  tables as (
    select e.table_name, c.oid, c.relkind, count(*) filter (where c.relkind <> 'r') as strange
    from (select distinct table_name from expected) e
    join pg_class c on c.relname = e.table_name and c.relnamespace = 'public'::regnamespace
    group by 1, 2, 3
  ),
  types as (
    select t.oid as id, t.oid as base, t.typtype from pg_type t
    union all
    select d.id, t.oid, t.typtype
    from types d join pg_type b on b.oid = d.base and b.typtype = 'd'
    join pg_type t on t.oid = b.typbasetype
  ),
  columns as (
    select e.*, t.oid as table_id, t.relkind, a.attnum, a.atttypid,
      format_type(a.atttypid, a.atttypmod) as found,
      (select b.typname from types d join pg_type b on b.oid = d.base
        where d.id = a.atttypid and d.typtype <> 'd')::text as base
    from expected e
    join tables t on t.table_name = e.table_name
    left join pg_attribute a on a.attrelid = t.oid and a.attname = e.column_name and a.attnum > 0
      and not a.attisdropped
  ),
  findings (table_name, column_name, finding) as (
    select t.table_name, '', case t.relkind
      when 'v' then 'is a view' when 'm' then 'is a materialized view'
      when 'p' then 'is partitioned' when 'f' then 'is a foreign table'
      else 'is no table' end
    from tables t where t.relkind <> 'r'
    union all
    select c.table_name, c.column_name, case when c.attnum is null
      then 'has no column ' || c.column_name
      else format('has %s as %s, not %s', c.column_name, c.found, c.wanted) end
    from columns c
    where c.relkind = 'r' and case
      when c.attnum is null then c.is_telling
      when c.wanted = 'text' then c.base not in ('text', 'varchar', 'bpchar', 'citext')
      when c.wanted = 'text[]' then c.base not in ('_text', '_varchar')
      when c.wanted = 'integer' then c.base not in ('int4', 'int8')
      when c.wanted = 'integer[]' then c.base not in ('_int4', '_int8')
      when c.wanted = 'bigint' then c.base <> 'int8'
      when c.wanted = 'boolean' then c.base <> 'bool'
      else c.base <> c.wanted end
    union all
    -- Rows are found, and tables refer to each other, by these.
    select c.table_name, c.column_name, format('has a column %s that is not unique', c.column_name)
    from columns c
    where c.relkind = 'r' and c.attnum is not null
      and (c.column_name in ('id', 'github_id') or (c.table_name, c.column_name) in (
        ('progressive_backfill_state', 'repository_id'), ('backfill_migrations', 'name')))
      and not exists (
        select from pg_index i
        where i.indrelid = c.table_id and i.indisunique and i.indimmediate and i.indisvalid
          and i.indpred is null and i.indnkeyatts = 1 and i.indkey[0] = c.attnum)
    union all
    select c.relname, '', 'exists already, and no backfill_migrations beside it'
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname = any (array[
      -- {own tables}
    ]) and to_regclass('public.backfill_migrations') is null
    union all
    select t.typname, '', 'is a type without the labels low, medium and high'
    from pg_type t
    where t.typnamespace = 'public'::regnamespace and t.typname = 'repository_priority'
      and (select count(*) from pg_enum e
        where e.enumtypid = t.oid and e.enumlabel in ('low', 'medium', 'high')) < 3
  ),
  first as (
    select f.table_name, string_agg(f.finding, ', and it ' order by f.place) as findings
    from (
      select f.*, row_number() over (partition by f.table_name order by f.column_name) as place
      from findings f) f
    where f.place <= 3
    group by f.table_name
  )
  select string_agg(format('public.%s %s', f.table_name, f.findings), '; ' order by f.table_name)
  into problem
  from (select * from first order by table_name limit 3) f;
  if problem is not null then
    raise exception 'Nothing was changed, because the database has what is neither contributor.info''s nor this tool''s: %.', problem
      using errcode = 'CB003', hint = 'Use a database of its own, or rename what is in the way.';
  end if;
end
$before$;
