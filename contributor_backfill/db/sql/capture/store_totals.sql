-- Keep GitHub's own totals beside each stored pull request, what its capture left out, and how much of it
-- is stored. Returns the pull requests, and those that were not written, because the page is older or says
-- the same: their rows are still to be counted.
create or replace function public.backfill_store_totals_v2(
  p_repository_id uuid,
  p_rows jsonb,
  p_now timestamptz,
  out shown uuid[],
  out not_counted uuid[]
)
language plpgsql
as $$
declare
  written uuid[];
begin
  shown := array(
    select p.id from jsonb_to_recordset(p_rows) as n (github_id bigint)
    join pull_requests p on p.github_id = n.github_id);
  with made as (
    insert into backfill_pull_requests as t (
      pull_request_id, repository_id, number, node_id, source_updated_at, reviews_total,
      comments_total, all_comments_total, review_comments_total,
      assignees_total, labels_total, missing_fields, captured_at, reviews_stored, comments_stored,
      review_comments_stored)
    select distinct on (p.id) p.id, p_repository_id, n.number, n.node_id, n.updated_at,
      n.reviews_total, n.comments_total, n.all_comments_total,
      -- GitHub's total of all comments is that of the conversation and of the diff, as far as is known
      -- (judge_totals.sql).
      n.all_comments_total - n.comments_total,
      n.assignees_total, n.labels_total,
      array(select jsonb_array_elements_text(n.missing_fields)), p_now,
      s.reviews, s.comments, s.review_comments
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, number int, node_id text, updated_at timestamptz, reviews_total int,
      comments_total int, all_comments_total int, assignees_total int, labels_total int,
      missing_fields jsonb)
    join pull_requests p on p.github_id = n.github_id
    join backfill_count_items_v1(shown) s on s.pull_request_id = p.id
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
      missing_fields = excluded.missing_fields, captured_at = excluded.captured_at,
      reviews_stored = excluded.reviews_stored, comments_stored = excluded.comments_stored,
      review_comments_stored = excluded.review_comments_stored
    where t.source_updated_at <= excluded.source_updated_at
      and (t.repository_id, t.number, t.node_id, t.source_updated_at, t.reviews_total,
          t.comments_total, t.all_comments_total, t.assignees_total, t.labels_total,
          t.missing_fields)
        is distinct from (excluded.repository_id, excluded.number, excluded.node_id,
          excluded.source_updated_at, coalesce(excluded.reviews_total, t.reviews_total),
          coalesce(excluded.comments_total, t.comments_total),
          coalesce(excluded.all_comments_total, t.all_comments_total),
          coalesce(excluded.assignees_total, t.assignees_total),
          coalesce(excluded.labels_total, t.labels_total), excluded.missing_fields)
    returning t.pull_request_id
  )
  select array_agg(m.pull_request_id) into written from made m;
  not_counted := case when cardinality(written) = cardinality(shown) then '{}'
    else array(select unnest(shown) except select unnest(written)) end;
end
$$;
