-- What a repository's newest pull requests say of the work: months as [month, opened, merged, first reviews,
-- median hours until them], people as [login, count]. A first review is somebody else's, and no bot's.
-- Months before the oldest of so many pull requests are left out, for they would be counted in part.
create or replace function public.backfill_activity_v1(
  p_repository_id uuid,
  p_limit int,
  p_now timestamptz
) returns jsonb
language sql stable
-- By index: a planner without statistics would read the reviews of all.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with newest as materialized (
    select p.id, p.author_id, p.created_at, p.merged_at
    from pull_requests p
    where p.repository_id = p_repository_id
    order by p.number desc limit p_limit
  ), bounds as (
    select greatest(
      date_trunc('month', p_now at time zone 'UTC') - interval '12 months',
      case when count(*) = p_limit
        then date_trunc('month', min(n.created_at) at time zone 'UTC') + interval '1 month' end,
      date_trunc('month', min(n.created_at) at time zone 'UTC')) as since
    from newest n
  ), reviewed as materialized (
    select n.id, n.created_at, r.author_id, r.submitted_at
    from newest n
    join reviews r on r.pull_request_id = n.id and r.author_id is distinct from n.author_id
    join contributors c on c.id = r.author_id and not coalesce(c.is_bot, false)
      and c.username not like '%[bot]'
  ), firsts as (
    select r.id, date_trunc('month', min(r.created_at) at time zone 'UTC') as month,
      extract(epoch from min(r.submitted_at) - min(r.created_at)) / 3600 as hours
    from reviewed r group by r.id
  ), months as (
    select m.month,
      (select count(*) from newest n
        where date_trunc('month', n.created_at at time zone 'UTC') = m.month) as opened,
      (select count(*) from newest n
        where date_trunc('month', n.merged_at at time zone 'UTC') = m.month) as merged,
      (select count(*) from firsts f where f.month = m.month) as first_reviews,
      (select round(percentile_cont(0.5) within group (order by greatest(f.hours, 0))::numeric, 1)
        from firsts f where f.month = m.month) as hours
    from bounds, generate_series(bounds.since,
      date_trunc('month', p_now at time zone 'UTC'), interval '1 month') m (month)
  ), authors as (
    select coalesce(c.username, 'ghost') as login,
      coalesce(c.is_bot, false) or c.username like '%[bot]' as is_bot, count(*) as many
    from newest n
    cross join bounds
    left join contributors c on c.id = n.author_id
    where n.created_at at time zone 'UTC' >= bounds.since
    group by 1, 2
  ), reviewers as (
    select c.username as login, count(*) as many
    from reviewed r
    cross join bounds
    join contributors c on c.id = r.author_id
    where r.submitted_at at time zone 'UTC' >= bounds.since
    group by 1
  )
  select jsonb_build_object(
    'months', (select coalesce(jsonb_agg(jsonb_build_array(to_char(m.month, 'YYYY-MM'), m.opened,
      m.merged, m.first_reviews, m.hours) order by m.month), '[]') from months m),
    'authors', (select coalesce(jsonb_agg(jsonb_build_array(a.login, a.many)
      order by a.many desc, a.login), '[]')
      from (select * from authors where is_bot is not true order by many desc, login limit 5) a),
    'reviewers', (select coalesce(jsonb_agg(jsonb_build_array(v.login, v.many)
      order by v.many desc, v.login), '[]')
      from (select * from reviewers order by many desc, login limit 5) v),
    'pull_requests', (select coalesce(sum(a.many), 0) from authors a),
    'bot_pull_requests', (select coalesce(sum(a.many), 0) from authors a where a.is_bot))
  where exists (select from newest)
$$;

-- Count the activity of the repositories that changed since it was counted, the longest ago first, each at
-- most every six hours, until they have so many pull requests together. One run counts at a time.
create or replace function public.backfill_count_activity_v1(p_limit int, p_now timestamptz)
returns void
language sql
as $$
  with due as (
    select b.repository_id,
      sum(least(2000, coalesce(b.pull_requests_total, 0))) over (
        order by b.activity_counted_at nulls first, b.repository_id)
        - least(2000, coalesce(b.pull_requests_total, 0)) as before
    from backfill_repositories b
    where b.untracked_at is null and (b.activity_counted_at is null
      or (b.counted_at > b.activity_counted_at
        and b.activity_counted_at < p_now - interval '{policy.ACTIVITY_RHYTHM}'))
  ), chosen as materialized (
    select d.repository_id, backfill_activity_v1(d.repository_id, 2000, p_now) as activity
    from due d
    where d.before < p_limit and pg_try_advisory_xact_lock(hashtext('backfill_count_activity'))
  )
  update backfill_repositories b
  set activity = chosen.activity, activity_counted_at = p_now
  from chosen where chosen.repository_id = b.repository_id
$$;

-- The activity of all tracked repositories together. Medians are weighted by their first reviews.
create or replace function public.backfill_snapshot_activity_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with known as materialized (
    select b.activity from backfill_repositories b
    where b.activity is not null and b.untracked_at is null
  ), months as (
    select m.value ->> 0 as month, sum((m.value ->> 1)::int) as opened,
      sum((m.value ->> 2)::int) as merged, sum((m.value ->> 3)::int) as first_reviews,
      round(sum((m.value ->> 3)::int * (m.value ->> 4)::numeric)
        / nullif(sum((m.value ->> 3)::int), 0), 1) as hours
    from known k, jsonb_array_elements(k.activity -> 'months') m
    where m.value ->> 0
      >= to_char((p_now at time zone 'UTC') - interval '12 months', 'YYYY-MM')
    group by 1
  ), people as (
    select e.kind, p.value ->> 0 as login, sum((p.value ->> 1)::int) as many
    from known k, unnest(array['authors', 'reviewers']) e (kind),
      jsonb_array_elements(k.activity -> e.kind) p
    group by 1, 2
  ), ranked as (
    select p.*, row_number() over (partition by p.kind order by p.many desc, p.login) as place
    from people p
  )
  select jsonb_build_object(
    'months', (select coalesce(jsonb_agg(jsonb_build_array(m.month, m.opened, m.merged,
      m.first_reviews, m.hours) order by m.month), '[]') from months m),
    'authors', (select coalesce(jsonb_agg(jsonb_build_array(r.login, r.many) order by r.place), '[]')
      from ranked r where r.kind = 'authors' and r.place <= 10),
    'reviewers', (select coalesce(jsonb_agg(jsonb_build_array(r.login, r.many) order by r.place), '[]')
      from ranked r where r.kind = 'reviewers' and r.place <= 10),
    'pull_requests', coalesce(sum((k.activity ->> 'pull_requests')::int), 0),
    'bot_pull_requests', coalesce(sum((k.activity ->> 'bot_pull_requests')::int), 0),
    'scope', 'from the newest 2,000 pull requests of each of '
      || to_char(count(*), 'FM999,999,990') || ' repositories, now and then')
  from known k
$$;
