-- Store inline review comments by GitHub's id. An older reading of a comment changes nothing.
create or replace function public.backfill_upsert_review_comments_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns int
language plpgsql
set search_path = public, pg_temp
as $$
declare
  least_body text := backfill_least_body_v1();
  needs_position boolean := backfill_position_is_required_v1();
  written int;
begin
  perform backfill_check_comments_v1(p_repository_id, p_rows, 'review_comment');
  insert into comments as t (
    github_id, pull_request_id, commenter_id, repository_id, body, created_at, updated_at,
    comment_type, position, original_position, diff_hunk, path, commit_id, original_commit_id)
  select distinct on (n.github_id) n.github_id,
    backfill_pull_request_id_v1(p_repository_id, n.pull_request_number), author.id,
    p_repository_id, backfill_comment_body_v1(n.github_id, n.body, least_body), n.created_at,
    n.updated_at, 'review_comment',
    case when needs_position then greatest(coalesce(n.position, n.original_position), 1)
      else n.position end,
    case when needs_position then nullif(greatest(n.original_position, 0), 0)
      else n.original_position end,
    n.diff_hunk, n.path, n.commit_id, n.original_commit_id
  from jsonb_to_recordset(p_rows) as n (
    github_id bigint, pull_request_number int, author_github_id bigint, body text,
    created_at timestamptz, updated_at timestamptz, position int, original_position int,
    diff_hunk text, path text, commit_id text, original_commit_id text)
  left join contributors author on author.github_id = n.author_github_id
  order by n.github_id, n.updated_at desc
  on conflict (github_id) do update
  set pull_request_id = excluded.pull_request_id,
    commenter_id = coalesce(excluded.commenter_id, t.commenter_id),
    repository_id = excluded.repository_id, body = excluded.body,
    created_at = excluded.created_at, updated_at = excluded.updated_at,
    position = excluded.position, original_position = excluded.original_position,
    diff_hunk = coalesce(excluded.diff_hunk, t.diff_hunk), path = excluded.path,
    commit_id = excluded.commit_id, original_commit_id = excluded.original_commit_id
  where t.updated_at <= excluded.updated_at
    and (t.pull_request_id, t.commenter_id, t.repository_id, t.body, t.created_at, t.updated_at,
        t.position, t.original_position, t.diff_hunk, t.path, t.commit_id, t.original_commit_id)
      is distinct from (excluded.pull_request_id, coalesce(excluded.commenter_id, t.commenter_id),
        excluded.repository_id, excluded.body, excluded.created_at, excluded.updated_at,
        excluded.position, excluded.original_position,
        coalesce(excluded.diff_hunk, t.diff_hunk), excluded.path, excluded.commit_id,
        excluded.original_commit_id);
  get diagnostics written = row_count;
  perform backfill_link_replies_v1(p_repository_id, p_rows);
  return written;
end
$$;

-- Whether this database refuses a review comment without a position, which is what GitHub sends for an
-- outdated line (contributor.info's early migrations do). The original position then stands in.
create or replace function public.backfill_position_is_required_v1() returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select exists (
    select from pg_constraint c
    where c.conrelid = 'comments'::regclass and c.contype = 'c'
      and pg_get_constraintdef(c.oid) ilike '%"position" is not null%')
$$;

-- Link replies to the comments they answer, in whatever order the two arrive. A reply that comes first
-- waits in `backfill_replies`.
create or replace function public.backfill_link_replies_v1(p_repository_id uuid, p_rows jsonb)
returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  reply record;
  child record;
begin
  for reply in
    select c.id, c.in_reply_to_id, n.in_reply_to_github_id as parent_github_id, (
      select o.id from comments o
      where o.github_id = n.in_reply_to_github_id and o.comment_type = 'review_comment'
    ) as parent_id
    from jsonb_to_recordset(p_rows) as n (github_id bigint, in_reply_to_github_id bigint)
    join comments c on c.github_id = n.github_id
    where n.in_reply_to_github_id is not null
    order by n.github_id
  loop
    if reply.parent_id is null then
      insert into backfill_replies (comment_id, repository_id, parent_github_id)
      values (reply.id, p_repository_id, reply.parent_github_id)
      on conflict (comment_id) do nothing;
    elsif reply.in_reply_to_id is distinct from reply.parent_id then
      update comments c set in_reply_to_id = reply.parent_id where c.id = reply.id;
    end if;
  end loop;

  for child in
    select r.comment_id, c.id as parent_id
    from jsonb_to_recordset(p_rows) as n (github_id bigint)
    join backfill_replies r on r.parent_github_id = n.github_id
    join comments c on c.github_id = n.github_id and c.comment_type = 'review_comment'
    order by n.github_id
  loop
    update comments c set in_reply_to_id = child.parent_id where c.id = child.comment_id;
    delete from backfill_replies r where r.comment_id = child.comment_id;
  end loop;
end
$$;
