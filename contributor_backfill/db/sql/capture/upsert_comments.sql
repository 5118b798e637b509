-- The ids of stored pull requests by their numbers. Others may have stored a second row of a number: the
-- one that was captured has GitHub's id. Where none was, and there are two, nobody knows which it is.
create or replace function public.backfill_pull_request_ids_v1(p_repository_id uuid, p_numbers int[])
returns table (number int, id uuid)
language plpgsql stable
-- Others call it too, and a session keeps its plan: see backfill_commit_v1.
set enable_seqscan = off
as $$
begin
  return query
  select p.number, case when count(*) = 1 then (array_agg(p.id))[1] else (
    array_agg(p.id order by b.source_updated_at desc) filter (where b.pull_request_id is not null))[1] end
  from (select distinct unnest(p_numbers)) n (number)
  -- One look-up a number: for a list of them, a planner without statistics reads the whole repository.
  cross join lateral (
    select p.id, p.number from pull_requests p
    where p.repository_id = p_repository_id and p.number = n.number offset 0) p
  left join backfill_pull_requests b on b.pull_request_id = p.id
  group by p.number;
end
$$;

-- Store conversation comments by GitHub's id; returns what backfill_upsert_reviews_v2 does. What was read
-- before the stored state of its pull request changes nothing, and a null text, which is one that is not
-- kept, overwrites none.
create or replace function public.backfill_upsert_comments_v2(
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
  loose bigint[];
begin
  with incoming as materialized (
    select distinct on (n.github_id) n.github_id, n.author_github_id, n.created_at, n.updated_at,
      p.id as pull_request_id, author.id as commenter_id, x.body,
      t.id is null or (t.comment_type, t.pull_request_id, t.commenter_id, t.repository_id, t.body,
          t.created_at, t.updated_at)
        is distinct from ('issue_comment', p.id, coalesce(author.id, t.commenter_id),
          p_repository_id, x.body, n.created_at, n.updated_at) as differs
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, pull_request_github_id bigint, author_github_id bigint, body text,
      created_at timestamptz, updated_at timestamptz, source_updated_at timestamptz)
    left join pull_requests p on p.github_id = n.pull_request_github_id
    left join backfill_pull_requests b on b.pull_request_id = p.id
    left join contributors author on author.github_id = n.author_github_id
    left join comments t on t.github_id = n.github_id
    cross join lateral (
      select coalesce(nullif(n.body, ''), case when n.body is null then t.body end, least_body)
    ) x (body)
    where (b.source_updated_at > n.source_updated_at) is not true
    order by n.github_id
  ),
  made as (
    insert into comments as t (
      github_id, pull_request_id, commenter_id, repository_id, body, created_at, updated_at,
      comment_type)
    select n.github_id, n.pull_request_id, n.commenter_id, p_repository_id, n.body, n.created_at,
      n.updated_at, 'issue_comment'
    from incoming n where n.differs and n.pull_request_id is not null
    on conflict (github_id) do update
    set pull_request_id = excluded.pull_request_id,
      commenter_id = coalesce(excluded.commenter_id, t.commenter_id),
      repository_id = excluded.repository_id, body = excluded.body,
      created_at = excluded.created_at, updated_at = excluded.updated_at
    where t.comment_type = excluded.comment_type
    returning t.github_id, (t.xmax = 0) as is_new
  )
  select m.*, i.* into inserted, written, changed, nameless, loose
  from (
    select count(*) filter (where m.is_new), coalesce(array_agg(m.github_id), '{}') from made m) m,
    (select coalesce(array_agg(n.github_id) filter (where n.differs), '{}'),
      coalesce(array_agg(n.github_id) filter (
        where n.author_github_id is not null and n.commenter_id is null), '{}'),
      coalesce(array_agg(n.github_id) filter (where n.pull_request_id is null), '{}')
      from incoming n) i;
  -- Not every database refuses by itself a comment that hangs on nothing and is on no page.
  if loose <> '{}' then
    raise exception 'The pull request of comment % is not stored.', loose[1];
  end if;
end
$$;
