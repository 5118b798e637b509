-- Refuse comments that cannot be stored as what they are. Conversation and review comments share a
-- column but not a sequence: a number that is already the other kind's is refused rather than
-- overwritten. Not every database refuses by itself a comment that hangs on nothing and is on no page.
create or replace function public.backfill_check_comments_v1(
  p_repository_id uuid,
  p_rows jsonb,
  p_type text
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  wrong bigint;
begin
  -- One look-up a row, here and below: as a join, a planner that expects no such comment walks the
  -- whole table for it.
  select n.github_id into wrong
  from jsonb_to_recordset(p_rows) as n (github_id bigint)
  where (select c.comment_type from comments c where c.github_id = n.github_id) <> p_type
  limit 1;
  if found then
    raise exception 'Comment % is stored as a % already.', wrong,
      case p_type when 'issue_comment' then 'review comment' else 'conversation comment' end;
  end if;
  select n.github_id into wrong
  from jsonb_to_recordset(p_rows) as n (
    github_id bigint, pull_request_github_id bigint, pull_request_number int)
  where case
    when n.pull_request_github_id is not null
    then (select p.id from pull_requests p where p.github_id = n.pull_request_github_id)
    else backfill_pull_request_id_v1(p_repository_id, n.pull_request_number)
  end is null
  limit 1;
  if found then
    raise exception 'The pull request of comment % is not stored.', wrong;
  end if;
end
$$;

-- The id of a stored pull request by its number.
create or replace function public.backfill_pull_request_id_v1(
  p_repository_id uuid,
  p_number int
) returns uuid
language sql stable
set search_path = public, pg_temp
as $$
  select p.id from pull_requests p
  where p.repository_id = p_repository_id and p.number = p_number
  order by p.github_id desc limit 1
$$;

-- The shortest text that this database takes for a comment: contributor.info's early migrations refuse
-- an empty one.
create or replace function public.backfill_least_body_v1() returns text
language sql stable
set search_path = public, pg_temp
as $$
  select case when exists (
    select from pg_constraint c
    where c.conrelid = 'comments'::regclass and c.contype = 'c'
      and pg_get_constraintdef(c.oid) like '%length(body) >= 1%') then '-' else '' end
$$;

-- A comment's text as it is to be stored. Null stands for a text that is not kept: it overwrites none.
create or replace function public.backfill_comment_body_v1(
  p_github_id bigint,
  p_body text,
  p_least text
) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(
    nullif(p_body, ''),
    case when p_body is null then (
      select c.body from comments c where c.github_id = p_github_id) end,
    p_least)
$$;

-- Store conversation comments by GitHub's id. What was read before the stored state of its pull request
-- changes nothing.
create or replace function public.backfill_upsert_comments_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns int
language plpgsql
set search_path = public, pg_temp
as $$
declare
  least_body text := backfill_least_body_v1();
  written int;
begin
  perform backfill_check_comments_v1(p_repository_id, p_rows, 'issue_comment');
  insert into comments as t (
    github_id, pull_request_id, commenter_id, repository_id, body, created_at, updated_at,
    comment_type)
  select distinct on (n.github_id) n.github_id, p.id, author.id, p_repository_id,
    backfill_comment_body_v1(n.github_id, n.body, least_body), n.created_at, n.updated_at,
    'issue_comment'
  from jsonb_to_recordset(p_rows) as n (
    github_id bigint, pull_request_github_id bigint, author_github_id bigint, body text,
    created_at timestamptz, updated_at timestamptz, source_updated_at timestamptz)
  left join pull_requests p on p.github_id = n.pull_request_github_id
  left join contributors author on author.github_id = n.author_github_id
  where ((
    select b.source_updated_at from backfill_pull_requests b where b.pull_request_id = p.id
  ) > n.source_updated_at) is not true
  order by n.github_id
  on conflict (github_id) do update
  set pull_request_id = excluded.pull_request_id,
    commenter_id = coalesce(excluded.commenter_id, t.commenter_id),
    repository_id = excluded.repository_id, body = excluded.body,
    created_at = excluded.created_at, updated_at = excluded.updated_at
  where (t.pull_request_id, t.commenter_id, t.repository_id, t.body, t.created_at, t.updated_at)
    is distinct from (excluded.pull_request_id, coalesce(excluded.commenter_id, t.commenter_id),
      excluded.repository_id, excluded.body, excluded.created_at, excluded.updated_at);
  get diagnostics written = row_count;
  return written;
end
$$;
