-- A repository as a run needs to know it.
create or replace function public.backfill_describe_repository_v1(p_repository_id uuid) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'repository_id', r.id,
    'github_id', r.github_id,
    'node_id', b.node_id,
    'full_name', r.full_name,
    'priority', coalesce(b.priority, 'medium'),
    'total', coalesce(b.pull_requests_total, 0),
    'bodies', b.bodies,
    'diff_hunks', b.diff_hunks,
    'with_labels', backfill_found_schema_v1() ->> 'labels_type' is not null,
    'withheld', (
      select coalesce(jsonb_agg(f.key order by f.key), '[]') from jsonb_each(b.withheld_fields) f),
    'left_out', (
      select coalesce(jsonb_agg(f.key order by f.key), '[]') from jsonb_each(b.withheld_fields) f
      where (f.value ->> 'left_out')::boolean),
    'stored', backfill_count_stored_v1(r.id),
    'backfill', (
      select s.status from progressive_backfill_state s
      where s.repository_id = r.id and s.walk_started_at is not null)
  )
  from repositories r
  left join backfill_repositories b on b.repository_id = r.id
  where r.id = p_repository_id
$$;

-- One backfill as a claim and a dry run describe it: where it stands and what is known for its next page.
create or replace function public.backfill_describe_backfill_v1(p_state_id uuid) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'source', 'backfill',
    'repository', backfill_describe_repository_v1(s.repository_id)
      || jsonb_build_object('total', coalesce(b.pull_requests_total, s.total_prs)),
    'position', case when s.walk_started_at is not null then
      jsonb_build_object('started_at', s.walk_started_at, 'cursor', s.last_processed_cursor) end,
    'average_changed_files', (
      select avg(recent.changed_files) from (
        select p.changed_files from pull_requests p
        -- By number, which is as good as by age and has an index in every database.
        where p.repository_id = s.repository_id order by p.number desc limit 100
      ) recent),
    -- Null before the first page. A page that killed a run is asked for smaller.
    'page_size', to_jsonb(size) || jsonb_build_object('lost_runs', (
      select c.retry_count from backfill_chunks c
      where c.backfill_state_id = s.id and c.status in ('processing', 'pending')
      order by c.chunk_number desc limit 1))
  )
  from progressive_backfill_state s
  left join backfill_repositories b on b.repository_id = s.repository_id
  left join backfill_page_sizes size
    on size.repository_id = s.repository_id and size.query = 'pull_requests_page'
  where s.id = p_state_id
$$;

-- How many pull requests of a repository are stored: counted, or of a giant as it was counted last, or as its
-- commits have counted since.
create or replace function public.backfill_count_stored_v1(p_repository_id uuid) returns int
language plpgsql stable
set enable_seqscan = off
as $$
declare
  counted_at_once constant int := 10000;
  many int := (
    select count(*) from (
      select from pull_requests p where p.repository_id = p_repository_id limit counted_at_once) p);
begin
  if many < counted_at_once then
    return many;
  end if;
  return (
    select greatest(many, case when b.count_is_due is false then c.stored
      else coalesce(s.processed_prs, c.stored) end)
    from repositories r
    left join backfill_repositories b on b.repository_id = r.id
    left join progressive_backfill_state s on s.repository_id = r.id
    cross join lateral (select (b.completeness #>> '{pull_requests,stored}')::int as stored) c
    where r.id = p_repository_id);
end
$$;
