-- What an estimate needs to know of a repository by name: how long GitHub took for its pages and requests,
-- over the last hundred chunks and all of its review comments; what of its texts is kept. A repository
-- that is not tracked has nothing of it.
create or replace function public.backfill_read_pace_v1(p_full_name text) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'ok', true,
    'with_labels', backfill_found_schema_v1() ->> 'labels_type' is not null,
    'bodies', b.bodies,
    'diff_hunks', b.diff_hunks,
    'page_size', (
      select z.page_size from backfill_page_sizes z
      where z.repository_id = r.id and z.query = 'pull_requests_page'),
    'page_milliseconds', (
      select avg(recent.fetch_milliseconds) from (
        select c.fetch_milliseconds
        from backfill_chunks c
        join progressive_backfill_state s on s.id = c.backfill_state_id
        where s.repository_id = r.id and c.status = 'completed' and c.fetch_milliseconds > 0
        order by c.completed_at desc limit 100
      ) recent),
    'request_milliseconds', (
      select f.milliseconds::float / nullif(f.requests, 0) from backfill_feeds f
      where f.repository_id = r.id and f.feed = 'review_comments')
  )
  from (select lower(p_full_name) as full_name) named
  left join repositories r on lower(r.full_name) = named.full_name
  left join backfill_repositories b on b.repository_id = r.id
  limit 1
$$;
