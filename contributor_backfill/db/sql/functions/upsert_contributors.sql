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
set search_path = public, pg_temp
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

-- The login stands beside each pull request too. Whose account has another name than before, has it there
-- as well, piece by piece (backfill_follow_renames_v2). `p_named` is as it will be stored.
create or replace function public.backfill_note_renamed_accounts_v1(p_named jsonb) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  perform backfill_note_rename_v1('contributors', c.id, n.login)
  from jsonb_to_recordset(p_named) as n (github_id bigint, username text, login text)
  join contributors c on c.github_id = n.github_id
  where c.username <> n.username
  order by c.id;
end
$$;

-- The accounts of a page as they are to be stored, each once, with the name that each is to have.
--
-- Two ids can claim one login: a renamed user's old login is taken by somebody else, or a mannequin bears
-- a real user's name. Whoever GitHub shows now keeps the login; the other is parked as `login~id` until
-- it is seen under its new one. REST calls some accounts differently from GraphQL, and two of them alike:
-- a brief account (REST's) names a row only when it makes it, and takes its login from nobody.
create or replace function public.backfill_name_accounts_v1(p_rows jsonb) returns jsonb
language plpgsql stable
set search_path = public, pg_temp
as $$
begin
  return (
  with rules as (
    select backfill_usernames_are_strict_v1() as is_strict, (
      select least(l.max_length, l.max_bytes) from backfill_text_limits_v1('contributors') l
      where l.column_name = 'username') as max_length
  ),
  shown as (
    select distinct on (x.github_id) x.*
    from jsonb_to_recordset(p_rows) as x (
      github_id bigint, username text, account_type text, display_name text, avatar_url text,
      profile_url text, is_bot boolean, github_created_at timestamptz, is_brief boolean)
    order by x.github_id, x.is_brief is true
  ),
  known as (
    select x.*, k.username as known_name, k.is_bot as known_bot, k.avatar_url as known_avatar,
      k.profile_url as known_profile, x.is_brief is true and k.id is not null as is_settled,
      x.is_brief is true or x.account_type = 'Mannequin' as is_modest,
      -- Nearly every login fits as it is, and a call costs more than all of this.
      case when not r.is_strict and (length(x.username) > r.max_length) is not true then x.username
        else backfill_username_v2(x.username, x.github_id, false, r.is_strict, r.max_length)
        end as name
    from shown x cross join rules r left join contributors k on k.github_id = x.github_id
  ),
  ranked as (
    select k.*, not k.is_settled and (
        dense_rank() over (
          partition by k.name, k.is_settled order by k.is_modest, k.github_id desc) > 1
        or (k.is_modest and exists (
          select from contributors c where c.username = k.name and c.github_id <> k.github_id))
      ) as is_parked
    from known k
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'github_id', n.github_id, 'display_name', n.display_name,
    'github_created_at', n.github_created_at, 'is_settled', n.is_settled, 'is_parked', n.is_parked,
    'login', n.username,
    'username', case when n.is_settled then n.known_name when not n.is_parked then n.name
      else backfill_username_v2(n.username, n.github_id, true, r.is_strict, r.max_length) end,
    'is_bot', case when n.is_settled then coalesce(n.known_bot, n.is_bot) else n.is_bot end,
    -- REST and GraphQL give different addresses for one picture; GraphQL's is kept.
    'avatar_url', case when n.is_settled then coalesce(n.known_avatar, n.avatar_url)
      else n.avatar_url end,
    'profile_url', case when n.is_settled then coalesce(n.known_profile, n.profile_url)
      else n.profile_url end) order by n.github_id), '[]')
  from ranked n cross join rules r);
end
$$;

-- Store accounts by GitHub's id. Answers as backfill_upsert_v1 does, with the ids that were `written`.
create or replace function public.backfill_upsert_contributors_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  is_strict boolean := backfill_usernames_are_strict_v1();
  named jsonb := backfill_name_accounts_v1(p_rows);
  outcome jsonb;
begin
  perform backfill_note_renamed_accounts_v1(named);
  update contributors c
  set username = backfill_username_v2(c.username, c.github_id, true, is_strict, (
    select least(l.max_length, l.max_bytes) from backfill_text_limits_v1('contributors') l
    where l.column_name = 'username'))
  from jsonb_to_recordset(named) as n (github_id bigint, username text, is_settled boolean)
  where c.username = n.username and c.github_id <> n.github_id and not n.is_settled;

  with changed as (
    select n.* from jsonb_to_recordset(named) as n (
      github_id bigint, username text, display_name text, avatar_url text, profile_url text,
      is_bot boolean, github_created_at timestamptz)
    left join contributors t on t.github_id = n.github_id
    where t.id is null
      or (t.username, t.is_bot, t.display_name, t.avatar_url, t.profile_url, t.github_created_at)
        is distinct from (n.username, n.is_bot, coalesce(n.display_name, t.display_name),
          coalesce(n.avatar_url, t.avatar_url), coalesce(n.profile_url, t.profile_url),
          coalesce(n.github_created_at, t.github_created_at))
  ),
  written as (
    insert into contributors as t
      (github_id, username, display_name, avatar_url, profile_url, is_bot, github_created_at)
    select n.github_id, n.username, n.display_name, n.avatar_url, n.profile_url, n.is_bot,
      n.github_created_at
    from changed n
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
  select backfill_written_v1(
    array(select c.github_id from changed c), array(select w.github_id from written w),
    (select count(*) from written w where w.is_new))
  into outcome;
  return outcome;
end
$$;

-- What an upsert answers, from the ids of the rows that differed, and of those that came to be written.
create or replace function public.backfill_written_v1(
  p_changed bigint[],
  p_written bigint[],
  p_inserted bigint,
  p_nameless bigint[] default '{}'
) returns jsonb
language plpgsql immutable
set search_path = public, pg_temp
as $$
begin
  return jsonb_build_object(
    'inserted', p_inserted,
    'written', to_jsonb(p_written),
    'lost', case when p_changed = p_written then '[]'
      else to_jsonb(array(select unnest(p_changed) except select unnest(p_written))) end,
    'nameless', to_jsonb(p_nameless));
end
$$;
