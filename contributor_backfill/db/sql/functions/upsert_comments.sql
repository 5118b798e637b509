-- Refuse comments whose pull request is not stored. Not every database refuses by itself a comment that
-- hangs on nothing and is on no page.
create or replace function public.backfill_check_comments_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  wrong bigint;
begin
  -- One look-up a row: as a join, a planner that expects no such comment walks the whole table for it.
  select n.github_id into wrong
  from (
    select min(n.github_id) as github_id, n.pull_request_github_id, n.pull_request_number
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, pull_request_github_id bigint, pull_request_number int)
    group by n.pull_request_github_id, n.pull_request_number) n
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

-- Refuse comments that were not written because their number is already the other kind's. Conversation
-- and review comments share a column but not a sequence: none overwrites one of the other kind.
create or replace function public.backfill_refuse_other_kind_v1(p_lost jsonb, p_type text) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  wrong bigint;
begin
  select n.value::bigint into wrong from jsonb_array_elements(p_lost) n
  where (select c.comment_type from comments c where c.github_id = n.value::bigint) <> p_type
  limit 1;
  if found then
    raise exception 'Comment % is stored as a % already.', wrong,
      case p_type when 'issue_comment' then 'review comment' else 'conversation comment' end;
  end if;
end
$$;

-- The id of a stored pull request by its number. Others may have stored a second row of the number: the
-- one that was captured has GitHub's id. Where none was, and there are two, nobody knows which it is.
create or replace function public.backfill_pull_request_id_v1(
  p_repository_id uuid,
  p_number int
) returns uuid
language plpgsql stable
set search_path = public, pg_temp
-- Others call it too, and a session keeps its plan: see backfill_commit_page_v1.
set enable_seqscan = off
as $$
begin
  return (
  select case when count(*) = 1 then (array_agg(p.id))[1] else (
    array_agg(p.id order by b.source_updated_at desc) filter (where b.pull_request_id is not null))[1] end
  from pull_requests p
  left join backfill_pull_requests b on b.pull_request_id = p.id
  where p.repository_id = p_repository_id and p.number = p_number);
end
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

-- Store conversation comments by GitHub's id. What was read before the stored state of its pull request
-- changes nothing, and a null text, which is one that is not kept, overwrites none.
create or replace function public.backfill_upsert_comments_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  least_body text := backfill_least_body_v1();
  outcome jsonb;
begin
  perform backfill_check_comments_v1(p_repository_id, p_rows);
  with incoming as (
    select distinct on (n.github_id) n.github_id, n.author_github_id, n.created_at, n.updated_at,
      p.id as pull_request_id, author.id as commenter_id,
      coalesce(nullif(n.body, ''),
        case when n.body is null then (
          select c.body from comments c where c.github_id = n.github_id) end,
        least_body) as body
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, pull_request_github_id bigint, author_github_id bigint, body text,
      created_at timestamptz, updated_at timestamptz, source_updated_at timestamptz)
    left join pull_requests p on p.github_id = n.pull_request_github_id
    left join contributors author on author.github_id = n.author_github_id
    where ((
      select b.source_updated_at from backfill_pull_requests b where b.pull_request_id = p.id
    ) > n.source_updated_at) is not true
    order by n.github_id
  ),
  changed as (
    select n.* from incoming n left join comments t on t.github_id = n.github_id
    where t.id is null
      or (t.comment_type, t.pull_request_id, t.commenter_id, t.repository_id, t.body, t.created_at,
          t.updated_at)
        is distinct from ('issue_comment', n.pull_request_id,
          coalesce(n.commenter_id, t.commenter_id), p_repository_id, n.body, n.created_at,
          n.updated_at)
  ),
  written as (
    insert into comments as t (
      github_id, pull_request_id, commenter_id, repository_id, body, created_at, updated_at,
      comment_type)
    select n.github_id, n.pull_request_id, n.commenter_id, p_repository_id, n.body, n.created_at,
      n.updated_at, 'issue_comment'
    from changed n
    order by n.github_id
    on conflict (github_id) do update
    set pull_request_id = excluded.pull_request_id,
      commenter_id = coalesce(excluded.commenter_id, t.commenter_id),
      repository_id = excluded.repository_id, body = excluded.body,
      created_at = excluded.created_at, updated_at = excluded.updated_at
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
  perform backfill_refuse_other_kind_v1(outcome -> 'lost', 'issue_comment');
  return outcome;
end
$$;
