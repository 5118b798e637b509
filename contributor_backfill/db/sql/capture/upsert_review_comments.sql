-- Store review comments by GitHub's id; returns what backfill_upsert_reviews_v2 does. An older reading of a
-- comment changes nothing.
create or replace function public.backfill_upsert_review_comments_v2(
  p_repository_id uuid,
  p_rows jsonb,
  p_schema jsonb,
  out inserted int,
  out changed bigint[],
  out written bigint[],
  out nameless bigint[]
)
language plpgsql
as $$
declare
  least_body constant text := p_schema ->> 'least_body';
  needs_position constant boolean := (p_schema ->> 'needs_position')::boolean;
  loose bigint[];
  has_open_replies boolean;
begin
  with parents as materialized (
    select d.number, d.id from backfill_pull_request_ids_v1(p_repository_id, array(
      select (n.value ->> 'pull_request_number')::int from jsonb_array_elements(p_rows) n)) d
  ),
  incoming as materialized (
    select distinct on (n.github_id) n.github_id, n.author_github_id, n.created_at, n.updated_at,
      n.diff_hunk, n.path, n.commit_id, n.original_commit_id, author.id as commenter_id,
      p.id as pull_request_id, x.body, x.position, x.original_position,
      -- As a join, a planner without statistics reads all review comments for it.
      (select o.id from comments o
        where o.github_id = n.in_reply_to_github_id and o.comment_type = 'review_comment'
      ) as in_reply_to_id,
      n.in_reply_to_github_id is not null as is_reply, t.id is not null as is_stored,
      t.id is null or t.comment_type <> 'review_comment' or (t.updated_at <= n.updated_at
        and (t.pull_request_id, t.commenter_id, t.repository_id, t.body, t.created_at,
            t.updated_at, t.position, t.original_position, t.diff_hunk, t.path, t.commit_id,
            t.original_commit_id)
          is distinct from (p.id, coalesce(author.id, t.commenter_id), p_repository_id, x.body,
            n.created_at, n.updated_at, x.position, x.original_position,
            coalesce(n.diff_hunk, t.diff_hunk), n.path, n.commit_id, n.original_commit_id)
      ) as differs
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, pull_request_number int, author_github_id bigint, body text,
      created_at timestamptz, updated_at timestamptz, position int, original_position int,
      diff_hunk text, path text, commit_id text, original_commit_id text,
      in_reply_to_github_id bigint)
    left join parents p on p.number = n.pull_request_number
    left join contributors author on author.github_id = n.author_github_id
    left join comments t on t.github_id = n.github_id
    cross join lateral (
      select coalesce(nullif(n.body, ''), case when n.body is null then t.body end, least_body),
        case when needs_position then greatest(coalesce(n.position, n.original_position), 1)
          else n.position end,
        case when needs_position then nullif(greatest(n.original_position, 0), 0)
          else n.original_position end
    ) x (body, position, original_position)
    order by n.github_id, n.updated_at desc
  ),
  made as (
    insert into comments as t (
      github_id, pull_request_id, commenter_id, repository_id, body, created_at, updated_at,
      comment_type, position, original_position, diff_hunk, path, commit_id, original_commit_id,
      in_reply_to_id)
    select n.github_id, n.pull_request_id, n.commenter_id, p_repository_id, n.body, n.created_at,
      n.updated_at, 'review_comment', n.position, n.original_position, n.diff_hunk, n.path,
      n.commit_id, n.original_commit_id, n.in_reply_to_id
    from incoming n where n.differs and n.pull_request_id is not null
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
  select m.*, i.* into inserted, written, changed, nameless, loose,
    has_open_replies
  from (
    select count(*) filter (where m.is_new), coalesce(array_agg(m.github_id), '{}') from made m) m,
    (select coalesce(array_agg(n.github_id) filter (where n.differs), '{}'),
      coalesce(array_agg(n.github_id) filter (
        where n.author_github_id is not null and n.commenter_id is null), '{}'),
      coalesce(array_agg(n.github_id) filter (where n.pull_request_id is null), '{}'),
      bool_or(n.is_reply and (n.is_stored or n.in_reply_to_id is null))
      from incoming n) i;
  -- Not every database refuses by itself a comment that hangs on nothing and is on no page.
  if loose <> '{}' then
    raise exception 'The pull request of comment % is not stored.', loose[1];
  end if;
  -- A trigger may have taken away what was linked.
  if has_open_replies or exists (select from backfill_replies)
    or p_schema -> 'with_triggers' ? 'comments'
  then
    perform backfill_link_replies_v2(p_repository_id, p_rows);
  end if;
end
$$;

-- Link replies to the comments they answer, in whatever order the two arrive. Those whose parent was stored
-- before them are linked already; a reply that comes first waits in `backfill_replies`.
create or replace function public.backfill_link_replies_v2(p_repository_id uuid, p_rows jsonb)
returns void
language plpgsql
as $$
declare
  reply record;
begin
  for reply in
    select * from (
      select c.id, c.in_reply_to_id, n.github_id, n.in_reply_to_github_id as parent_github_id, (
        select o.id from comments o
        where o.github_id = n.in_reply_to_github_id and o.comment_type = 'review_comment'
        ) as parent_id
      from jsonb_to_recordset(p_rows) as n (github_id bigint, in_reply_to_github_id bigint)
      join comments c on c.github_id = n.github_id
      where n.in_reply_to_github_id is not null offset 0) r
    where r.parent_id is null or r.in_reply_to_id is distinct from r.parent_id
    order by r.github_id
  loop
    if reply.parent_id is not null then
      update comments c set in_reply_to_id = reply.parent_id where c.id = reply.id;
      continue when found;
      -- A trigger has swallowed it: it stays known as a reply without its parent.
    end if;
    insert into backfill_replies (comment_id, repository_id, parent_github_id)
    values (reply.id, p_repository_id, reply.parent_github_id)
    on conflict (comment_id) do nothing;
  end loop;

  for reply in
    select r.comment_id as id, c.id as parent_id
    from jsonb_to_recordset(p_rows) as n (github_id bigint)
    join backfill_replies r on r.parent_github_id = n.github_id
    join comments c on c.github_id = n.github_id and c.comment_type = 'review_comment'
    order by n.github_id
  loop
    update comments c set in_reply_to_id = reply.parent_id where c.id = reply.id;
    if found then
      delete from backfill_replies r where r.comment_id = reply.id;
    end if;
  end loop;
end
$$;
