-- Store conversation comments by GitHub's id. Review comments share the column but not the sequence:
-- a number that is already a review comment's is refused rather than overwritten.
create or replace function public.backfill_upsert_comments_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns int
language plpgsql
set search_path = public, pg_temp
as $$
declare
  taken bigint;
  orphan bigint;
  written int;
begin
  -- One look-up a row, here and below: as a join, a planner that expects no such comment walks the
  -- whole table for it.
  select n.github_id into taken
  from jsonb_to_recordset(p_rows) as n (github_id bigint)
  where (select c.comment_type from comments c where c.github_id = n.github_id) <> 'issue_comment'
  limit 1;
  if found then
    raise exception 'Comment % is stored as a review comment already.', taken;
  end if;
  -- Not every database refuses it by itself: a comment that hangs on nothing is on no page.
  select n.github_id into orphan
  from jsonb_to_recordset(p_rows) as n (github_id bigint, pull_request_github_id bigint)
  where (select p.id from pull_requests p where p.github_id = n.pull_request_github_id) is null
  limit 1;
  if found then
    raise exception 'The pull request of comment % is not stored.', orphan;
  end if;

  insert into comments as t (
    github_id, pull_request_id, commenter_id, repository_id, body, created_at, updated_at,
    comment_type)
  select distinct on (n.github_id) n.github_id, p.id, author.id, p_repository_id, n.body,
    n.created_at, n.updated_at, 'issue_comment'
  from jsonb_to_recordset(p_rows) as n (
    github_id bigint, pull_request_github_id bigint, author_github_id bigint, body text,
    created_at timestamptz, updated_at timestamptz)
  left join pull_requests p on p.github_id = n.pull_request_github_id
  left join contributors author on author.github_id = n.author_github_id
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
