-- Keep a row that could not be stored as GitHub gave it, with the reason.
create or replace function public.backfill_record_reject_v1(
  p_repository_id uuid,
  p_kind text,
  p_row jsonb,
  p_sqlstate text,
  p_message text,
  p_now timestamptz
) returns void
language sql
as $$
  insert into backfill_rejects as j
    (repository_id, kind, github_id, number, sqlstate, message, source, refused, first_seen_at,
      last_seen_at)
  values (
    p_repository_id, p_kind, (p_row ->> 'github_id')::bigint,
    coalesce(p_row ->> 'number', p_row ->> 'pull_request_number')::int,
    -- The server gives 22001 too: then the row is not stored.
    p_sqlstate, p_message, p_row, p_sqlstate <> '22001' or p_message not like 'Clipped:%', p_now,
    p_now)
  on conflict (repository_id, kind, github_id) do update
  set sqlstate = excluded.sqlstate, message = excluded.message, source = excluded.source,
    refused = excluded.refused, last_seen_at = excluded.last_seen_at
  where (j.sqlstate, j.message, j.source, j.refused)
    is distinct from (excluded.sqlstate, excluded.message, excluded.source, excluded.refused)
$$;

-- Record the pull requests that GitHub would not give, even alone, and the items that came without what
-- is needed to store them: "skipped" of the page, {"github_id", "number", "cursor", "message", "kind"}. Those
-- without an id are taken off the record once their pull request or their list was read whole and showed nothing
-- of the kind any more. Returns how many were skipped.
create or replace function public.backfill_note_unreadable_v1(
  p_repository_id uuid,
  p_page jsonb,
  p_now timestamptz
) returns int
language plpgsql
as $$
declare
  skipped constant jsonb := coalesce(p_page -> 'skipped', '[]');
begin
  if exists (
    select from backfill_rejects j
    where j.repository_id = p_repository_id and j.github_id is null
      and j.kind in ('pull_requests', 'reviews', 'comments', 'review_comments'))
  then
    with whole (kind, number) as (
      select k.kind, n.number
      from jsonb_to_recordset(coalesce(p_page -> 'pull_requests', '[]')) as n (
        github_id bigint, number int, reviews_total int, comments_total int, missing_fields jsonb)
      cross join lateral (values ('pull_requests', 0), ('reviews', n.reviews_total),
        ('comments', n.comments_total)) k (kind, total)
      where jsonb_array_length(n.missing_fields) = 0 and k.total is not null
        and not exists (
          select from jsonb_to_recordset(coalesce(p_page -> 'continuations', '[]')) as c (
            pull_request_github_id bigint, connection text)
          where c.pull_request_github_id = n.github_id and c.connection = k.kind)
      union
      select l.connection, p.number
      from jsonb_to_recordset(coalesce(p_page -> 'lists', '[]')) as l (
        pull_request_github_id bigint, connection text, from_cursor text, finished boolean)
      join pull_requests p on p.github_id = l.pull_request_github_id
      where l.finished and l.from_cursor is null
    )
    delete from backfill_rejects j
    using whole w
    where j.repository_id = p_repository_id and j.kind = w.kind and j.github_id is null
      and j.number = w.number
      and not exists (
        select from jsonb_to_recordset(skipped) as s (kind text, number int, github_id bigint)
        where coalesce(s.kind, 'pull_requests') = j.kind and s.number = j.number
          and s.github_id is null);
  end if;
  if skipped <> '[]' then
    perform backfill_record_reject_v1(
      p_repository_id, coalesce(e.value ->> 'kind', 'pull_requests'), e.value, 'CB100',
      e.value ->> 'message', p_now)
    from jsonb_array_elements(skipped) e
    -- Without an id it is known by its position in the list, and recorded once.
    where e.value ->> 'github_id' is not null
      or not exists (
        select from backfill_rejects j
        where j.repository_id = p_repository_id
          and j.kind = coalesce(e.value ->> 'kind', 'pull_requests') and j.github_id is null
          and j.source ->> 'cursor' = e.value ->> 'cursor');
  end if;
  return jsonb_array_length(skipped);
end
$$;
