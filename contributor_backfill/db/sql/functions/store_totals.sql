-- Keep GitHub's own totals beside each stored pull request, and what its capture left out.
create or replace function public.backfill_store_totals_v1(
  p_repository_id uuid,
  p_rows jsonb,
  p_now timestamptz
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if coalesce(p_rows, '[]') = '[]' then
    return;
  end if;
  insert into backfill_pull_requests as t (
    pull_request_id, repository_id, number, node_id, source_updated_at, reviews_total,
    comments_total, all_comments_total, review_comments_total, assignees_total,
    labels_total, missing_fields, captured_at)
  select distinct on (p.id) p.id, p_repository_id, n.number, n.node_id, n.updated_at,
    n.reviews_total, n.comments_total, n.all_comments_total,
    -- GitHub's total of all comments is that of the conversation and of the diff, as far as is known
    -- (judge_totals.sql).
    n.all_comments_total - n.comments_total,
    n.assignees_total, n.labels_total,
    array(select jsonb_array_elements_text(n.missing_fields)), p_now
  from jsonb_to_recordset(coalesce(p_rows, '[]')) as n (
    github_id bigint, number int, node_id text, updated_at timestamptz, reviews_total int,
    comments_total int, all_comments_total int, assignees_total int, labels_total int,
    missing_fields jsonb)
  join pull_requests p on p.github_id = n.github_id
  order by p.id
  on conflict (pull_request_id) do update
  set repository_id = excluded.repository_id, number = excluded.number,
    node_id = excluded.node_id, source_updated_at = excluded.source_updated_at,
    reviews_total = coalesce(excluded.reviews_total, t.reviews_total),
    comments_total = coalesce(excluded.comments_total, t.comments_total),
    all_comments_total = coalesce(excluded.all_comments_total, t.all_comments_total),
    review_comments_total = coalesce(excluded.review_comments_total, t.review_comments_total),
    assignees_total = coalesce(excluded.assignees_total, t.assignees_total),
    labels_total = coalesce(excluded.labels_total, t.labels_total),
    missing_fields = excluded.missing_fields,
    captured_at = excluded.captured_at
  where t.source_updated_at <= excluded.source_updated_at
    and (t.repository_id, t.number, t.node_id, t.source_updated_at, t.reviews_total,
        t.comments_total, t.all_comments_total, t.assignees_total, t.labels_total,
        t.missing_fields)
      is distinct from (excluded.repository_id, excluded.number, excluded.node_id,
        excluded.source_updated_at, coalesce(excluded.reviews_total, t.reviews_total),
        coalesce(excluded.comments_total, t.comments_total),
        coalesce(excluded.all_comments_total, t.all_comments_total),
        coalesce(excluded.assignees_total, t.assignees_total),
        coalesce(excluded.labels_total, t.labels_total), excluded.missing_fields);
end
$$;
