-- Write the labels' names where `pull_requests` has a column for them; after the totals, which say
-- whether the page is older than what is stored. Returns how many rows a trigger swallowed.
create or replace function public.backfill_store_labels_v3(
  p_repository_id uuid,
  p_rows jsonb,
  p_type text,
  p_now timestamptz
) returns int
language plpgsql
as $$
declare
  value text := case p_type
    when 'jsonb' then 'n.labels'
    when 'text[]' then 'array(select jsonb_array_elements_text(n.labels))'
  end;
  lost bigint[];
begin
  if value is null then
    return 0;
  end if;
  execute format($update$
    with changed as (
      select p.id, p.github_id, %1$s as labels
      from jsonb_to_recordset($1) as n (github_id bigint, updated_at timestamptz, labels jsonb)
      join pull_requests p on p.github_id = n.github_id
      where n.labels is not null and p.labels is distinct from %1$s
        and not exists (
          select from backfill_pull_requests b
          where b.pull_request_id = p.id and b.source_updated_at > n.updated_at)
    ),
    written as (
      update pull_requests p set labels = c.labels from changed c where p.id = c.id
      returning p.github_id
    )
    select array(select c.github_id from changed c except select w.github_id from written w)
  $update$, value) into lost using p_rows;
  perform backfill_record_reject_v1(p_repository_id, 'pull_requests', e.row, 'CB101',
    'Its labels: ' || backfill_lost_reason_v1('pull_requests'), p_now)
  from jsonb_array_elements(p_rows) as e (row)
  where (e.row ->> 'github_id')::bigint = any (lost);
  return cardinality(lost);
end
$$;
