-- How much of each repository is stored, of each kind, what GitHub counts, and whether that is all of it.
-- "short" is how many pull requests are missing, or have a list that is not as GitHub counts it: what is
-- too much of one hides nothing that another lacks. "unlisted" is by how many GitHub's total of pull
-- requests differs from its own list, which reconcile read to its end: that many are not missing.
create or replace function public.backfill_completeness_v1(p_repository_ids uuid[])
returns table (repository_id uuid, completeness jsonb)
language sql stable
set enable_seqscan = off
set enable_mergejoin = off
as $$
  with
  stored as (
    select p.repository_id, count(distinct p.number) as pull_requests
    from pull_requests p
    where p.repository_id = any (p_repository_ids)
    group by p.repository_id
  ),
  gone as (
    select p.repository_id, array_agg(p.id) as ids
    from backfill_deletions d
    join pull_requests p on p.id = d.pull_request_id
    where d.kind = 'pull_requests' and p.repository_id = any (p_repository_ids)
    group by p.repository_id
  ),
  lists as (
    select b.repository_id, count(*) as known,
      sum(b.reviews_stored) as reviews,
      sum(coalesce(b.reviews_total, b.reviews_stored)) as reviews_total,
      count(*) filter (where b.reviews_stored is distinct from b.reviews_total) as reviews_short,
      sum(b.comments_stored) as comments,
      sum(coalesce(b.comments_total, b.comments_stored)) as comments_total,
      count(*) filter (where b.comments_stored is distinct from b.comments_total) as comments_short,
      sum(b.review_comments_stored) as review_comments,
      sum(coalesce(b.review_comments_total, b.review_comments_stored)) as review_comments_total,
      count(*) filter (where b.review_comments_stored is distinct from b.review_comments_total)
        as review_comments_short,
      count(*) filter (where b.missing_fields <> '{}') as cut
    from backfill_list_totals_v1(p_repository_ids) b
    group by b.repository_id
  ),
  wanted as (
    select n.repository_id, count(*) as many
    from backfill_numbers n
    where n.repository_id = any (p_repository_ids) and n.meaning in ('missing', 'wanted')
    group by n.repository_id
  ),
  counted as (
    select r.id, b.reconciled_at, s.status,
      coalesce(t.pull_requests, 0) - coalesce(cardinality(g.ids), 0) as pull_requests,
      coalesce(b.pull_requests_total, s.total_prs) as pull_requests_total,
      coalesce(b.unlisted, 0) as unlisted,
      (select f.synced_at from backfill_feeds f
        where f.repository_id = r.id and f.feed = 'pull_requests') as synced_at,
      (select f.synced_at from backfill_feeds f
        where f.repository_id = r.id and f.feed = 'review_comments') as comments_synced_at
    from repositories r
    left join backfill_repositories b on b.repository_id = r.id
    left join progressive_backfill_state s on s.repository_id = r.id
    left join stored t on t.repository_id = r.id
    left join gone g on g.repository_id = r.id
    where r.id = any (p_repository_ids)
  )
  select c.id, jsonb_build_object(
    'pull_requests', jsonb_build_object(
      'stored', c.pull_requests, 'total', coalesce(c.pull_requests_total, 0),
      'short', greatest(coalesce(w.many, 0),
        coalesce(c.pull_requests_total, 0) - c.pull_requests - c.unlisted,
        coalesce(l.cut, 0))),
    'reviews', jsonb_build_object(
      'stored', coalesce(l.reviews, 0), 'total', coalesce(l.reviews_total, 0),
      'short', coalesce(l.reviews_short, 0)),
    'comments', jsonb_build_object(
      'stored', coalesce(l.comments, 0), 'total', coalesce(l.comments_total, 0),
      'short', coalesce(l.comments_short, 0)),
    'review_comments', jsonb_build_object(
      'stored', coalesce(l.review_comments, 0), 'total', coalesce(l.review_comments_total, 0),
      'short', coalesce(l.review_comments_short, 0)),
    'reconciled_at', c.reconciled_at,
    'unlisted', case when c.pull_requests = c.pull_requests_total - c.unlisted then c.unlisted else 0 end,
    'is_complete', coalesce(
      c.pull_requests in (c.pull_requests_total, c.pull_requests_total - c.unlisted)
      and coalesce(l.known, 0) = c.pull_requests
      and coalesce(l.reviews_short + l.comments_short + l.review_comments_short + l.cut, 0) = 0
      and (c.status = 'completed' or (c.status is null and c.synced_at is not null))
      and c.comments_synced_at is not null
      and w.many is null
      and not exists (
        select from backfill_rejects j
        where j.repository_id = c.id and not (j.sqlstate = '22001' and not j.refused)), false))
  from counted c
  left join lists l on l.repository_id = c.id
  left join wanted w on w.repository_id = c.id
$$;
