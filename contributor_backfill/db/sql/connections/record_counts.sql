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
  synced_until timestamptz := backfill_watermark_v2(p_repository_id, 'pull_requests');
  -- What a backfill under way has not come to yet is not missing. It goes from the newest down.
  reached int := (
    select coalesce(s.last_processed_pr_number, 2147483647) from progressive_backfill_state s
    where s.repository_id = p_repository_id and s.walk_started_at is not null
      and s.status <> 'completed');
  shown record;
  known backfill_pull_requests;
  missing text;
  mislead constant boolean := backfill_totals_mislead_v1(p_repository_id);
begin
  for shown in
    select n.*, (select p.id from pull_requests p where p.github_id = n.github_id) as stored_id
    from jsonb_to_recordset(coalesce(p_rows, '[]')) as n (
      github_id bigint, node_id text, number int, created_at timestamptz, updated_at timestamptz,
      reviews_total int, all_comments_total int, comments_total int)
    order by n.github_id
  loop
    missing := null;
    if shown.stored_id is null then
      if shown.created_at <= synced_until and (shown.number < reached) is not true then
        missing := 'it is not stored';
      end if;
    else
      select * into known from backfill_pull_requests b where b.pull_request_id = shown.stored_id;
      if known.pull_request_id is null then
        missing := 'it was stored by somebody else';
      elsif known.source_updated_at >= shown.updated_at then
        -- Where only the sum of both kinds of comments was asked for and as many are stored, each kind is what is
        -- stored of it. A list that was read to its end says more about review comments than the sum does, until
        -- the sum changes: by so many, whatever else it counts.
        update backfill_pull_requests b
        set reviews_total = shown.reviews_total,
          -- Where it misleads it is held against what it was, together with the comments' own total.
          all_comments_total = case when mislead and shown.comments_total is null
            then b.all_comments_total else shown.all_comments_total end,
          comments_total = case
            when shown.comments_total is not null then shown.comments_total
            when shown.all_comments_total = b.comments_stored + b.review_comments_stored and not mislead
              then b.comments_stored
            else b.comments_total end,
          review_comments_total = case
            when mislead and shown.comments_total is not null and shown.all_comments_total <> b.all_comments_total
              and b.review_comments_read_at >= b.captured_at
              then greatest(0, b.review_comments_total + shown.all_comments_total - b.all_comments_total
                - shown.comments_total + b.comments_total)
            when mislead then b.review_comments_total
            when b.review_comments_read_at >= b.captured_at
              and shown.all_comments_total = b.all_comments_total then b.review_comments_total
            when shown.comments_total is not null
              then shown.all_comments_total - shown.comments_total
            when shown.all_comments_total = b.comments_stored + b.review_comments_stored
              then b.review_comments_stored
            else b.review_comments_total end,
          review_comments_read_at = case
            when mislead or shown.all_comments_total = b.all_comments_total then b.review_comments_read_at
          end
        where b.pull_request_id = shown.stored_id;
      elsif shown.updated_at <= synced_until then
        missing := 'it changed, and no sync noticed';
      end if;
      update backfill_pull_requests b
      set verified_at = p_now,
        counted_at = case when shown.comments_total is not null then p_now else b.counted_at end
      where b.pull_request_id = shown.stored_id;
    end if;
    if missing is not null then
      -- One that is queued already stays queued.
      insert into backfill_numbers as n (repository_id, number, meaning, reason, noted_at)
      values (p_repository_id, shown.number, 'missing', missing, p_now)
      on conflict (repository_id, number) do update
      set meaning = 'missing', reason = excluded.reason, noted_at = excluded.noted_at
      where n.meaning in ('issue', 'gone');
    end if;
  end loop;
end
$$;
