-- What the schema that was found asks of rows: contributor.info's own migrations, and what was added to
-- them, differ. {"merged_state": how a merged pull request's state is written here, "is_strict": whether
-- usernames take only GitHub's own letters, "least_body": the shortest text that is taken for a comment,
-- "needs_position": whether a review comment without a position is refused, which is what GitHub sends for
-- an outdated line, "labels_type": of the column for labels, where there is one that takes them, "with_triggers": the
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
      'labels_type', (
        select format_type(a.atttypid, a.atttypmod) from pg_attribute a
        where a.attrelid = 'pull_requests'::regclass and a.attname = 'labels' and not a.attisdropped
          and format_type(a.atttypid, a.atttypmod) in ('jsonb', 'text[]')),
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
