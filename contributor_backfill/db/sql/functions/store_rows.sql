-- Store rows of one kind with one statement, clipped where need be. When a row is bad, store the
-- others one by one and record the bad ones as they came, with the reason. So are rows that the database
-- took and did not keep, and rows that are stored without their author.
create or replace function public.backfill_store_rows_v1(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  fitting jsonb := backfill_clip_rows_v1(p_repository_id, p_kind, p_rows, p_now);
  many int := jsonb_array_length(fitting);
  stored jsonb;
  total jsonb;
  refused bigint[] := '{}';
  forbidden int := 0;
begin
  begin
    total := backfill_upsert_v1(p_repository_id, p_kind, fitting);
  exception
    -- Only what a row itself can cause (a text too long for an index is a program limit, a rule on the
    -- table is a feature not supported); a missing grant or a full disk must stop the commit.
    when data_exception or integrity_constraint_violation or raise_exception
      or program_limit_exceeded or feature_not_supported or insufficient_privilege
    then
      perform backfill_refuse_forbidden_v1(p_kind, sqlstate, sqlerrm);
      total := '{"inserted": 0, "lost": [], "nameless": []}';
      for place in 0 .. many - 1 loop
        begin
          stored := backfill_upsert_v1(
            p_repository_id, p_kind, jsonb_build_array(fitting -> place));
          total := jsonb_build_object(
            'inserted', (total ->> 'inserted')::int + (stored ->> 'inserted')::int,
            'lost', (total -> 'lost') || (stored -> 'lost'),
            'nameless', (total -> 'nameless') || (stored -> 'nameless'));
        exception
          when data_exception or integrity_constraint_violation or raise_exception
            or program_limit_exceeded or feature_not_supported or insufficient_privilege
          then
            forbidden := forbidden + (sqlstate = '42501')::int;
            perform backfill_refuse_forbidden_v1(
              p_kind, sqlstate, sqlerrm, forbidden = many and many > 1);
            refused := refused || (p_rows -> place ->> 'github_id')::bigint;
            perform backfill_record_reject_v1(
              p_repository_id, p_kind, p_rows -> place, sqlstate, sqlerrm, p_now);
        end;
      end loop;
  end;
  refused := refused || backfill_record_lost_v1(p_repository_id, p_kind, p_rows, total, p_now);
  -- What could not be stored before is stored now. A clipped row stays on record (22001).
  perform backfill_forget_rejects_v1(p_repository_id, p_kind, fitting, refused, false);
  return jsonb_build_object('inserted', total -> 'inserted', 'rejected', cardinality(refused));
end
$$;

-- Store rows of a kind. Answers {"inserted", "lost", "nameless"}: how many are new, the ids of those that
-- were written and are not there, and of those whose author is not stored.
create or replace function public.backfill_upsert_v1(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  stored jsonb;
  vanished jsonb;
begin
  stored := case p_kind
    when 'contributors' then backfill_upsert_contributors_v1(p_repository_id, p_rows)
    when 'pull_requests' then backfill_upsert_pull_requests_v1(p_repository_id, p_rows)
    when 'reviews' then backfill_upsert_reviews_v1(p_repository_id, p_rows)
    when 'comments' then backfill_upsert_comments_v1(p_repository_id, p_rows)
    when 'review_comments' then backfill_upsert_review_comments_v1(p_repository_id, p_rows)
  end;
  -- A trigger may also delete what was written.
  if not exists (
    select from pg_trigger t
    where t.tgrelid = ('public.' || backfill_table_of_v1(p_kind))::regclass and not t.tgisinternal)
  then
    return stored - 'written';
  end if;
  -- Only that of the kind is evaluated.
  vanished := case backfill_table_of_v1(p_kind)
    when 'contributors' then (
      select jsonb_agg(e.value) from jsonb_array_elements(stored -> 'written') e
      where not exists (select from contributors t where t.github_id = e.value::bigint))
    when 'pull_requests' then (
      select jsonb_agg(e.value) from jsonb_array_elements(stored -> 'written') e
      where not exists (select from pull_requests t where t.github_id = e.value::bigint))
    when 'reviews' then (
      select jsonb_agg(e.value) from jsonb_array_elements(stored -> 'written') e
      where not exists (select from reviews t where t.github_id = e.value::bigint))
    when 'comments' then (
      select jsonb_agg(e.value) from jsonb_array_elements(stored -> 'written') e
      where not exists (select from comments t where t.github_id = e.value::bigint))
  end;
  return jsonb_build_object('inserted', stored -> 'inserted',
    'lost', (stored -> 'lost') || coalesce(vanished, '[]'), 'nameless', stored -> 'nameless');
end
$$;

-- Record rows that the database took and did not keep, and rows with an account that it refused; answer
-- their ids.
create or replace function public.backfill_record_lost_v1(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_stored jsonb,
  p_now timestamptz
) returns bigint[]
language plpgsql
set search_path = public, pg_temp
as $$
declare
  given record;
  recorded bigint[] := '{}';
begin
  if p_stored -> 'lost' = '[]' and p_stored -> 'nameless' = '[]' then
    return recorded;
  end if;
  for given in
    select distinct on (e.row -> 'github_id') e.row, p_stored -> 'lost' @> (e.row -> 'github_id') as lost,
      refused.github_id as author
    from jsonb_array_elements(p_rows) as e (row)
    left join lateral (
      select j.github_id from backfill_rejects j
      where p_stored -> 'nameless' @> (e.row -> 'github_id') and j.repository_id = p_repository_id
        and j.kind = 'contributors' and j.github_id in (
          (e.row ->> 'author_github_id')::bigint, (e.row ->> 'merged_by_github_id')::bigint,
          (e.row ->> 'assignee_github_id')::bigint)
        and not backfill_is_clipped_v1(j)
      order by j.github_id limit 1) refused on true
    where p_stored -> 'lost' @> (e.row -> 'github_id') or refused.github_id is not null
    order by e.row -> 'github_id'
  loop
    recorded := recorded || (given.row ->> 'github_id')::bigint;
    perform backfill_record_reject_v1(p_repository_id, p_kind, given.row,
      case when given.lost then 'CB101' else 'CB103' end,
      case when given.lost then backfill_lost_reason_v1(backfill_table_of_v1(p_kind))
        else format('It is stored, but account %s that it names is not.', given.author) end,
      p_now);
  end loop;
  return recorded;
end
$$;

-- Why a row that a table took is not in it.
create or replace function public.backfill_lost_reason_v1(p_table text) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select format('The database took the row and did not keep it. Look at the triggers of %s: %s.',
    p_table, coalesce((
      select string_agg(t.tgname, ', ' order by t.tgname) from pg_trigger t
      where t.tgrelid = to_regclass('public.' || quote_ident(p_table)) and not t.tgisinternal
        and t.tgenabled <> 'D'), 'it has none; look at its rules'))
$$;

-- Raise 42501 again unless row level security refused a row: a missing grant concerns all of them.
create or replace function public.backfill_refuse_forbidden_v1(
  p_kind text,
  p_sqlstate text,
  p_message text,
  p_all boolean default false
) returns void
language plpgsql stable
set search_path = public, pg_temp
as $$
begin
  if p_sqlstate = '42501'
    and (p_all or not row_security_active('public.' || backfill_table_of_v1(p_kind)))
  then
    raise exception '%', p_message using errcode = '42501';
  end if;
end
$$;
