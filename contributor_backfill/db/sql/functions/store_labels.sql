-- The type of the column `pull_requests.labels`, where there is one that can take labels.
create or replace function public.backfill_labels_type_v1() returns text
language sql stable
set search_path = public, pg_temp
as $$
  select format_type(a.atttypid, a.atttypmod)
  from pg_attribute a
  where a.attrelid = 'pull_requests'::regclass and a.attname = 'labels' and not a.attisdropped
    and format_type(a.atttypid, a.atttypmod) in ('jsonb', 'text[]')
$$;

-- Write the labels' names where `pull_requests` has a column for them; after the totals, which say
-- whether the page is older than what is stored.
create or replace function public.backfill_store_labels_v1(p_rows jsonb) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  value text := case backfill_labels_type_v1()
    when 'jsonb' then 'n.labels'
    when 'text[]' then 'array(select jsonb_array_elements_text(n.labels))'
  end;
begin
  if value is null then
    return;
  end if;
  execute format($update$
    update pull_requests p set labels = %1$s
    from jsonb_to_recordset($1) as n (github_id bigint, updated_at timestamptz, labels jsonb)
    where p.github_id = n.github_id and n.labels is not null
      and p.labels is distinct from %1$s
      and not exists (
        select from backfill_pull_requests b
        where b.pull_request_id = p.id and b.source_updated_at > n.updated_at)
  $update$, value) using p_rows;
end
$$;
