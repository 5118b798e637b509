-- How much is stored of these pull requests, without what is deleted on GitHub, and without what GitHub
-- shows by its address alone: neither its list nor its count has it. Each table is read once, by index.
create or replace function public.backfill_count_items_v1(p_pull_request_ids uuid[])
returns table (pull_request_id uuid, reviews int, comments int, review_comments int)
language plpgsql stable
as $$
begin
  return query
  select x.id, (sum(x.one) filter (where x.kind = 'reviews'))::int,
    (sum(x.one) filter (where x.kind = 'comments'))::int,
    (sum(x.one) filter (where x.kind = 'review_comments'))::int
  from (
    select i.id, k.kind, 0 as one
    from unnest(p_pull_request_ids) i (id)
    cross join unnest(array['reviews', 'comments', 'review_comments']) k (kind)
    union all
    select r.pull_request_id, 'reviews', 1 from reviews r
    where r.pull_request_id = any (p_pull_request_ids)
    union all
    select c.pull_request_id,
      case c.comment_type when 'issue_comment' then 'comments' else c.comment_type || 's' end, 1
    from comments c where c.pull_request_id = any (p_pull_request_ids)
    union all
    select d.pull_request_id, d.kind, -1 from backfill_deletions d
    -- Not with `exists`, for which the planner may read a table whole.
    where d.pull_request_id = any (p_pull_request_ids) and case d.kind
      when 'reviews' then (select r.id from reviews r where r.github_id = d.github_id) is not null
      else (select c.id from comments c where c.github_id = d.github_id) is not null end
    union all
    select s.pull_request_id, s.kind, -1 from backfill_doubts s
    where s.pull_request_id = any (p_pull_request_ids) and s.state = 'shown'
  ) x
  group by x.id
  -- Who writes them locks them in one order.
  order by x.id;
end
$$;

-- The lists of a repository whose stored rows are not as many as GitHub counts, and that were not
-- read alone since GitHub counted. Review comments are judged once the list of the whole repository was
-- read past that count. Where their count `misleads`, that list says how many there are.
create or replace function public.backfill_unequal_lists_v2(
  p_repository_id uuid,
  p_connections text[]
) returns table (pull_request_id uuid, connection text, misleads boolean)
language sql stable
-- Two columns that are equal nearly everywhere look to the planner as if they differed nearly everywhere.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
  -- The condition with `or` follows from the one before it, and is that of a partial index.
  select b.pull_request_id, 'reviews', false from backfill_pull_requests b
  where b.repository_id = p_repository_id and 'reviews' = any (p_connections)
    and b.reviews_stored <> b.reviews_total
    and (b.reviews_stored <> b.reviews_total or b.comments_stored <> b.comments_total)
    and (b.reviews_read_at >= b.captured_at) is not true
  union all
  select b.pull_request_id, 'comments', false from backfill_pull_requests b
  where b.repository_id = p_repository_id and 'comments' = any (p_connections)
    and b.comments_stored <> b.comments_total
    and (b.reviews_stored <> b.reviews_total or b.comments_stored <> b.comments_total)
    and (b.comments_read_at >= b.captured_at) is not true
  union all
  select b.pull_request_id, 'review_comments', (select backfill_totals_mislead_v1(p_repository_id))
  from backfill_pull_requests b
  where b.repository_id = p_repository_id and 'review_comments' = any (p_connections)
    -- Known before the first row is read: of a repository that was never synced none is.
    and (select f.synced_at from backfill_feeds f
      where f.repository_id = p_repository_id and f.feed = 'review_comments') is not null
    and b.review_comments_stored <> b.review_comments_total
    and (b.review_comments_read_at >= b.captured_at) is not true
    and b.captured_at <= (select f.synced_at from backfill_feeds f
      where f.repository_id = p_repository_id and f.feed = 'review_comments')
$$;

-- Queue the lists of these pull requests that hold more here than on GitHub: something was deleted there,
-- or the page was told less than there is. Only the list, read alone, can tell. Where anything differs from
-- GitHub's counts, or is missing, lists are due.
create or replace function public.backfill_judge_counts_v1(
  p_repository_id uuid,
  p_pull_request_ids uuid[],
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  has_surplus boolean;
  is_unequal boolean;
begin
  select bool_or(b.reviews_stored > b.reviews_total or b.comments_stored > b.comments_total),
    bool_or(b.missing_fields <> '{}' or b.reviews_stored <> b.reviews_total
      or b.comments_stored <> b.comments_total
      -- Review comments are judged once the list of the whole repository was read past the count.
      or (b.review_comments_stored <> b.review_comments_total and b.captured_at <= (
        select f.synced_at from backfill_feeds f
        where f.repository_id = p_repository_id and f.feed = 'review_comments')))
  into has_surplus, is_unequal
  from backfill_pull_requests b where b.pull_request_id = any (p_pull_request_ids);
  if has_surplus then
    insert into backfill_continuations
      (pull_request_id, repository_id, connection, reason, created_at)
    select b.pull_request_id, p_repository_id, n.connection,
      'more is stored than GitHub counts', p_now
    from unnest(p_pull_request_ids) as i (id)
    join backfill_pull_requests b on b.pull_request_id = i.id
    cross join lateral (values
      ('reviews', b.reviews_stored, b.reviews_total),
      ('comments', b.comments_stored, b.comments_total)
    ) as n (connection, stored, total)
    where n.stored > n.total
      -- What is in doubt is asked for by its address, which says more than the list once more.
      and not exists (
        select from backfill_doubts d
        where d.pull_request_id = b.pull_request_id and d.kind = n.connection and d.state = 'open')
    order by b.pull_request_id, n.connection
    on conflict (pull_request_id, connection) do nothing;
  end if;
  if is_unequal then
    perform backfill_note_due_v2(p_repository_id, array['lists']);
  end if;
end
$$;
