-- Whether this database takes only GitHub's own letters in a username (contributor.info's early
-- migrations have such a CHECK).
create or replace function public.backfill_usernames_are_strict_v1() returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select exists (
    select from pg_constraint c
    where c.conrelid = 'contributors'::regclass and c.contype = 'c'
      and pg_get_constraintdef(c.oid) like '%username%a-zA-Z0-9-%')
$$;

-- A login as this database can hold it. GitHub's rule for logins has no `~`, so `login~id` can never
-- be anybody's; where the database is strict, `-` stands in for `~`, `[` and `]`.
create or replace function public.backfill_username_v1(
  p_login text,
  p_parked_id bigint,
  p_strict boolean
) returns text
language sql immutable
set search_path = public, pg_temp
as $$
  select case
    when not p_strict then p_login || coalesce('~' || p_parked_id, '')
    else left(
      rtrim(regexp_replace(p_login, '[^a-zA-Z0-9-]', '-', 'g'), '-'),
      39 - coalesce(length('-' || p_parked_id), 0)) || coalesce('-' || p_parked_id, '')
  end
$$;

-- The login stands beside each pull request too. Whose account has another name than before, has it there
-- as well; renames are rare, so what they cost is nothing to mind. `p_named` is as it will be stored.
create or replace function public.backfill_follow_renames_v1(p_rows jsonb, p_named jsonb) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  renamed record;
begin
  for renamed in
    select c.id, (
      select x.value ->> 'username' from jsonb_array_elements(p_rows) x
      where (x.value ->> 'github_id')::bigint = n.github_id limit 1) as login
    from jsonb_to_recordset(p_named) as n (github_id bigint, username text)
    join contributors c on c.github_id = n.github_id
    where c.username <> n.username
    order by c.id
  loop
    update pull_requests p set author_login = renamed.login
    where p.author_id = renamed.id and p.author_login <> renamed.login;
  end loop;
end
$$;

-- Store accounts by GitHub's id. Two ids can claim one login: a renamed user's old login is taken by
-- somebody else, or a mannequin bears a real user's name. Whoever GitHub shows now keeps the login;
-- the other is parked as `login~id` until it is seen under its new one.
create or replace function public.backfill_upsert_contributors_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns int
language plpgsql
set search_path = public, pg_temp
as $$
declare
  is_strict boolean := backfill_usernames_are_strict_v1();
  named jsonb;
  written int;
begin
  select coalesce(jsonb_agg(case
    when n.is_parked or is_strict then to_jsonb(n) || jsonb_build_object('username',
      backfill_username_v1(n.username, case when n.is_parked then n.github_id end, is_strict))
    else to_jsonb(n) end), '[]')
  into named
  from (
    select distinct on (x.github_id) x.*,
      dense_rank() over (
        partition by x.username order by x.account_type = 'Mannequin', x.github_id desc) > 1
      or (x.account_type = 'Mannequin' and exists (
        select from contributors c where c.username = x.username and c.github_id <> x.github_id))
      as is_parked
    from jsonb_to_recordset(p_rows) as x (
      github_id bigint, username text, account_type text, display_name text, avatar_url text,
      profile_url text, is_bot boolean, github_created_at timestamptz, is_brief boolean)
    order by x.github_id
  ) n;

  perform backfill_follow_renames_v1(p_rows, named);
  update contributors c
  set username = backfill_username_v1(c.username, c.github_id, is_strict)
  from jsonb_to_recordset(named) as n (github_id bigint, username text)
  where c.username = n.username and c.github_id <> n.github_id;

  insert into contributors as t
    (github_id, username, display_name, avatar_url, profile_url, is_bot, github_created_at)
  select n.github_id, n.username, n.display_name,
    -- REST and GraphQL give different addresses for one picture; GraphQL's is kept.
    coalesce(case when n.is_brief then (
      select c.avatar_url from contributors c where c.github_id = n.github_id) end, n.avatar_url),
    n.profile_url, n.is_bot, n.github_created_at
  from jsonb_to_recordset(named) as n (
    github_id bigint, username text, display_name text, avatar_url text, profile_url text,
    is_bot boolean, github_created_at timestamptz, is_brief boolean)
  order by n.github_id
  on conflict (github_id) do update
  set username = excluded.username,
    display_name = coalesce(excluded.display_name, t.display_name),
    avatar_url = coalesce(excluded.avatar_url, t.avatar_url),
    profile_url = coalesce(excluded.profile_url, t.profile_url),
    is_bot = excluded.is_bot,
    github_created_at = coalesce(excluded.github_created_at, t.github_created_at)
  where (t.username, t.is_bot, t.display_name, t.avatar_url, t.profile_url, t.github_created_at)
    is distinct from (
      excluded.username,
      excluded.is_bot,
      coalesce(excluded.display_name, t.display_name),
      coalesce(excluded.avatar_url, t.avatar_url),
      coalesce(excluded.profile_url, t.profile_url),
      coalesce(excluded.github_created_at, t.github_created_at));
  get diagnostics written = row_count;
  return written;
end
$$;
