-- A login as this database can hold it. GitHub's rule for logins has no `~`, so `login~id` can never
-- be anybody's; where the database is strict, `-` stands in for `~`, `[` and `]`. One that is too long
-- for the column ends with its id as well, so that it is nobody else's.
create or replace function public.backfill_username_v2(
  p_login text,
  p_github_id bigint,
  p_is_parked boolean,
  p_strict boolean,
  p_max_length int
) returns text
language plpgsql immutable
as $$
declare
  login text := case
    when p_strict then rtrim(regexp_replace(p_login, '[^a-zA-Z0-9-]', '-', 'g'), '-')
    else p_login end;
  suffix text := case when p_strict then '-' else '~' end || p_github_id;
begin
  if p_is_parked or length(login) > p_max_length then
    return left(login, coalesce(p_max_length, 2147483647) - length(suffix)) || suffix;
  end if;
  return login;
end
$$;

-- The accounts of a page that are to be written, each once, with the name that each is to have.
--
-- Two ids can claim one login: a renamed user's old login is taken by somebody else, or a mannequin bears
-- a real user's name. Whoever GitHub shows now keeps the login; the other is parked as `login~id` until
-- it is seen under its new one. REST calls some accounts differently from GraphQL, and two of them alike:
-- a brief account (REST's) names a row only when it makes it, and takes its login from nobody.
create or replace function public.backfill_name_accounts_v2(p_rows jsonb, p_schema jsonb) returns jsonb
language plpgsql stable
as $$
declare
  is_strict constant boolean := (p_schema ->> 'is_strict')::boolean;
  max_length constant int := (p_schema ->> 'username_length')::int;
begin
  return (
  with shown as (
    select distinct on (x.github_id) x.*
    from jsonb_to_recordset(p_rows) as x (
      github_id bigint, username text, account_type text, display_name text, avatar_url text,
      profile_url text, is_bot boolean, github_created_at timestamptz, is_brief boolean)
    order by x.github_id, x.is_brief is true
  ),
  known as (
    select x.*, k as known, x.is_brief is true and k.id is not null as is_settled,
      x.is_brief is true or x.account_type = 'Mannequin' as is_modest,
      -- Nearly every login fits as it is, and a call costs more than all of this.
      case when not is_strict and (length(x.username) > max_length) is not true then x.username
        else backfill_username_v2(x.username, x.github_id, false, is_strict, max_length)
        end as name
    from shown x left join contributors k on k.github_id = x.github_id
  ),
  ranked as (
    select k.*, not k.is_settled and (
        dense_rank() over (
          partition by k.name collate "C", k.is_settled
          order by k.is_modest, k.github_id desc) > 1
        or (k.is_modest and exists (
          select from contributors c where c.username = k.name and c.github_id <> k.github_id))
      ) as is_parked
    from known k
  ),
  named as (
    select n.github_id, n.known, n.is_settled, n.username as login,
      case when n.is_settled then (n.known).username when not n.is_parked then n.name
        else backfill_username_v2(n.username, n.github_id, true, is_strict, max_length)
        end as username,
      coalesce(n.display_name, (n.known).display_name) as display_name,
      case when n.is_settled then coalesce((n.known).is_bot, n.is_bot) else n.is_bot end as is_bot,
      -- REST and GraphQL give different addresses for one picture; GraphQL's is kept.
      case when n.is_settled then coalesce((n.known).avatar_url, n.avatar_url)
        else coalesce(n.avatar_url, (n.known).avatar_url) end as avatar_url,
      case when n.is_settled then coalesce((n.known).profile_url, n.profile_url)
        else coalesce(n.profile_url, (n.known).profile_url) end as profile_url,
      coalesce(n.github_created_at, (n.known).github_created_at) as github_created_at
    from ranked n
  )
  select coalesce(jsonb_agg(to_jsonb(n) - 'known' || jsonb_build_object(
    'id', (n.known).id, 'former_name', (n.known).username) order by n.github_id), '[]')
  from named n
  where (n.known).id is null
    or ((n.known).username, (n.known).is_bot, (n.known).display_name, (n.known).avatar_url,
        (n.known).profile_url, (n.known).github_created_at)
      is distinct from (n.username, n.is_bot, n.display_name, n.avatar_url, n.profile_url,
        n.github_created_at));
end
$$;

-- Store accounts by GitHub's id; returns what backfill_upsert_reviews_v2 does.
create or replace function public.backfill_upsert_contributors_v2(
  p_rows jsonb,
  p_schema jsonb,
  out inserted int,
  out changed bigint[],
  out written bigint[],
  out nameless bigint[]
)
language plpgsql
as $$
declare
  named jsonb := backfill_name_accounts_v2(p_rows, p_schema);
begin
  inserted := 0;
  changed := '{}';
  written := '{}';
  nameless := '{}';
  if named = '[]' then
    return;
  end if;
  -- The login stands beside each pull request too. Whose account has another name than before, has it there
  -- as well, piece by piece (backfill_follow_renames_v2).
  insert into backfill_renames as b (subject, subject_id, name)
  select 'contributors', n.id, n.login
  from jsonb_to_recordset(named) as n (id uuid, former_name text, username text, login text)
  where n.former_name <> n.username
  order by n.id
  on conflict (subject, subject_id) do update set name = excluded.name
  where b.name <> excluded.name;
  update contributors c
  set username = backfill_username_v2(c.username, c.github_id, true,
    (p_schema ->> 'is_strict')::boolean, (p_schema ->> 'username_length')::int)
  from jsonb_to_recordset(named) as n (github_id bigint, username text, is_settled boolean)
  where c.username = n.username and c.github_id <> n.github_id and not n.is_settled;

  with incoming as materialized (
    select n.* from jsonb_to_recordset(named) as n (
      github_id bigint, username text, display_name text, avatar_url text, profile_url text,
      is_bot boolean, github_created_at timestamptz)
  ),
  made as (
    insert into contributors as t
      (github_id, username, display_name, avatar_url, profile_url, is_bot, github_created_at)
    select n.github_id, n.username, n.display_name, n.avatar_url, n.profile_url, n.is_bot,
      n.github_created_at
    from incoming n
    order by n.github_id
    on conflict (github_id) do update
    set username = excluded.username,
      display_name = coalesce(excluded.display_name, t.display_name),
      avatar_url = coalesce(excluded.avatar_url, t.avatar_url),
      profile_url = coalesce(excluded.profile_url, t.profile_url),
      is_bot = excluded.is_bot,
      github_created_at = coalesce(excluded.github_created_at, t.github_created_at)
    returning t.github_id, (t.xmax = 0) as is_new
  )
  select m.*, i.ids into inserted, written, changed
  from (
    select count(*) filter (where m.is_new), coalesce(array_agg(m.github_id), '{}') from made m) m,
    (select coalesce(array_agg(n.github_id), '{}') as ids from incoming n) i;
end
$$;
