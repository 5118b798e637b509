-- What the schema that was found asks of rows: contributor.info's own migrations, and what was added to
-- them, differ. {"merged_state": how a merged pull request's state is written here, "is_strict": whether
-- usernames take only GitHub's own letters, "least_body": the shortest text that is taken for a comment,
-- "needs_position": whether a review comment without a position is refused, which is what GitHub sends for
-- an outdated line, "labels_type": of the column for labels, where there is one, "with_triggers": the
-- tables that have triggers of others}.
create or replace function public.backfill_found_schema_v1() returns jsonb
language plpgsql stable
as $$
begin
  return (
    select jsonb_build_object(
      'merged_state', case when bool_and(k.definition like '%merged%')
        filter (where k.is_state and k.definition like '%closed%') is false
        then 'closed' else 'merged' end,
      'is_strict', coalesce(bool_or(k.definition like '%username%a-zA-Z0-9-%')
        filter (where k.table_id = 'contributors'::regclass), false),
      'least_body', case when bool_or(k.definition like '%length(body) >= 1%')
        filter (where k.table_id = 'comments'::regclass) then '-' else '' end,
      'needs_position', coalesce(bool_or(k.definition ilike '%"position" is not null%')
        filter (where k.table_id = 'comments'::regclass), false),
      'labels_type', backfill_labels_type_v1(),
      'with_triggers', array(
        select distinct t.tgrelid::regclass::text from pg_trigger t
        where t.tgrelid = any (array['contributors', 'pull_requests', 'reviews', 'comments']::regclass[])
          and not t.tgisinternal))
    from (
      select c.conrelid as table_id, pg_get_constraintdef(c.oid) as definition,
        c.conrelid = 'pull_requests'::regclass and c.conkey = array[a.attnum] as is_state
      from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
        and a.attname in ('state', 'username', 'body', 'position')
      where c.conrelid = any (array['contributors', 'pull_requests', 'comments']::regclass[])
        and c.contype = 'c') k);
end
$$;

-- Store rows of one kind with one statement. When a row is bad, clip what the database allows no more of,
-- or store the others one by one and record the bad ones as they came, with the reason. So are rows that the
-- database took and did not keep, and rows that are stored without their author.
create or replace function public.backfill_store_rows_v2(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_schema jsonb,
  p_now timestamptz,
  out inserted int,
  out rejected int
)
language plpgsql
as $$
declare
  stored record;
  bad bigint[] := '{}';
  clipped bigint[] := '{}';
  kept bigint;
  is_recorded boolean := exists (
    select from backfill_rejects r where r.repository_id = p_repository_id and r.kind = p_kind);
begin
  begin
    stored := backfill_upsert_v2(p_repository_id, p_kind, p_rows, p_schema);
  exception
    -- Only what a row itself can cause (a text too long for an index is a program limit, a rule on the
    -- table is a feature not supported); a missing grant or a full disk must stop the commit.
    when data_exception or integrity_constraint_violation or raise_exception
      or program_limit_exceeded or feature_not_supported or insufficient_privilege
    then
      perform backfill_refuse_forbidden_v1(p_kind, sqlstate, sqlerrm);
      stored := null;
  end;
  if stored is null then
    stored := backfill_store_one_by_one_v1(p_repository_id, p_kind, p_rows, p_schema, p_now);
    bad := stored.refused;
    clipped := stored.clipped;
  end if;
  if stored.lost <> '{}' or stored.nameless <> '{}' then
    bad := bad || backfill_record_lost_v2(
      p_repository_id, p_kind, p_rows, stored.lost, stored.nameless, p_now);
  end if;
  -- What could not be stored before is stored now, and what was clipped fits.
  if is_recorded then
    -- One look-up a row: as a join or a list, a planner without statistics walks all rejects of the kind.
    for kept in
      select (e.value ->> 'github_id')::bigint from jsonb_array_elements(p_rows) e order by 1
    loop
      delete from backfill_rejects r
      where r.repository_id = p_repository_id and r.kind = p_kind and r.github_id = kept
        and kept <> all (bad || clipped);
    end loop;
  end if;
  inserted := stored.inserted;
  rejected := cardinality(bad);
end
$$;

-- Store rows after all of them together were refused: clipped as far as the table allows no more, once more
-- together, and then one by one. Those that are refused are recorded.
create or replace function public.backfill_store_one_by_one_v1(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_schema jsonb,
  p_now timestamptz,
  out inserted int,
  out lost bigint[],
  out nameless bigint[],
  out refused bigint[],
  out clipped bigint[]
)
language plpgsql
as $$
declare
  fitting jsonb := p_rows;
  schema_ jsonb := p_schema;
  many int := jsonb_array_length(p_rows);
  stored record;
  too_long record;
  forbidden int := 0;
begin
  inserted := 0;
  lost := '{}';
  nameless := '{}';
  refused := '{}';
  clipped := '{}';
  -- The table of review comments is that of comments.
  for too_long in select * from backfill_fit_texts_v1(replace(p_kind, 'review_', ''), p_rows) loop
    fitting := jsonb_set(fitting, array[too_long.place::text], too_long.fitted);
    clipped := clipped || (too_long.fitted ->> 'github_id')::bigint;
    -- Rather than lose a pull request and all that hangs on it: the whole row is kept on record.
    perform backfill_record_reject_v1(
      p_repository_id, p_kind, p_rows -> too_long.place::int, '22001',
      format('Clipped: %s. The table %s allows no more.', too_long.clipped,
        replace(p_kind, 'review_', '')),
      p_now);
  end loop;
  if p_kind = 'contributors' then
    schema_ := schema_ || jsonb_build_object('username_length', (
      select least(l.max_length, l.max_bytes) from backfill_text_limits_v1('contributors') l
      where l.column_name = 'username'));
  end if;
  if clipped <> '{}' or schema_ ->> 'username_length' is not null then
    begin
      stored := backfill_upsert_v2(p_repository_id, p_kind, fitting, schema_);
      inserted := stored.inserted;
      lost := stored.lost;
      nameless := stored.nameless;
      return;
    exception
      when data_exception or integrity_constraint_violation or raise_exception
        or program_limit_exceeded or feature_not_supported or insufficient_privilege
      then
        perform backfill_refuse_forbidden_v1(p_kind, sqlstate, sqlerrm);
    end;
  end if;
  for place in 0 .. many - 1 loop
    begin
      stored := backfill_upsert_v2(
        p_repository_id, p_kind, jsonb_build_array(fitting -> place), schema_);
      inserted := inserted + stored.inserted;
      lost := lost || stored.lost;
      nameless := nameless || stored.nameless;
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
end
$$;

-- Store rows of a kind: how many are new, the ids of those that were written and are not there, and of
-- those whose author is not stored.
create or replace function public.backfill_upsert_v2(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_schema jsonb,
  out inserted int,
  out lost bigint[],
  out nameless bigint[]
)
language plpgsql
as $$
declare
  stored record;
begin
  case p_kind
    when 'contributors' then stored := backfill_upsert_contributors_v2(p_rows, p_schema);
    when 'pull_requests' then
      stored := backfill_upsert_pull_requests_v2(p_repository_id, p_rows, p_schema);
    when 'reviews' then stored := backfill_upsert_reviews_v2(p_repository_id, p_rows);
    when 'comments' then stored := backfill_upsert_comments_v2(p_repository_id, p_rows, p_schema);
    when 'review_comments' then
      stored := backfill_upsert_review_comments_v2(p_repository_id, p_rows, p_schema);
  end case;
  inserted := stored.inserted;
  nameless := stored.nameless;
  lost := case when cardinality(stored.written) = cardinality(stored.changed) then '{}'
    else array(select unnest(stored.changed) except select unnest(stored.written)) end;
  -- A trigger may also delete what was written.
  case when not p_schema -> 'with_triggers' ? replace(p_kind, 'review_', '') then
    null;
  when p_kind = 'contributors' then
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from contributors t where t.github_id = w));
  when p_kind = 'pull_requests' then
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from pull_requests t where t.github_id = w));
  when p_kind = 'reviews' then
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from reviews t where t.github_id = w));
  else
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from comments t where t.github_id = w));
  end case;
end
$$;

-- Record rows that the database took and did not keep, and rows with an account that it refused; answer
-- their ids.
create or replace function public.backfill_record_lost_v2(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_lost bigint[],
  p_nameless bigint[],
  p_now timestamptz
) returns bigint[]
language plpgsql
as $$
declare
  given record;
  recorded bigint[] := '{}';
begin
  for given in
    select distinct on (e.id) e.id, e.row, e.id = any (p_lost) as is_lost, refused.github_id as author
    from (
      select r.row, (r.row ->> 'github_id')::bigint as id from jsonb_array_elements(p_rows) as r (row)
    ) e
    left join lateral (
      select j.github_id from backfill_rejects j
      where e.id = any (p_nameless) and j.repository_id = p_repository_id
        and j.kind = 'contributors' and j.github_id in (
          (e.row ->> 'author_github_id')::bigint, (e.row ->> 'merged_by_github_id')::bigint,
          (e.row ->> 'assignee_github_id')::bigint)
        and (j.sqlstate <> '22001' or j.refused)
      order by j.github_id limit 1) refused on true
    where e.id = any (p_lost) or refused.github_id is not null
    order by e.id
  loop
    recorded := recorded || given.id;
    perform backfill_record_reject_v1(p_repository_id, p_kind, given.row,
      case when given.is_lost then 'CB101' else 'CB103' end,
      case when given.is_lost then backfill_lost_reason_v1(replace(p_kind, 'review_', ''))
        else format('It is stored, but account %s that it names is not.', given.author) end,
      p_now);
  end loop;
  return recorded;
end
$$;

-- Why a row that a table took is not in it.
create or replace function public.backfill_lost_reason_v1(p_table text) returns text
language sql stable
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
as $$
begin
  if p_sqlstate = '42501'
    and (p_all or not row_security_active('public.' || replace(p_kind, 'review_', '')))
  then
    raise exception '%', p_message using errcode = '42501';
  end if;
end
$$;
