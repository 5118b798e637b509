-- Count anew what is stored of these pull requests, without what is deleted on GitHub, and without what
-- GitHub shows by its address alone: neither its list nor its count has it. Each table is read once for
-- each of them, by index.
create or replace function public.backfill_recount_lists_v1(p_pull_request_ids uuid[]) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  update backfill_pull_requests b
  set reviews_stored = n.reviews, comments_stored = n.comments,
    review_comments_stored = n.review_comments
  from (
    select i.id, (r.many - d.reviews - s.reviews)::int as reviews,
      (c.in_conversation - d.comments - s.comments)::int as comments,
      (c.in_diff - d.review_comments - s.review_comments)::int as review_comments
    from unnest(p_pull_request_ids) as i (id)
    cross join lateral (
      select count(*) as many from reviews r where r.pull_request_id = i.id) r
    cross join lateral (
      select count(*) filter (where c.comment_type = 'issue_comment') as in_conversation,
        count(*) filter (where c.comment_type = 'review_comment') as in_diff
      from comments c where c.pull_request_id = i.id) c
    cross join lateral (
      select count(*) filter (where d.kind = 'reviews') as reviews,
        count(*) filter (where d.kind = 'comments') as comments,
        count(*) filter (where d.kind = 'review_comments') as review_comments
      from backfill_deletions d
      where d.pull_request_id = i.id and case d.kind
        when 'reviews' then exists (select from reviews r where r.github_id = d.github_id)
        else exists (select from comments c where c.github_id = d.github_id) end) d
    cross join lateral (
      select count(*) filter (where s.kind = 'reviews') as reviews,
        count(*) filter (where s.kind = 'comments') as comments,
        count(*) filter (where s.kind = 'review_comments') as review_comments
      from backfill_doubts s where s.pull_request_id = i.id and s.state = 'shown') s
  ) n
  where b.pull_request_id = n.id
    and (b.reviews_stored, b.comments_stored, b.review_comments_stored)
      is distinct from (n.reviews, n.comments, n.review_comments);
end
$$;

-- The lists of a repository whose stored rows are not as many as GitHub counts, and that were not
-- read alone since GitHub counted. Review comments are judged once the list of the whole repository was
-- read past that count, and only where totals do not mislead.
create or replace function public.backfill_unequal_lists_v1(
  p_repository_id uuid,
  p_connections text[]
) returns table (pull_request_id uuid, connection text)
language sql stable
set search_path = public, pg_temp
-- Two columns that are equal nearly everywhere look to the planner as if they differed nearly everywhere.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
  select b.pull_request_id, 'reviews' from backfill_pull_requests b
  where b.repository_id = p_repository_id and 'reviews' = any (p_connections)
    and b.reviews_stored <> b.reviews_total
    and (b.reviews_stored <> b.reviews_total or b.comments_stored <> b.comments_total)
    and (b.reviews_read_at >= b.captured_at) is not true
  union all
  select b.pull_request_id, 'comments' from backfill_pull_requests b
  where b.repository_id = p_repository_id and 'comments' = any (p_connections)
    and b.comments_stored <> b.comments_total
    and (b.reviews_stored <> b.reviews_total or b.comments_stored <> b.comments_total)
    and (b.comments_read_at >= b.captured_at) is not true
  union all
  select b.pull_request_id, 'review_comments' from backfill_pull_requests b
  where b.repository_id = p_repository_id and 'review_comments' = any (p_connections)
    -- Known before the first row is read: of a repository that was never synced none is.
    and (select f.synced_at from backfill_feeds f
      where f.repository_id = p_repository_id and f.feed = 'review_comments') is not null
    and b.review_comments_stored <> b.review_comments_total
    and not backfill_totals_mislead_v1(p_repository_id)
    and (b.review_comments_read_at >= b.captured_at) is not true
    and b.captured_at <= (select f.synced_at from backfill_feeds f
      where f.repository_id = p_repository_id and f.feed = 'review_comments')
$$;

-- Whether one of these pull requests may have a list that is unequal, or lacks something.
create or replace function public.backfill_are_unequal_v1(p_pull_request_ids uuid[]) returns boolean
language sql stable
set search_path = public, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select exists (
    select from unnest(p_pull_request_ids) i (id)
    join backfill_pull_requests b on b.pull_request_id = i.id
    where b.missing_fields <> '{}' or b.reviews_stored <> b.reviews_total
      or b.comments_stored <> b.comments_total
      or (b.review_comments_stored <> b.review_comments_total and exists (
        select from backfill_feeds f
        where f.repository_id = b.repository_id and f.feed = 'review_comments'
          and f.synced_at >= b.captured_at)))
$$;
