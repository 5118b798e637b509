-- Take down how far lists were read on: {"pull_request_github_id", "connection", "from_cursor",
-- "end_cursor", "finished", "gone", "error", "ids", "total"}. A list that another run has moved meanwhile is
-- left as that run put it. Answers how many lists came to their end.
create or replace function public.backfill_advance_lists_v1(
  p_repository_id uuid,
  p_lists jsonb,
  p_now timestamptz
) returns int
language plpgsql
set search_path = public, pg_temp
as $$
declare
  list record;
  queued backfill_continuations;
  seen bigint[];
  ended int := 0;
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
    seen := array(select distinct unnest(queued.seen_ids || list.ids));
    if list.gone then
      perform backfill_note_deletion_v1(list.pull_request_id, 'pull_requests', list.github_id, p_now);
      delete from backfill_continuations c where c.pull_request_id = list.pull_request_id;
    elsif list.error is not null then
      perform backfill_put_list_off_v1(list.pull_request_id, list.connection, list.error, p_now);
    elsif not list.finished then
      update backfill_continuations c set cursor = list.end_cursor, seen_ids = seen
      where c.pull_request_id = list.pull_request_id and c.connection = list.connection;
    elsif cardinality(seen) <> list.total then
      -- It changed while it was read, or GitHub left something out.
      perform backfill_put_list_off_v1(list.pull_request_id, list.connection,
        format('GitHub counts %s and gave %s', list.total, cardinality(seen)), p_now);
    else
      perform backfill_settle_list_v1(list.pull_request_id, list.connection, seen, p_now);
      ended := ended + 1;
    end if;
  end loop;
  return ended;
end
$$;

-- Read a list from its beginning once more, after a minute, twice as long each time, a day at most.
create or replace function public.backfill_put_list_off_v1(
  p_pull_request_id uuid,
  p_connection text,
  p_reason text,
  p_now timestamptz
) returns void
language sql
set search_path = public, pg_temp
as $$
  update backfill_continuations c
  set cursor = null, seen_ids = '{}', attempts = c.attempts + 1, reason = p_reason,
    next_attempt_at = p_now + least(
      interval '1 day', interval '1 minute' * power(2, least(c.attempts, 12)))
  where c.pull_request_id = p_pull_request_id and c.connection = p_connection
$$;

-- A list was read alone and to its end: what is stored beyond it is deleted on GitHub.
create or replace function public.backfill_settle_list_v1(
  p_pull_request_id uuid,
  p_connection text,
  p_seen bigint[],
  p_now timestamptz
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  counted int := cardinality(p_seen);
begin
  if p_connection = 'reviews' then
    perform backfill_note_deletion_v1(r.pull_request_id, 'reviews', r.github_id, p_now)
    from reviews r where r.pull_request_id = p_pull_request_id and r.github_id <> all (p_seen);
    update backfill_pull_requests b set reviews_total = counted, reviews_read_at = p_now
    where b.pull_request_id = p_pull_request_id;
  else
    perform backfill_note_deletion_v1(c.pull_request_id, p_connection, c.github_id, p_now)
    from comments c
    where c.pull_request_id = p_pull_request_id and c.github_id <> all (p_seen)
      and (c.comment_type = 'review_comment') = (p_connection = 'review_comments');
    if p_connection = 'comments' then
      update backfill_pull_requests b set comments_total = counted, comments_read_at = p_now
      where b.pull_request_id = p_pull_request_id;
    else
      perform backfill_note_misleading_total_v1(p_pull_request_id, counted);
      update backfill_pull_requests b
      set review_comments_total = counted, review_comments_read_at = p_now
      where b.pull_request_id = p_pull_request_id;
    end if;
  end if;
  delete from backfill_continuations c
  where c.pull_request_id = p_pull_request_id and c.connection = p_connection;
end
$$;

-- Count how often GitHub's total of all comments sent us to a list that held what was stored already.
create or replace function public.backfill_note_misleading_total_v1(
  p_pull_request_id uuid,
  p_counted int
) returns void
language sql
set search_path = public, pg_temp
as $$
  update backfill_repositories r
  set misleading_totals = r.misleading_totals + 1
  from backfill_pull_requests b
  where b.pull_request_id = p_pull_request_id and r.repository_id = b.repository_id
    and b.review_comments_total <> p_counted and b.review_comments_stored = p_counted
$$;

-- Mark a stored row as deleted on GitHub. The row stays.
create or replace function public.backfill_note_deletion_v1(
  p_pull_request_id uuid,
  p_kind text,
  p_github_id bigint,
  p_now timestamptz
) returns void
language sql
set search_path = public, pg_temp
as $$
  insert into backfill_deletions (pull_request_id, kind, github_id, noticed_at)
  values (p_pull_request_id, p_kind, p_github_id, p_now)
  on conflict (pull_request_id, kind, github_id) do nothing
$$;

-- What GitHub shows is not deleted, whatever was noted before.
create or replace function public.backfill_forget_deletions_v1(p_kind text, p_rows jsonb)
returns void
language sql
set search_path = public, pg_temp
as $$
  delete from backfill_deletions d
  using (
    select (n.value ->> 'github_id')::bigint as github_id
    from jsonb_array_elements(coalesce(p_rows, '[]')) n
  ) shown
  where d.kind = p_kind and d.github_id = shown.github_id
$$;
