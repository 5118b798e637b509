-- Which fields of a repository's pull requests the token may not see, and whether they are left out of
-- queries: {"commits": {"permission": "contents: read", "at": time, "left_out": true}}.
alter table public.backfill_repositories
  add column if not exists withheld_fields jsonb not null default '{}';
comment on column public.backfill_repositories.withheld_fields is
  'Fields that the token could not see when they were last asked for, with the permission that it lacks.';

-- Noted before by permission alone, they could not be forgotten. The next page notes what is still lacking.
update public.backfill_repositories
set missing_permissions = '{}' where withheld_fields = '{}' and missing_permissions <> '{}';
