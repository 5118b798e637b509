-- Take down GitHub's totals of pull requests, asked for alone, and note what they show to be missing.
-- What changed on GitHub after the last sync is not missing: the next sync brings it.
create or replace function public.backfill_record_counts_v1(
  p_repository_id uuid,
  p_rows jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  synced_until constant timestamptz := backfill_watermark_v2(p_repository_id, 'pull_requests');
  -- What a backfill under way has not come to yet is not missing. It goes from the newest down.
  reached constant int := (
    select coalesce(s.last_processed_pr_number, 2147483647) from progressive_backfill_state s
    where s.repository_id = p_repository_id and s.walk_started_at is not null
      and s.status <> 'completed');
  mislead constant boolean := backfill_totals_mislead_v1(p_repository_id);
  shown record;
  known backfill_pull_requests;
  missing text;
  is_same_sum boolean;
  is_sum_stored boolean;
  is_list_read boolean;
begin
  -- One look-up a row: as a join, a planner without statistics reads whole tables for it.
  for shown in
    select n.*, (select p.id from pull_requests p where p.github_id = n.github_id) as stored_id
    from jsonb_to_recordset(coalesce(p_rows, '[]')) as n (
      github_id bigint, node_id text, number int, created_at timestamptz, updated_at timestamptz,
      reviews_total int, all_comments_total int, comments_total int)
    order by n.github_id
  loop
    -- Is it here, and as it is on GitHub?
    select * into known from backfill_pull_requests b where b.pull_request_id = shown.stored_id;
    missing := case
      when shown.stored_id is null then case
        when shown.created_at <= synced_until and (shown.number < reached) is not true
          then 'it is not stored' end
      when known.pull_request_id is null then 'it was stored by somebody else'
      when known.source_updated_at < shown.updated_at and shown.updated_at <= synced_until
        then 'it changed, and no sync noticed' end;
    if missing is not null then
      -- One that is queued already stays queued.
      insert into backfill_numbers as n (repository_id, number, meaning, reason, noted_at)
      values (p_repository_id, shown.number, 'missing', missing, p_now)
      on conflict (repository_id, number) do update
      set meaning = 'missing', reason = excluded.reason, noted_at = excluded.noted_at
      where n.meaning in ('issue', 'gone');
    end if;
    continue when known.pull_request_id is null;

    -- Its totals, unless it changed since it was stored: then they are of rows that are yet to come.
    if known.source_updated_at >= shown.updated_at then
      is_same_sum := shown.all_comments_total = known.all_comments_total;
      is_sum_stored := shown.all_comments_total
        = known.comments_stored + known.review_comments_stored;
      is_list_read := known.review_comments_read_at >= known.captured_at;
      known.review_comments_total := case
        -- A list that was read to its end says more than a sum that misleads, until the sum changes: by so
        -- many, whatever else it counts.
        when mislead and shown.comments_total is not null and not is_same_sum and is_list_read
          then greatest(0, known.review_comments_total + shown.all_comments_total
            - known.all_comments_total - shown.comments_total + known.comments_total)
        when mislead or (is_list_read and is_same_sum) then known.review_comments_total
        when shown.comments_total is not null
          then shown.all_comments_total - shown.comments_total
        when is_sum_stored then known.review_comments_stored
        else known.review_comments_total end;
      if (mislead or is_same_sum) is not true then
        known.review_comments_read_at := null;
      end if;
      known.comments_total := case
        when shown.comments_total is not null then shown.comments_total
        -- Only the sum of both kinds was asked for, and as many are stored: so each is what is stored of it.
        when is_sum_stored and not mislead then known.comments_stored
        else known.comments_total end;
      -- Where it misleads it is held against what it was, together with the comments' own total.
      if not mislead or shown.comments_total is not null then
        known.all_comments_total := shown.all_comments_total;
      end if;
      known.reviews_total := shown.reviews_total;
    end if;
    update backfill_pull_requests b
    set reviews_total = known.reviews_total,
      all_comments_total = known.all_comments_total,
      comments_total = known.comments_total,
      review_comments_total = known.review_comments_total,
      review_comments_read_at = known.review_comments_read_at,
      verified_at = p_now,
      counted_at = case when shown.comments_total is not null then p_now else b.counted_at end
    where b.pull_request_id = shown.stored_id;
  end loop;
end
$$;
