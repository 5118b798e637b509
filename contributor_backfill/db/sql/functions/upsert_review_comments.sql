-- Store inline review comments by GitHub's id. An older reading of a comment changes nothing.
create or replace function public.backfill_upsert_review_comments_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  least_body text := backfill_least_body_v1();
  needs_position boolean := backfill_position_is_required_v1();
  outcome jsonb;
begin
  perform backfill_check_comments_v1(p_repository_id, p_rows);
  with parents as materialized (
    select d.number, backfill_pull_request_id_v1(p_repository_id, d.number) as id
    from (
      select distinct n.pull_request_number as number
      from jsonb_to_recordset(p_rows) as n (pull_request_number int)) d
  ),
  incoming as (
    select distinct on (n.github_id) n.github_id, n.author_github_id, author.id as commenter_id,
      (select p.id from parents p where p.number = n.pull_request_number) as pull_request_id,
      coalesce(nullif(n.body, ''),
        case when n.body is null then (
          select c.body from comments c where c.github_id = n.github_id) end,
        least_body) as body, n.created_at,
      n.updated_at,
      case when needs_position then greatest(coalesce(n.position, n.original_position), 1)
        else n.position end as position,
      case when needs_position then nullif(greatest(n.original_position, 0), 0)
        else n.original_position end as original_position,
      n.diff_hunk, n.path, n.commit_id, n.original_commit_id
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, pull_request_number int, author_github_id bigint, body text,
      created_at timestamptz, updated_at timestamptz, position int, original_position int,
      diff_hunk text, path text, commit_id text, original_commit_id text)
    left join contributors author on author.github_id = n.author_github_id
    order by n.github_id, n.updated_at desc
  ),
  changed as (
    select n.* from incoming n left join comments t on t.github_id = n.github_id
    where t.id is null or t.comment_type <> 'review_comment' or (t.updated_at <= n.updated_at
      and (t.pull_request_id, t.commenter_id, t.repository_id, t.body, t.created_at, t.updated_at,
          t.position, t.original_position, t.diff_hunk, t.path, t.commit_id, t.original_commit_id)
        is distinct from (n.pull_request_id, coalesce(n.commenter_id, t.commenter_id),
          p_repository_id, n.body, n.created_at, n.updated_at, n.position, n.original_position,
          coalesce(n.diff_hunk, t.diff_hunk), n.path, n.commit_id, n.original_commit_id))
  ),
  written as (
    insert into comments as t (
      github_id, pull_request_id, commenter_id, repository_id, body, created_at, updated_at,
      comment_type, position, original_position, diff_hunk, path, commit_id, original_commit_id)
    select n.github_id, n.pull_request_id, n.commenter_id, p_repository_id, n.body, n.created_at,
      n.updated_at, 'review_comment', n.position, n.original_position, n.diff_hunk, n.path,
      n.commit_id, n.original_commit_id
    from changed n
    order by n.github_id
    on conflict (github_id) do update
    set pull_request_id = excluded.pull_request_id,
      commenter_id = coalesce(excluded.commenter_id, t.commenter_id),
      repository_id = excluded.repository_id, body = excluded.body,
      created_at = excluded.created_at, updated_at = excluded.updated_at,
      position = excluded.position, original_position = excluded.original_position,
      diff_hunk = coalesce(excluded.diff_hunk, t.diff_hunk), path = excluded.path,
      commit_id = excluded.commit_id, original_commit_id = excluded.original_commit_id
    where t.comment_type = excluded.comment_type
    returning t.github_id, (t.xmax = 0) as is_new
  )
  select backfill_written_v1(
    array(select c.github_id from changed c), array(select w.github_id from written w),
    (select count(*) from written w where w.is_new),
    array(
      select n.github_id from incoming n
      where n.author_github_id is not null and n.commenter_id is null))
  into outcome;
  perform backfill_refuse_other_kind_v1(outcome -> 'lost', 'review_comment');
  perform backfill_link_replies_v1(p_repository_id, p_rows);
  return outcome;
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
      if not found then
        -- A trigger has swallowed it: it stays known as a reply without its parent.
        insert into backfill_replies (comment_id, repository_id, parent_github_id)
        values (reply.id, p_repository_id, reply.parent_github_id)
        on conflict (comment_id) do nothing;
      end if;
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
    if found then
      delete from backfill_replies r where r.comment_id = child.comment_id;
    end if;
  end loop;
end
$$;
