-- The way out of a repository that was tracked: it is not served any more, and its data may go.

alter table public.backfill_repositories
  add column if not exists untracked_at timestamptz,
  add column if not exists deleting_at timestamptz,
  add column if not exists deleted_counts jsonb not null default '{}',
  add column if not exists former_names text[] not null default '{}';
comment on column public.backfill_repositories.untracked_at is
  'Since when nothing of the repository is served, because a person does not track it any more. What'
  ' was stored and how far it came stay as they are. Null: it is tracked.';
comment on column public.backfill_repositories.deleting_at is
  'Since when what was stored of it is being deleted, a piece at a time. Null: nobody asked for it.';
comment on column public.backfill_repositories.deleted_counts is
  'Rows that were deleted so far, by table; each piece adds its own.';
comment on column public.backfill_repositories.former_names is
  'Names that it had on GitHub before, in lower case.';

-- Postgres looks for the replies of each comment that goes: without an index it reads all comments.
do $$
begin
  if not exists (
    select from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = 'public.comments'::regclass and a.attname = 'in_reply_to_id'
  ) then
    create index backfill_comments_in_reply_to_idx on public.comments (in_reply_to_id)
      where in_reply_to_id is not null;
  end if;
end
$$;
