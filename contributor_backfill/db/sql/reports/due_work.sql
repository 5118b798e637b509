-- What is due now, a row for each repository in the order in which it is served: pull requests left in
-- its backfill, with page size and pace, and the other sources that are due. For `plan`.
create or replace function public.backfill_due_work_v2(
  p_sources text[],
  p_connections text[],
  p_hours double precision default {policy.RHYTHM_HOURS},
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  with walks as (
    select s.repository_id, s.id as state_id, d.place,
      greatest(1, s.total_prs - coalesce(s.processed_prs, 0)) as pull_requests
    from backfill_due_sources_v2('{backfill}', '{}', null, {policy.RHYTHM_HOURS}, false, false, p_now) d
    join progressive_backfill_state s on s.repository_id = d.repository_id
  ), feeds as (
    select d.repository_id, min(d.place) as place, count(*) as steps
    from backfill_due_sources_v2(p_sources, p_connections, null, p_hours, false, false, p_now) d
    group by 1
  )
  select jsonb_build_object('ok', true, 'with_labels', backfill_found_schema_v1() ->> 'labels_type' is not null,
    'repositories', coalesce(jsonb_agg(to_jsonb(line) - 'place' order by
      line.walk_place nulls last, line.place), '[]'))
  from (
    select r.full_name, walks.place as walk_place, feeds.place,
      coalesce(walks.pull_requests, 0) as pull_requests,
      coalesce(feeds.steps, 0) as feeds,
      (select count(*) from backfill_continuations c
        where c.repository_id = r.id and feeds.steps > 0) as lists,
      (select z.page_size from backfill_page_sizes z
        where z.repository_id = r.id and z.query = 'pull_requests_page') as page_size,
      (select avg(recent.fetch_milliseconds) / 1000 from (
        select c.fetch_milliseconds from backfill_chunks c
        -- So that the index of all completed pages does not serve: it looks small without statistics.
        where c.backfill_state_id = walks.state_id and c.status || '' = 'completed'
          and c.fetch_milliseconds > 0
        -- By number: by age, it would read the newest of all backfills.
        order by c.chunk_number desc limit 20) recent) as page_seconds
    from walks full join feeds on feeds.repository_id = walks.repository_id
    join repositories r on r.id = coalesce(walks.repository_id, feeds.repository_id)
  ) line
$$;
