-- What the token may not see of a repository, and when GitHub last said so: {"contents: read": time}.
alter table public.backfill_repositories
  add column if not exists missing_permissions jsonb not null default '{}';
comment on column public.backfill_repositories.missing_permissions is
  'Permissions that the token lacked for single fields, which are null for it, with the time.';
