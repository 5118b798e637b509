-- Which version brought the database to where it is, so that an older one keeps its hands off it.

alter table public.backfill_migrations
  add column if not exists package_version text,
  add column if not exists schema_version int;
comment on column public.backfill_migrations.schema_version is
  'Of the version that migrated last; it grows with every version that changes the database.';

alter table public.backfill_runs
  add column if not exists schema_version int;
comment on column public.backfill_runs.schema_version is
  'Of the version that the run is of. Null: of one that did not say.';

-- Versions before 0.2.0 do not look before they write. They record a step that is there already in one
-- way, and without saying which version they are: refused, all that they changed is taken back.
create or replace function public.backfill_guard_migrations_v1() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
declare
  known text;
begin
  select m.package_version into known from backfill_migrations m
  where m.name = new.name and m.checksum <> new.checksum and m.schema_version is not null;
  if found and coalesce(current_setting('backfill.schema_version', true), '') = '' then
    raise exception 'This database was migrated by contributor-backfill %, and this one is older.',
      known
      using errcode = 'CB010',
        hint = format('Nothing was changed. Install contributor-backfill %s or later.', known);
  end if;
  return new;
end
$$;
create or replace trigger backfill_guard_migrations
  before insert on public.backfill_migrations
  for each row execute function public.backfill_guard_migrations_v1();
