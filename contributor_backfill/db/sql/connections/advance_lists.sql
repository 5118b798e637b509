-- Take down how far lists were read on: {"pull_request_github_id", "connection", "from_cursor",
-- "end_cursor", "finished", "gone", "error", "ids", "total"}. A list that another run has moved meanwhile is
-- left as that run put it. Returns how many lists came to their end.
create or replace function public.backfill_advance_lists_v1(
  p_repository_id uuid,
  p_lists jsonb,
  p_now timestamptz
) returns int
language plpgsql
as $$
declare
  list record;
  queued backfill_continuations;
  seen bigint[];
  ended int := 0;
  put_off text;
begin
  for list in
    select p.id as pull_request_id, p.github_id, n.connection, n.from_cursor, n.end_cursor,
      n.finished, n.gone, n.error, n.total,
      array(select jsonb_array_elements_text(n.ids)::bigint) as ids
    from jsonb_to_recordset(coalesce(p_lists, '[]')) as n (
      pull_request_github_id bigint, connection text, from_cursor text, end_cursor text,
      finished boolean, gone boolean, error text, ids jsonb, total int)
    join pull_requests p on p.github_id = n.pull_request_github_id
    order by p.id, n.connection
  loop
    select * into queued from backfill_continuations c
    where c.pull_request_id = list.pull_request_id and c.connection = list.connection
    for update;
    continue when not found or queued.cursor is distinct from list.from_cursor;
    put_off := null;
    seen := array(select distinct unnest(queued.seen_ids || list.ids));
    if list.gone then
      -- Asked for by its number it may still be there: only that settles it.
      perform backfill_want_number_v1(
        p_repository_id, list.pull_request_id, 'GitHub did not find it by its id', p_now);
      put_off := 'GitHub did not find its pull request';
    elsif list.error is not null then
      put_off := list.error;
    elsif not list.finished then
      update backfill_continuations c set cursor = list.end_cursor, seen_ids = seen
      where c.pull_request_id = list.pull_request_id and c.connection = list.connection;
    elsif cardinality(seen) <> list.total then
      -- It changed while it was read, or GitHub left something out.
      put_off := format('GitHub counts %s and gave %s', list.total, cardinality(seen));
    else
      perform backfill_settle_list_v1(list.pull_request_id, list.connection, seen, p_now);
      ended := ended + 1;
    end if;
    if put_off is not null then
      -- It is read from its beginning once more.
      update backfill_continuations c
      set cursor = null, seen_ids = '{}', attempts = c.attempts + 1, reason = put_off,
        next_attempt_at = p_now + least(interval '{policy.LONGEST_RETRY}',
          interval '{policy.FIRST_RETRY_OF_A_LIST}' * power(2, least(c.attempts, 12)))
      where c.pull_request_id = list.pull_request_id and c.connection = list.connection;
    end if;
  end loop;
  return ended;
end
$$;

-- Queue a stored pull request to be asked for by its number.
create or replace function public.backfill_want_number_v1(
  p_repository_id uuid,
  p_pull_request_id uuid,
  p_reason text,
  p_now timestamptz
) returns void
language sql
as $$
  insert into backfill_numbers as n
    (repository_id, number, meaning, reason, next_attempt_at, noted_at)
  select p_repository_id, p.number, 'wanted', p_reason, p_now, p_now
  from pull_requests p where p.id = p_pull_request_id
  on conflict (repository_id, number) do update
  set meaning = 'wanted', reason = excluded.reason
$$;

-- A list was read alone and to its end: what is stored beyond it may be deleted on GitHub.
create or replace function public.backfill_settle_list_v1(
  p_pull_request_id uuid,
  p_connection text,
  p_seen bigint[],
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  counted int := cardinality(p_seen);
  known backfill_pull_requests;
  unread text;
begin
  if p_connection = 'reviews' then
    perform backfill_doubt_v1(r.repository_id, r.pull_request_id, 'reviews', r.github_id, p_now)
    from reviews r where r.pull_request_id = p_pull_request_id and r.github_id <> all (p_seen);
  else
    perform backfill_doubt_v1(c.repository_id, c.pull_request_id, p_connection, c.github_id, p_now)
    from comments c
    where c.pull_request_id = p_pull_request_id and c.github_id <> all (p_seen)
      and (c.comment_type = 'review_comment') = (p_connection = 'review_comments');
  end if;
  update backfill_pull_requests b
  set reviews_total = case when p_connection = 'reviews' then counted else b.reviews_total end,
    reviews_read_at = case when p_connection = 'reviews' then p_now else b.reviews_read_at end,
    comments_total = case when p_connection = 'comments' then counted else b.comments_total end,
    comments_read_at = case when p_connection = 'comments' then p_now else b.comments_read_at end,
    review_comments_total = case
      when p_connection = 'review_comments' then counted else b.review_comments_total end,
    review_comments_read_at = case
      when p_connection = 'review_comments' then p_now else b.review_comments_read_at end
  where b.pull_request_id = p_pull_request_id;
  delete from backfill_continuations c
  where c.pull_request_id = p_pull_request_id and c.connection = p_connection;
  if p_connection = 'reviews' then
    return;
  end if;
  -- GitHub's total of all comments is not the sum of the two lists, of which one was just read to its end: then
  -- the other is to be read, before the lists of others. Where both were, the total misled, which is counted.
  select * into known from backfill_pull_requests b where b.pull_request_id = p_pull_request_id;
  if known.all_comments_total is null or backfill_totals_mislead_v1(known.repository_id)
    or known.all_comments_total = known.comments_total + known.review_comments_total
  then
    return;
  end if;
  unread := case
    when (known.comments_read_at >= known.captured_at) is not true then 'comments'
    when (known.review_comments_read_at >= known.captured_at) is not true then 'review_comments'
  end;
  if unread is null then
    update backfill_repositories b set misleading_totals = b.misleading_totals + 1
    where b.repository_id = known.repository_id;
    -- What was queued because of such totals, and was not begun, is dropped with the last one that counts.
    if backfill_totals_mislead_v1(known.repository_id) then
      delete from backfill_continuations c
      where c.repository_id = known.repository_id and c.cursor is null and c.seen_ids = '{}'
        and (c.reason = 'GitHub counts others in both lists together'
          or c.connection = 'review_comments' and c.reason = 'GitHub counts others than are stored');
    end if;
  else
    insert into backfill_continuations
      (pull_request_id, repository_id, connection, reason, created_at)
    values (p_pull_request_id, known.repository_id, unread,
      'GitHub counts others in both lists together', known.captured_at)
    on conflict (pull_request_id, connection) do nothing;
  end if;
end
$$;

-- Mark stored pull requests as deleted on GitHub, with all that was to be asked about them. As a list of
-- ids, because as a join, a planner without statistics reads whole tables for it.
create or replace function public.backfill_note_pull_requests_gone_v1(
  p_pull_request_ids uuid[],
  p_now timestamptz
) returns void
language plpgsql
as $$
begin
  insert into backfill_deletions (pull_request_id, kind, github_id, noticed_at)
  select p.id, 'pull_requests', p.github_id, p_now
  from pull_requests p where p.id = any (p_pull_request_ids)
  on conflict (pull_request_id, kind, github_id) do nothing;
  delete from backfill_doubts d where d.pull_request_id = any (p_pull_request_ids);
  delete from backfill_continuations c where c.pull_request_id = any (p_pull_request_ids);
end
$$;
