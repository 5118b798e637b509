-- Open the next chunk of a backfill, or take up the one that a lost run left in `processing`, or that
-- recover put back to `pending`.
-- A chunk lost more than five times is closed as failed and another is opened at the same position.
create or replace function public.backfill_open_chunk_v1(
  p_state progressive_backfill_state,
  p_cursor text,
  p_lease_token uuid,
  p_now timestamptz
) returns backfill_chunks
language plpgsql
as $$
declare
  chunk backfill_chunks;
begin
  perform backfill_close_lost_chunk_v1(c.id, p_now)
  from backfill_chunks c
  where c.backfill_state_id = p_state.id and c.status in ('processing', 'pending')
    and c.retry_count >= {policy.LOSSES_OF_A_CHUNK};

  update backfill_chunks c
  set status = 'processing', retry_count = c.retry_count + 1, started_at = p_now,
    lease_token = p_lease_token, start_cursor = p_cursor
  where c.id = (
    select l.id from backfill_chunks l
    where l.backfill_state_id = p_state.id and l.status in ('processing', 'pending')
    order by l.chunk_number desc limit 1)
  returning * into chunk;
  if found then
    return chunk;
  end if;

  insert into backfill_chunks
    (repository_id, backfill_state_id, chunk_number, status, started_at, lease_token, start_cursor)
  select p_state.repository_id, p_state.id, coalesce(max(c.chunk_number), 0) + 1, 'processing',
    p_now, p_lease_token, p_cursor
  from backfill_chunks c where c.backfill_state_id = p_state.id
  returning * into chunk;
  return chunk;
end
$$;

-- Give up a chunk whose run was lost too often, with the reason.
create or replace function public.backfill_close_lost_chunk_v1(p_chunk_id uuid, p_now timestamptz)
returns void
language sql
as $$
  update backfill_chunks c
  set status = 'failed',
    -- The generated column `processing_time_ms` is an integer: 24 days is the longest it can hold.
    started_at = greatest(c.started_at, p_now - interval '{policy.LONGEST_CHUNK}'),
    completed_at = p_now,
    error = format('The run that held this chunk was lost %s times.', c.retry_count + 1)
  where c.id = p_chunk_id
$$;
