-- Keep GitHub's own totals beside each stored pull request, and what its capture left out.
create or replace function public.backfill_store_totals_v1(
  p_repository_id uuid,
  p_rows jsonb,
  p_now timestamptz
) returns void
language sql
set search_path = public, pg_temp
as $$
  insert into backfill_pull_requests as t (
    pull_request_id, repository_id, number, node_id, source_updated_at, reviews_total,
    comments_total, all_comments_total, review_threads_total, assignees_total, labels_total,
    missing_fields, captured_at)
  select distinct on (p.id) p.id, p_repository_id, n.number, n.node_id, n.updated_at,
    n.reviews_total, n.comments_total, n.all_comments_total, n.review_threads_total,
    n.assignees_total, n.labels_total,
    array(select jsonb_array_elements_text(n.missing_fields)), p_now
  from jsonb_to_recordset(coalesce(p_rows, '[]')) as n (
    github_id bigint, number int, node_id text, updated_at timestamptz, reviews_total int,
    comments_total int, all_comments_total int, review_threads_total int, assignees_total int,
    labels_total int, missing_fields jsonb)
  join pull_requests p on p.github_id = n.github_id
  order by p.id
  on conflict (pull_request_id) do update
  set repository_id = excluded.repository_id, number = excluded.number,
    node_id = excluded.node_id, source_updated_at = excluded.source_updated_at,
    reviews_total = coalesce(excluded.reviews_total, t.reviews_total),
    comments_total = coalesce(excluded.comments_total, t.comments_total),
    all_comments_total = coalesce(excluded.all_comments_total, t.all_comments_total),
    review_threads_total = coalesce(excluded.review_threads_total, t.review_threads_total),
    assignees_total = coalesce(excluded.assignees_total, t.assignees_total),
    labels_total = coalesce(excluded.labels_total, t.labels_total),
    missing_fields = excluded.missing_fields,
    captured_at = excluded.captured_at
  where t.source_updated_at <= excluded.source_updated_at
    and (t.repository_id, t.number, t.node_id, t.source_updated_at, t.reviews_total,
        t.comments_total, t.all_comments_total, t.review_threads_total, t.assignees_total,
        t.labels_total, t.missing_fields)
      is distinct from (excluded.repository_id, excluded.number, excluded.node_id,
        excluded.source_updated_at, coalesce(excluded.reviews_total, t.reviews_total),
        coalesce(excluded.comments_total, t.comments_total),
        coalesce(excluded.all_comments_total, t.all_comments_total),
        coalesce(excluded.review_threads_total, t.review_threads_total),
        coalesce(excluded.assignees_total, t.assignees_total),
        coalesce(excluded.labels_total, t.labels_total), excluded.missing_fields)
$$;

-- Queue every list that did not fit its page.
create or replace function public.backfill_store_continuations_v1(p_rows jsonb, p_now timestamptz)
returns void
language sql
set search_path = public, pg_temp
as $$
  insert into backfill_continuations as t (pull_request_id, connection, cursor, created_at)
  select distinct on (p.id, n.connection) p.id, n.connection, n.cursor, p_now
  from jsonb_to_recordset(coalesce(p_rows, '[]')) as n (
    pull_request_github_id bigint, connection text, cursor text)
  join pull_requests p on p.github_id = n.pull_request_github_id
  order by p.id, n.connection
  on conflict (pull_request_id, connection) do update
  set cursor = excluded.cursor
  where t.cursor is distinct from excluded.cursor
$$;

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
