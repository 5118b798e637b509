-- Doubt that a stored row is still on GitHub, because a list did not show it. One that GitHub showed by its
-- address is doubted anew after a week.
create or replace function public.backfill_doubt_v1(
  p_repository_id uuid,
  p_pull_request_id uuid,
  p_kind text,
  p_github_id bigint,
  p_now timestamptz
) returns void
language sql
as $$
  insert into backfill_doubts as d (repository_id, pull_request_id, kind, github_id, noticed_at)
  select p_repository_id, p_pull_request_id, p_kind, p_github_id, p_now
  where not exists (
    select from backfill_deletions x
    where x.pull_request_id = p_pull_request_id
      and (x.kind = 'pull_requests' or x.kind = p_kind and x.github_id = p_github_id))
  on conflict (pull_request_id, kind, github_id) do update
  set state = 'open', next_attempt_at = null
  where d.state = 'shown' and d.checked_at < p_now - interval '{policy.DOUBTED_AGAIN}'
$$;

-- Doubt the stored reviews and conversation comments of a page's pull requests that the page does not
-- show, although it holds all of their list: as many as GitHub counts.
create or replace function public.backfill_doubt_unlisted_v1(
  p_repository_id uuid,
  p_page jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  shown record;
  reviews_shown bigint[];
  comments_shown bigint[];
begin
  -- One look-up a row: as a join, a planner without statistics reads whole tables for it.
  for shown in
    select p.id, n.github_id, n.reviews_total, n.comments_total
    from jsonb_to_recordset(coalesce(p_page -> 'pull_requests', '[]')) as n (
      github_id bigint, updated_at timestamptz, reviews_total int, comments_total int)
    join pull_requests p on p.github_id = n.github_id
    join backfill_pull_requests b on b.pull_request_id = p.id
    -- A page that was read before the stored one says nothing.
    where b.source_updated_at <= n.updated_at
      and (b.reviews_stored > 0 or b.comments_stored > 0)
    order by p.id
  loop
    reviews_shown := array(
      select (r ->> 'github_id')::bigint from jsonb_array_elements(coalesce(p_page -> 'reviews', '[]')) r
      where (r ->> 'pull_request_github_id')::bigint = shown.github_id);
    comments_shown := array(
      select (c ->> 'github_id')::bigint
      from jsonb_array_elements(coalesce(p_page -> 'comments', '[]')) c
      where (c ->> 'pull_request_github_id')::bigint = shown.github_id);
    if cardinality(reviews_shown) = shown.reviews_total then
      perform backfill_doubt_v1(p_repository_id, shown.id, 'reviews', r.github_id, p_now)
      from reviews r
      where r.pull_request_id = shown.id and r.github_id <> all (reviews_shown)
      order by r.github_id;
    end if;
    if cardinality(comments_shown) = shown.comments_total then
      perform backfill_doubt_v1(p_repository_id, shown.id, 'comments', c.github_id, p_now)
      from comments c
      where c.pull_request_id = shown.id and c.comment_type = 'issue_comment'
        and c.github_id <> all (comments_shown)
      order by c.github_id;
    end if;
  end loop;
end
$$;

-- Doubt what is stored and was not on a page of a refresh, although the page covers its position:
-- {"numbers", "from", "below"} of pull requests, which are queued to be asked for by number, or
-- {"ids", "since", "until", "is_inclusive"} of review comments.
create or replace function public.backfill_doubt_unseen_v1(
  p_repository_id uuid,
  p_listed jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  shown bigint[] := array(
    select jsonb_array_elements_text(coalesce(p_listed -> 'numbers', p_listed -> 'ids', '[]'))::bigint);
begin
  if p_listed ? 'numbers' then
    perform backfill_want_number_v1(
      p_repository_id, p.id, 'GitHub''s list does not show it any more', p_now)
    from pull_requests p
    where p.repository_id = p_repository_id and p.number >= (p_listed ->> 'from')::int
      and p.number < coalesce((p_listed ->> 'below')::int, 2147483647)
      and p.number <> all (shown)
      and not exists (
        select from backfill_deletions d
        where d.pull_request_id = p.id and d.kind = 'pull_requests');
  elsif p_listed ? 'ids' then
    perform backfill_doubt_v1(
      p_repository_id, c.pull_request_id, 'review_comments', c.github_id, p_now)
    from comments c
    where c.repository_id = p_repository_id and c.comment_type = 'review_comment'
      and c.updated_at >= coalesce((p_listed ->> 'since')::timestamptz, '-infinity')
      and (c.updated_at > (p_listed ->> 'since')::timestamptz
        or (p_listed ->> 'is_inclusive')::boolean)
      and c.updated_at < coalesce((p_listed ->> 'until')::timestamptz, 'infinity')
      and c.github_id <> all (shown);
  end if;
end
$$;

-- Take down what GitHub said of doubted rows when it was asked for each by its address: {"kind",
-- "github_id", "exists"}; without "exists" it could not be told, and is asked again later. Returns the
-- pull requests whose stored rows count otherwise now.
create or replace function public.backfill_settle_doubts_v1(
  p_repository_id uuid,
  p_doubts jsonb,
  p_now timestamptz
) returns uuid[]
language plpgsql
as $$
declare
  answer record;
  touched uuid[] := '{}';
begin
  for answer in
    select d.pull_request_id, d.kind, d.github_id, n.exists_there
    from (
      select e ->> 'kind' as kind, (e ->> 'github_id')::bigint as github_id,
        (e ->> 'exists')::boolean as exists_there
      from jsonb_array_elements(coalesce(p_doubts, '[]')) e) n
    join backfill_doubts d on d.kind = n.kind and d.github_id = n.github_id
      and d.repository_id = p_repository_id
    order by d.pull_request_id, d.kind, d.github_id
  loop
    if answer.exists_there is null then
      update backfill_doubts d
      set attempts = d.attempts + 1, next_attempt_at = p_now + least(
        interval '{policy.LONGEST_RETRY}', interval '{policy.FIRST_RETRY}' * power(2, least(d.attempts, 10)))
      where d.pull_request_id = answer.pull_request_id and d.kind = answer.kind
        and d.github_id = answer.github_id;
      continue;
    end if;
    touched := touched || answer.pull_request_id;
    if answer.exists_there then
      update backfill_doubts d set state = 'shown', checked_at = p_now
      where d.pull_request_id = answer.pull_request_id and d.kind = answer.kind
        and d.github_id = answer.github_id;
    else
      insert into backfill_deletions (pull_request_id, kind, github_id, noticed_at)
      values (answer.pull_request_id, answer.kind, answer.github_id, p_now)
      on conflict (pull_request_id, kind, github_id) do nothing;
      delete from backfill_doubts d
      where d.pull_request_id = answer.pull_request_id and d.kind = answer.kind
        and d.github_id = answer.github_id;
    end if;
  end loop;
  return touched;
end
$$;
