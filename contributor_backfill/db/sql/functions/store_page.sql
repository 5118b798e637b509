-- Store rows, parents before children, with what was learnt on the way. Every part may be left out:
-- {"contributors", "pull_requests", "reviews", "comments", "review_comments", "continuations",
-- "skipped", "lists", "numbers", "counts", "doubts"}.
-- Answers how many pull requests are new, how many rows were rejected, the numbers of the pull requests
-- in the order of the page, and how many lists came to their end.
create or replace function public.backfill_store_page_v1(
  p_repository_id uuid,
  p_page jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  kind text;
  outcome jsonb;
  inserted int := 0;
  rejected int := 0;
  touched uuid[];
  ended int;
begin
  foreach kind in array array[
    'contributors', 'pull_requests', 'reviews', 'comments', 'review_comments'
  ] loop
    continue when coalesce(jsonb_array_length(p_page -> kind), 0) = 0;
    outcome := backfill_store_rows_v1(p_repository_id, kind, p_page -> kind, p_now);
    rejected := rejected + (outcome ->> 'rejected')::int;
    if kind = 'pull_requests' then
      inserted := (outcome ->> 'inserted')::int;
    end if;
    perform backfill_note_shown_v1(kind, p_page -> kind);
  end loop;
  perform backfill_store_totals_v1(p_repository_id, p_page -> 'pull_requests', p_now);
  perform backfill_store_continuations_v2(p_repository_id, p_page -> 'continuations', p_now);
  rejected := rejected
    + backfill_store_labels_v2(p_repository_id, coalesce(p_page -> 'pull_requests', '[]'), p_now);
  ended := backfill_advance_lists_v1(p_repository_id, p_page -> 'lists', p_now);
  perform backfill_store_numbers_v1(p_repository_id, p_page, p_now);

  perform backfill_doubt_unlisted_v1(p_repository_id, p_page, p_now);
  touched := backfill_touched_pull_requests_v1(p_repository_id, p_page)
    || backfill_settle_doubts_v1(p_repository_id, p_page -> 'doubts', p_now);
  perform backfill_recount_lists_v1(touched);
  perform backfill_record_counts_v1(p_repository_id, p_page -> 'counts', p_now);
  perform backfill_queue_surplus_v1(p_repository_id, touched, p_now);
  if backfill_are_unequal_v1(touched) then
    perform backfill_note_due_v1(p_repository_id, array['lists']);
  end if;
  perform backfill_forget_unreadable_v1(p_repository_id, p_page);
  rejected := rejected
    + backfill_record_skipped_v1(p_repository_id, p_page -> 'skipped', p_now);
  if exists (select from backfill_renames) then
    perform backfill_follow_renames_v2(200);
  end if;
  return jsonb_build_object(
    'inserted', inserted,
    'rejected', rejected,
    'ended', ended,
    'numbers', (
      select coalesce(jsonb_agg(n.row -> 'number' order by n.place), '[]')
      from jsonb_array_elements(p_page -> 'pull_requests') with ordinality as n (row, place)));
end
$$;

-- The stored pull requests that a page says something about.
create or replace function public.backfill_touched_pull_requests_v1(
  p_repository_id uuid,
  p_page jsonb
) returns uuid[]
language plpgsql stable
set search_path = public, pg_temp
as $$
begin
  return (
  select coalesce(array_agg(distinct i.id), '{}') from (
    select (select p.id from pull_requests p where p.github_id = n.github_id) as id
    from jsonb_to_recordset(coalesce(p_page -> 'pull_requests', '[]')) as n (github_id bigint)
    union all
    select (select p.id from pull_requests p where p.github_id = n.pull_request_github_id)
    from jsonb_to_recordset(coalesce(p_page -> 'lists', '[]')) as n (pull_request_github_id bigint)
    union all
    select (select p.id from pull_requests p where p.github_id = n.github_id)
    from jsonb_to_recordset(coalesce(p_page -> 'counts', '[]')) as n (github_id bigint)
    union all
    select backfill_pull_request_id_v1(p_repository_id, n.number) from (
      select distinct (n.value ->> 'pull_request_number')::int as number
      from jsonb_array_elements(coalesce(p_page -> 'review_comments', '[]')) n) n
  ) i
  where i.id is not null);
end
$$;

-- Note what numbers stand for: {"number", "meaning": "issue" or "gone" or "wanted", "reason"}. A pull
-- request of the page is no longer wanted, unless something was left out again or GitHub would not
-- give it. The totals are stored before.
create or replace function public.backfill_store_numbers_v1(
  p_repository_id uuid,
  p_page jsonb,
  p_now timestamptz
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if exists (select from backfill_numbers b where b.repository_id = p_repository_id) then
    perform backfill_store_captured_numbers_v1(p_repository_id, p_page, p_now);
  end if;
  if coalesce(p_page -> 'numbers', '[]') = '[]' then
    return;
  end if;
  insert into backfill_numbers as b (repository_id, number, meaning, reason, noted_at)
  select p_repository_id, n.number, n.meaning, n.reason, p_now
  from jsonb_to_recordset(p_page -> 'numbers') as n (number int, meaning text, reason text)
  order by n.number
  on conflict (repository_id, number) do update
  set meaning = excluded.meaning, reason = excluded.reason, noted_at = excluded.noted_at,
    next_attempt_at = null
  where b.meaning <> excluded.meaning;

  -- One that is stored was missing in a list, or by its id, before it was asked for by its number, and
  -- no pull request becomes an issue. As lists of ids, because a planner without statistics walks whole
  -- tables for a join.
  perform backfill_note_pull_requests_gone_v1(
    array(
      select p.id from pull_requests p
      where p.repository_id = p_repository_id and p.number = any (array(
        select n.number from jsonb_to_recordset(p_page -> 'numbers') as n (number int, meaning text)
        where n.meaning in ('gone', 'issue')))),
    p_now);
end
$$;

-- Take the pull requests of a page off the record of numbers, as far as all of them was captured.
create or replace function public.backfill_store_captured_numbers_v1(
  p_repository_id uuid,
  p_page jsonb,
  p_now timestamptz
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  with captured as (
    delete from backfill_numbers b
    where b.repository_id = p_repository_id and b.number = any (array(
      select n.number
      from jsonb_to_recordset(coalesce(p_page -> 'pull_requests', '[]'))
        as n (number int, missing_fields jsonb)
      where jsonb_array_length(n.missing_fields) = 0))
    returning b.number, b.meaning, b.reason
  )
  -- The feed of review comments may have gone past those of a pull request that comes late.
  insert into backfill_continuations
    (pull_request_id, repository_id, connection, reason, created_at)
  select p.pull_request_id, p_repository_id, 'review_comments', c.reason, p_now
  from captured c
  join backfill_pull_requests p
    on p.repository_id = p_repository_id and p.number = c.number
  where c.meaning = 'wanted' and (p.all_comments_total = p.comments_total) is not true
  on conflict (pull_request_id, connection) do nothing;

  update backfill_numbers b
  set attempts = b.attempts + 1,
    next_attempt_at = p_now + least(
      interval '7 days', interval '1 hour' * power(2, least(b.attempts, 10)))
  where b.repository_id = p_repository_id and b.meaning = 'wanted' and b.number = any (array(
    select n.number
    from jsonb_to_recordset(coalesce(p_page -> 'pull_requests', '[]'))
      as n (number int, missing_fields jsonb)
    where jsonb_array_length(n.missing_fields) > 0
    union
    select s.number
    from jsonb_to_recordset(coalesce(p_page -> 'skipped', '[]')) as s (number int, kind text)
    where coalesce(s.kind, 'pull_requests') = 'pull_requests'));
end
$$;
