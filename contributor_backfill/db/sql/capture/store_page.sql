-- Store rows, parents before children, with what was learnt on the way. Every part may be left out:
-- {"contributors", "pull_requests", "reviews", "comments", "review_comments", "continuations",
-- "skipped", "lists", "numbers", "counts", "doubts"}.
-- Returns how many pull requests are new, how many rows were rejected, the numbers of the pull requests
-- in the order of the page, and how many lists came to their end.
create or replace function public.backfill_store_page_v1(
  p_repository_id uuid,
  p_page jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql
as $$
declare
  -- Looked up once for all kinds of rows.
  schema_ constant jsonb := backfill_found_schema_v1();
  kind text;
  shown_kind text;
  ids bigint[];
  outcome record;
  inserted int := 0;
  rejected int := 0;
  -- The stored pull requests of the page, and those whose rows may count otherwise now.
  shown uuid[] := '{}';
  touched uuid[] := '{}';
  ended int := 0;
  row_count int := 0;
begin
  -- One commit of a repository at a time: a backfill and a sync may store rows of one pull request at once,
  -- and neither would count those of the other.
  perform pg_advisory_xact_lock(hashtextextended('backfill_store_page ' || p_repository_id, 0));

  -- The rows, each kind after those that it refers to.
  foreach kind in array array[
    'contributors', 'pull_requests', 'reviews', 'comments', 'review_comments'
  ] loop
    continue when coalesce(jsonb_array_length(p_page -> kind), 0) = 0;
    outcome := backfill_store_rows_v2(p_repository_id, kind, p_page -> kind, schema_, p_now);
    rejected := rejected + outcome.rejected;
    if kind <> 'contributors' then
      row_count := row_count + jsonb_array_length(p_page -> kind);
    end if;
    if kind = 'pull_requests' then
      inserted := outcome.inserted;
    end if;
  end loop;

  -- What GitHub shows is neither deleted nor in doubt, whatever was noted before.
  if exists (select from backfill_deletions) or exists (select from backfill_doubts) then
    foreach kind in array array['pull_requests', 'reviews', 'comments', 'review_comments', 'counts'] loop
      continue when coalesce(jsonb_array_length(p_page -> kind), 0) = 0;
      -- As a list of ids, because for a join a planner without statistics reads whole tables.
      ids := array(select (n ->> 'github_id')::bigint from jsonb_array_elements(p_page -> kind) n);
      -- A count is of a pull request.
      shown_kind := replace(kind, 'counts', 'pull_requests');
      delete from backfill_deletions d where d.kind = shown_kind and d.github_id = any (ids);
      delete from backfill_doubts d where d.kind = shown_kind and d.github_id = any (ids);
    end loop;
  end if;

  -- What GitHub counts of the page's pull requests. Doubts come first: they go by what was stored before.
  if jsonb_array_length(p_page -> 'pull_requests') > 0 then
    -- Of what is new nothing was stored that the page could leave out.
    if inserted < jsonb_array_length(p_page -> 'pull_requests') then
      perform backfill_doubt_unlisted_v1(p_repository_id, p_page, p_now);
    end if;
    outcome := backfill_store_totals_v2(p_repository_id, p_page -> 'pull_requests', p_now);
    shown := outcome.shown;
    touched := outcome.not_counted;
    rejected := rejected + backfill_store_labels_v3(
      p_repository_id, p_page -> 'pull_requests', schema_ ->> 'labels_type', p_now);
  end if;

  -- The lists that did not fit their page are queued, with what the page held of each. Then those that were read
  -- on move; and numbers, of which a captured one may queue a list.
  if p_page ? 'continuations' then
    insert into backfill_continuations as t
      (pull_request_id, repository_id, connection, cursor, seen_ids, created_at)
    select distinct on (p.id, n.connection) p.id, p_repository_id, n.connection, n.cursor,
      array(select jsonb_array_elements_text(coalesce(n.seen_ids, '[]'))::bigint), p_now
    from jsonb_to_recordset(p_page -> 'continuations') as n (
      pull_request_github_id bigint, connection text, cursor text, seen_ids jsonb)
    join pull_requests p on p.github_id = n.pull_request_github_id
    order by p.id, n.connection
    on conflict (pull_request_id, connection) do update
    set cursor = excluded.cursor, seen_ids = excluded.seen_ids,
      repository_id = excluded.repository_id
    where (t.cursor, t.seen_ids) is distinct from (excluded.cursor, excluded.seen_ids);
  end if;
  if p_page ? 'lists' then
    ended := backfill_advance_lists_v1(p_repository_id, p_page -> 'lists', p_now);
  end if;
  perform backfill_store_numbers_v1(p_repository_id, p_page, p_now);

  -- How much is stored of pull requests whose rows came without them.
  if p_page ? 'review_comments' then
    touched := touched || array(
      select n.id from backfill_pull_request_ids_v1(p_repository_id, array(
        select (n.value ->> 'pull_request_number')::int
        from jsonb_array_elements(p_page -> 'review_comments') n)) n
      where n.id is not null);
  end if;
  if p_page ?| array['lists', 'counts'] then
    touched := touched || array(
      select p.id from pull_requests p
      where p.github_id = any (array(
        select (n.value ->> 'pull_request_github_id')::bigint
        from jsonb_array_elements(coalesce(p_page -> 'lists', '[]')) n
        union
        select (n.value ->> 'github_id')::bigint
        from jsonb_array_elements(coalesce(p_page -> 'counts', '[]')) n)));
  end if;
  if p_page ? 'doubts' then
    touched := touched || backfill_settle_doubts_v1(p_repository_id, p_page -> 'doubts', p_now);
  end if;
  if touched <> '{}' then
    update backfill_pull_requests b
    set reviews_stored = n.reviews, comments_stored = n.comments,
      review_comments_stored = n.review_comments
    from backfill_count_items_v1(touched) n
    where b.pull_request_id = n.pull_request_id
      and (b.reviews_stored, b.comments_stored, b.review_comments_stored)
        is distinct from (n.reviews, n.comments, n.review_comments);
  end if;

  -- Only now both counts are those of this page, GitHub's and ours, and can be held against each other.
  if p_page ? 'counts' then
    perform backfill_record_counts_v1(p_repository_id, p_page -> 'counts', p_now);
  end if;
  perform backfill_judge_counts_v1(p_repository_id, shown || touched, p_now);
  rejected := rejected + backfill_note_unreadable_v1(p_repository_id, p_page, p_now);
  if exists (select from backfill_renames) then
    perform backfill_follow_renames_v2(200);
  end if;
  return jsonb_build_object(
    'inserted', inserted,
    'rejected', rejected,
    'ended', ended,
    'row_count', row_count,
    'numbers', jsonb_path_query_array(p_page, '$.pull_requests[*].number'));
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
as $$
begin
  if exists (select from backfill_numbers b where b.repository_id = p_repository_id) then
    with captured as (
      delete from backfill_numbers b
      where b.repository_id = p_repository_id and b.number = any (array(
        select n.number
        from jsonb_to_recordset(coalesce(p_page -> 'pull_requests', '[]'))
          as n (number int, missing_fields jsonb)
        where jsonb_array_length(n.missing_fields) = 0))
      returning b.number, b.meaning, b.reason
    )
    -- The source of review comments may have gone past those of a pull request that comes late.
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
        interval '{policy.LONGEST_RETRY_OF_A_NUMBER}',
        interval '{policy.FIRST_RETRY_OF_A_NUMBER}' * power(2, least(b.attempts, 10)))
    where b.repository_id = p_repository_id and b.meaning = 'wanted' and b.number = any (array(
      select n.number
      from jsonb_to_recordset(coalesce(p_page -> 'pull_requests', '[]'))
        as n (number int, missing_fields jsonb)
      where jsonb_array_length(n.missing_fields) > 0
      union
      select s.number
      from jsonb_to_recordset(coalesce(p_page -> 'skipped', '[]')) as s (number int, kind text)
      where coalesce(s.kind, 'pull_requests') = 'pull_requests'));
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
  -- no pull request becomes an issue. As lists of ids, because a planner without statistics reads whole
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
