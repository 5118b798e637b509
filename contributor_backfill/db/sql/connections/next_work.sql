-- The lists to be read on next and the pull requests that are wanted, the longest waiting first.
create or replace function public.backfill_next_work_v1(
  p_repository_id uuid,
  p_feed text,
  p_connections text[],
  p_numbers int[],
  p_limit int,
  p_now timestamptz
) returns jsonb
language sql stable
as $$
  select case when p_feed = 'lists' then jsonb_build_object(
    'lists', (
      select coalesce(jsonb_agg(to_jsonb(l) - 'created_at' order by l.created_at, l.number), '[]')
      from (
        select b.node_id, p.github_id as pull_request_github_id, b.number, c.connection, c.cursor,
          greatest(0, case c.connection
            when 'reviews' then b.reviews_total
            when 'comments' then b.comments_total
            else b.review_comments_total end - cardinality(c.seen_ids)) as expected,
          c.created_at
        from backfill_continuations c
        join backfill_pull_requests b on b.pull_request_id = c.pull_request_id
        join pull_requests p on p.id = c.pull_request_id
        where c.repository_id = p_repository_id and c.connection = any (p_connections)
          and (c.next_attempt_at is null or c.next_attempt_at <= p_now)
          and (p_numbers is null or b.number = any (p_numbers))
        order by c.created_at, b.number, c.connection
        limit p_limit
      ) l),
    'numbers', (
      select coalesce(jsonb_agg(n.number order by n.number desc), '[]')
      from (
        select n.number from backfill_numbers n
        where n.repository_id = p_repository_id and n.meaning = 'wanted'
          and (n.next_attempt_at is null or n.next_attempt_at <= p_now)
          and (p_numbers is null or n.number = any (p_numbers))
        order by n.number desc
        limit p_limit
      ) n),
    'doubts', (
      select coalesce(jsonb_agg(to_jsonb(d) order by d.number, d.kind, d.github_id), '[]')
      from (
        select d.kind, d.github_id, p.number
        from backfill_doubts d join pull_requests p on p.id = d.pull_request_id
        where d.repository_id = p_repository_id and d.state = 'open'
          and (d.next_attempt_at is null or d.next_attempt_at <= p_now)
          and d.kind = any (p_connections)
          and (p_numbers is null or p.number = any (p_numbers))
        order by d.noticed_at, d.github_id
        limit p_limit
      ) d)) end
$$;

-- Queue lists of pull requests by hand; a pull request that is not stored is wanted first. Returns the
-- numbers that are.
create or replace function public.backfill_want_lists_v1(
  p_numbers int[],
  p_connections text[],
  p_reason text,
  p_repository_id uuid default null,
  p_full_name text default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
  not_stored int[] := array(
    select n from unnest(p_numbers) n
    where not exists (
      select from backfill_pull_requests b
      join pull_requests p on p.id = b.pull_request_id
      where p.repository_id = wanted and p.number = n)
    order by n);
begin
  insert into backfill_numbers as n
    (repository_id, number, meaning, reason, next_attempt_at, noted_at)
  select wanted, n, 'wanted', p_reason, p_now, p_now from unnest(not_stored) n
  on conflict (repository_id, number) do update
  set meaning = 'wanted', reason = excluded.reason, next_attempt_at = p_now;

  insert into backfill_continuations as c
    (pull_request_id, repository_id, connection, reason, created_at)
  select b.pull_request_id, wanted, connection, p_reason, p_now
  from backfill_pull_requests b, unnest(p_connections) connection
  where b.repository_id = wanted and b.number = any (p_numbers)
  order by b.pull_request_id, connection
  on conflict (pull_request_id, connection) do update
  set cursor = null, seen_ids = '{}', next_attempt_at = null, reason = excluded.reason;
  return jsonb_build_object('ok', true, 'repository_id', wanted, 'not_stored', not_stored);
end
$$;

-- Which of these numbers have no stored pull request here.
create or replace function public.backfill_numbers_not_stored_v1(
  p_repository_id uuid,
  p_numbers int[]
) returns jsonb
language sql stable
as $$
  select jsonb_build_object('ok', true, 'numbers', coalesce(jsonb_agg(n order by n desc), '[]'))
  from unnest(p_numbers) n
  where not exists (
    select from backfill_pull_request_ids_v1(p_repository_id, p_numbers) d
    where d.number = n and d.id is not null)
$$;
