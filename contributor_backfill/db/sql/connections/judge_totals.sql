-- GitHub's total of all comments of a pull request (`totalCommentsCount`) is a hint and no more: nobody
-- documents whether it counts reviews that have a body. While it is taken for the comments of
-- conversation and diff together, what contradicts that is read; after the first few that misled, or once
-- what is stored shows what else it counts, nothing is read because of it.

-- Whether a repository's totals of all comments say nothing about its review comments.
create or replace function public.backfill_totals_mislead_v1(p_repository_id uuid) returns boolean
language sql stable
as $$
  select coalesce((
    select b.misleading_totals >= 3 from backfill_repositories b
    where b.repository_id = p_repository_id), false)
$$;

-- How many stored reviews of a pull request have a body.
create or replace function public.backfill_reviews_with_body_v1(p_pull_request_id uuid) returns int
language sql stable
as $$
  select count(*)::int from reviews r
  where r.pull_request_id = p_pull_request_id and r.body <> ''
$$;

-- Find out by what is stored whether the totals count reviews that have a body, before any list is read
-- because of them. They do where they contradict the list of the whole repository by just as many, and
-- agree with it for no pull request that has such a review.
create or replace function public.backfill_judge_totals_v1(p_repository_id uuid) returns void
language plpgsql
as $$
declare
  explained int;
  unexplained int;
begin
  if backfill_totals_mislead_v1(p_repository_id) then
    return;
  end if;
  select count(*) filter (where d.surplus = backfill_reviews_with_body_v1(d.pull_request_id)),
    count(*) filter (where d.surplus <> backfill_reviews_with_body_v1(d.pull_request_id))
  into explained, unexplained
  from (
    select b.pull_request_id, b.review_comments_total - b.review_comments_stored as surplus
    from backfill_unequal_lists_v2(p_repository_id, '{review_comments}') l
    join backfill_pull_requests b on b.pull_request_id = l.pull_request_id
    order by b.number desc limit 50
  ) d;
  if explained > 10 * unexplained and not exists (
    select from (
      select b.pull_request_id from backfill_pull_requests b
      where b.repository_id = p_repository_id and b.reviews_stored > 0
        and b.all_comments_total = b.comments_total + b.review_comments_stored
      order by b.number desc limit 200
    ) agreeing
    where backfill_reviews_with_body_v1(agreeing.pull_request_id) > 0)
  then
    update backfill_repositories b set misleading_totals = 3
    where b.repository_id = p_repository_id and b.misleading_totals < 3;
  end if;
end
$$;

-- The stored counts of every pull request that is not deleted, and what they ought to be. The total of
-- review comments is that of the list itself where it was read to its end after the capture: alone, or
-- as part of the whole repository's. Until then it goes by the total of all comments, and is null where
-- that says nothing.
create or replace function public.backfill_list_totals_v1(p_repository_ids uuid[])
returns table (
  repository_id uuid, pull_request_id uuid, number int, reviews_stored int, reviews_total int,
  comments_stored int, comments_total int, review_comments_stored int, review_comments_total int,
  missing_fields text[])
language sql stable
-- By the repository: a planner without statistics would read the pull requests of all.
set enable_seqscan = off
set enable_mergejoin = off
as $$
  select b.repository_id, b.pull_request_id, b.number, b.reviews_stored, b.reviews_total,
    b.comments_stored, b.comments_total, b.review_comments_stored,
    case
      when not m.mislead and b.review_comments_total is not null then b.review_comments_total
      when b.review_comments_read_at >= b.captured_at then
        -- The list of the whole repository may have brought more since.
        case when f.synced_at > b.review_comments_read_at
          then greatest(b.review_comments_total, b.review_comments_stored)
          else b.review_comments_total end
      when f.synced_at >= b.captured_at then b.review_comments_stored
      -- Nothing but the conversation is counted, whatever else would be.
      when b.all_comments_total = b.comments_total then 0
    end,
    b.missing_fields
  from unnest(p_repository_ids) as i (id)
  cross join lateral (select backfill_totals_mislead_v1(i.id) as mislead offset 0) m
  join backfill_pull_requests b on b.repository_id = i.id
  left join backfill_feeds f on f.repository_id = i.id and f.feed = 'review_comments'
  where not exists (
    select from backfill_deletions d
    where d.pull_request_id = b.pull_request_id and d.kind = 'pull_requests')
$$;
