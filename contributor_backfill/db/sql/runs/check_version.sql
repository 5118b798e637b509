-- Refuse a version of the tool that is older (CB010) or newer (CB011) than this database.
--
-- p_version  {"package", "schema", "steps": {name: checksum}}; null: a version that does not say
--
-- The number of the schema decides. Where it is the same, a step that the tool does not know is newer,
-- and of steps that differ those of the later package.
create or replace function public.backfill_check_version_v1(p_version jsonb default null)
returns jsonb
language plpgsql stable
as $$
declare
  package text;
  number int;
  unknown text;
  missing text;
  is_newer boolean;
begin
  select m.package_version, m.schema_version into package, number from backfill_migrations m
  where m.schema_version is not null order by m.schema_version desc limit 1;
  package := coalesce(package, 'of a version before 0.2.0');
  if p_version is null then
    raise exception 'This database was migrated by contributor-backfill %, and this one is older'
      ' than 0.2.0.', package
      using errcode = 'CB010',
        hint = format('Nothing was changed. Install contributor-backfill %s or later.', package);
  end if;
  select string_agg(m.name, ', ' order by m.name) into unknown from backfill_migrations m
  where not (p_version -> 'steps') ? m.name;
  select string_agg(s.key, ', ' order by s.key) into missing
  from jsonb_each_text(p_version -> 'steps') s
  where not exists (
    select from backfill_migrations m where m.name = s.key and m.checksum = s.value);
  is_newer := number > (p_version ->> 'schema')::int or unknown is not null
    or (number = (p_version ->> 'schema')::int and missing is not null
      and backfill_version_parts_v1(package) > backfill_version_parts_v1(p_version ->> 'package'));
  if is_newer then
    raise exception 'This database was migrated by contributor-backfill % (schema %), which is newer'
      ' than this one, % (schema %).', package,
      concat_ws('; it has ', coalesce(number::text, 'unknown'), unknown),
      p_version ->> 'package', p_version ->> 'schema'
      using errcode = 'CB010',
        hint = 'Nothing was changed. Install that version or a later one.';
  end if;
  if missing is not null or number is distinct from (p_version ->> 'schema')::int then
    raise exception 'It was migrated by contributor-backfill %, and this is %.', package,
      concat_ws('; it lacks ', p_version ->> 'package', missing)
      using errcode = 'CB011';
  end if;
  return jsonb_build_object('ok', true);
end
$$;

-- The numbers of a version, to be compared: 0.10.0 comes after 0.9.1.
create or replace function public.backfill_version_parts_v1(p_version text) returns int[]
language sql immutable
as $$
  select coalesce(
    string_to_array(substring(p_version from '^[0-9]{1,6}(?:\.[0-9]{1,6})*'), '.')::int[], '{}')
$$;

-- Refuse a claim of a run that began before the database was brought to another version: what it holds
-- was taken back then, and it must take nothing else.
create or replace function public.backfill_refuse_old_run_v1(p_holder text) returns void
language plpgsql stable
as $$
begin
  if exists (
    select from backfill_runs r
    where r.outcome = 'running' and r.holder = p_holder and r.schema_version is distinct from (
      select max(m.schema_version) from backfill_migrations m))
  then
    raise exception 'The database was brought to another version while this run was under way.'
      using errcode = 'CB010', hint = 'Nothing is lost: start it again with that version.';
  end if;
end
$$;
