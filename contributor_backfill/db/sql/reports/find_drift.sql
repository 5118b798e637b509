-- Everything that is known to be missing, too much or at odds with itself in a repository: the kind it
-- concerns, the pull request, how many are stored and how many GitHub has.
create or replace function public.backfill_find_drift_v1(p_repository_id uuid)
returns table (
  kind text, pull_request_id uuid, number int, stored int, total int, reason text)
language sql stable
set enable_seqscan = off
set enable_mergejoin = off
as $$
  with alive as materialized (
    select * from backfill_list_totals_v1(array[p_repository_id])
  ), strangers as materialized (
    -- A second row bears the number of one that was captured.
    select p.id, p.number, p.github_id, p.number in (
      select o.number from backfill_pull_requests o
      where o.repository_id = p_repository_id) as is_second
    from pull_requests p
    where p.repository_id = p_repository_id
      and not exists (select from backfill_pull_requests b where b.pull_request_id = p.id)
  )
  select 'pull_requests', null::uuid, n.number, 0, 1, n.reason
  from backfill_numbers n
  where n.repository_id = p_repository_id and n.meaning in ('missing', 'wanted')
  union all
  -- Without a number: to capture that once more would not mend it.
  select 'pull_requests', p.id, null, 1, 0, format(
    'row %s has number %s with GitHub''s id %s, which GitHub gives to another: delete the row, or set'
      || ' its number and github_id right', p.id, p.number, p.github_id)
  from strangers p
  where p.is_second
  union all
  select 'pull_requests', p.id, p.number, 0, 1, 'it was stored by somebody else'
  from strangers p
  where not p.is_second
    and not exists (
      select from backfill_numbers n
      where n.repository_id = p_repository_id and n.number = p.number)
    and not exists (
      select from backfill_deletions d where d.pull_request_id = p.id and d.kind = 'pull_requests')
  union all
  select 'pull_requests', p.id, p.number, 1, 1, 'it is merged, and nobody knows when'
  from pull_requests p
  where p.repository_id = p_repository_id and p.merged and p.merged_at is null
  union all
  select 'pull_requests', a.pull_request_id, a.number, 1, 1,
    'its capture left out ' || array_to_string(a.missing_fields, ', ')
  from alive a
  where a.missing_fields <> '{}'
    and not exists (
      select from backfill_numbers n
      where n.repository_id = p_repository_id and n.number = a.number
        and n.meaning in ('missing', 'wanted'))
  union all
  select l.kind, a.pull_request_id, a.number, l.stored, l.total, 'GitHub counts others than are stored'
  from alive a
  cross join lateral (values
    ('reviews', a.reviews_stored, a.reviews_total),
    ('comments', a.comments_stored, a.comments_total),
    ('review_comments', a.review_comments_stored, a.review_comments_total)
  ) as l (kind, stored, total)
  where l.stored <> l.total
  union all
  select 'reviews', r.pull_request_id, a.number, 1, 1, 'a review has no reviewer'
  from alive a join reviews r on r.pull_request_id = a.pull_request_id
  where r.reviewer_id is null
  union all
  select 'review_comments', c.pull_request_id, a.number, 1, 1, 'a reply has no parent'
  from backfill_replies w
  join comments c on c.id = w.comment_id
  join alive a on a.pull_request_id = c.pull_request_id
  where w.repository_id = p_repository_id and not w.parent_is_gone
    and not exists (
      select from backfill_deletions d
      where d.pull_request_id = c.pull_request_id and d.kind = 'review_comments'
        and d.github_id = c.github_id)
  union all
  select 'pull_requests', null, null, 0, b.pull_requests_total, 'no backfill was begun'
  from backfill_repositories b
  where b.repository_id = p_repository_id and b.pull_requests_total > 0
    and not exists (
      select from progressive_backfill_state s
      where s.repository_id = b.repository_id and s.walk_started_at is not null)
    and not exists (
      select from backfill_feeds f
      where f.repository_id = b.repository_id and f.feed = 'pull_requests'
        and (f.synced_at is not null or f.watermark is not null))
$$;

-- What is known to be missing, for people: the first findings, the newest pull requests first, and how
-- many there are of each kind.
create or replace function public.backfill_read_drift_v1(
  p_repository_id uuid,
  p_limit int default 100
) returns jsonb
language sql stable
as $$
  with drift as (select * from backfill_find_drift_v1(p_repository_id))
  select jsonb_build_object(
    'ok', true,
    'completeness', (
      select c.completeness from backfill_completeness_v1(array[p_repository_id]) c),
    'findings', (
      select coalesce(jsonb_agg(to_jsonb(d) - 'pull_request_id'), '[]') from (
        select * from drift order by number desc nulls last, kind limit p_limit) d),
    'counts', (
      select coalesce(jsonb_object_agg(k.kind, k.many), '{}') from (
        select d.kind, count(*) as many from drift d group by d.kind) k))
$$;
