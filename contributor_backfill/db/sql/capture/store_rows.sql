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
  is_recorded constant boolean := exists (
    select from backfill_rejects r where r.repository_id = p_repository_id and r.kind = p_kind);
begin
  stored := backfill_try_rows_v1(p_repository_id, p_kind, p_rows, p_schema);
  if stored.refused_with is not null then
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
    -- One look-up a row: as a join or a list, a planner without statistics reads all rejects of the kind.
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
  -- The table of review comments is that of comments.
  of_table constant text := replace(p_kind, 'review_', '');
  fitting jsonb := p_rows;
  schema_ jsonb := p_schema;
  many constant int := jsonb_array_length(p_rows);
  stored record;
  too_long record;
  forbidden int := 0;
begin
  inserted := 0;
  lost := '{}';
  nameless := '{}';
  refused := '{}';
  clipped := '{}';
  for too_long in select * from backfill_fit_texts_v1(of_table, p_rows) loop
    fitting := jsonb_set(fitting, array[too_long.place::text], too_long.fitted);
    clipped := clipped || (too_long.fitted ->> 'github_id')::bigint;
    -- Rather than lose a pull request and all that hangs on it: the whole row is kept on record.
    perform backfill_record_reject_v1(
      p_repository_id, p_kind, p_rows -> too_long.place::int, '22001',
      format('Clipped: %s. The table %s allows no more.', too_long.clipped, of_table), p_now);
  end loop;
  if p_kind = 'contributors' then
    -- A login names its account, so it is not clipped but exchanged for another name (backfill_username_v2).
    schema_ := schema_ || jsonb_build_object('username_length', (
      select least(l.max_length, l.max_bytes) from backfill_text_limits_v1('contributors') l
      where l.column_name = 'username'));
  end if;
  if clipped <> '{}' or schema_ ->> 'username_length' is not null then
    stored := backfill_try_rows_v1(p_repository_id, p_kind, fitting, schema_);
    if stored.refused_with is null then
      inserted := stored.inserted;
      lost := stored.lost;
      nameless := stored.nameless;
      return;
    end if;
  end if;
  for index in 0 .. many - 1 loop
    stored := backfill_try_rows_v1(
      p_repository_id, p_kind, jsonb_build_array(fitting -> index), schema_);
    if stored.refused_with is null then
      inserted := inserted + stored.inserted;
      lost := lost || stored.lost;
      nameless := nameless || stored.nameless;
      continue;
    end if;
    forbidden := forbidden + (stored.refused_with = '42501')::int;
    -- A rule that lets no row through is a setting that somebody has to mend, and no fault of the rows.
    if forbidden = many and many > 1 then
      raise exception '%', stored.message using errcode = '42501';
    end if;
    refused := refused || (p_rows -> index ->> 'github_id')::bigint;
    perform backfill_record_reject_v1(p_repository_id, p_kind, p_rows -> index,
      stored.refused_with, stored.message, p_now);
  end loop;
end
$$;

-- Store rows of a kind, all or none: how many are new, the ids of those that were written and are not there, and
-- of those whose author is not stored; or what the database refused them with.
create or replace function public.backfill_try_rows_v1(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_schema jsonb,
  out inserted int,
  out lost bigint[],
  out nameless bigint[],
  out refused_with text,
  out message text
)
language plpgsql
as $$
declare
  of_table constant text := replace(p_kind, 'review_', '');
  stored record;
  other record;
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
  lost := '{}';
  if cardinality(stored.written) <> cardinality(stored.changed) then
    lost := array(select unnest(stored.changed) except select unnest(stored.written));
    if of_table = 'comments' then
      -- Conversation and review comments share a column, and GitHub numbers each kind for itself.
      select c.github_id, c.comment_type into other from comments c
      where c.github_id = any (lost)
        and (c.comment_type = 'review_comment') <> (p_kind = 'review_comments') limit 1;
      if found then
        raise exception 'Comment % is stored as a % already.', other.github_id,
          case p_kind when 'comments' then 'review comment' else 'conversation comment' end;
      end if;
    end if;
  end if;
  -- A trigger may also delete what was written.
  case when not p_schema -> 'with_triggers' ? of_table then
    null;
  when of_table = 'contributors' then
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from contributors t where t.github_id = w));
  when of_table = 'pull_requests' then
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from pull_requests t where t.github_id = w));
  when of_table = 'reviews' then
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from reviews t where t.github_id = w));
  else
    lost := lost || array(
      select w from unnest(stored.written) w
      where not exists (select from comments t where t.github_id = w));
  end case;
exception
  -- Only what a row itself can cause (a text too long for an index is a program limit, a rule on the table is a
  -- feature not supported): a full disk must stop the commit.
  when data_exception or integrity_constraint_violation or raise_exception
    or program_limit_exceeded or feature_not_supported or insufficient_privilege
  then
    -- So must a missing grant, which concerns all rows; row level security may refuse a single one.
    if sqlstate = '42501' and not row_security_active('public.' || of_table) then
      raise;
    end if;
    refused_with := sqlstate;
    message := sqlerrm;
end
$$;

-- Record rows that the database took and did not keep, and rows with an account that it refused; return
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
