-- What a commit asked for each row and now asks once for all of them.
drop function if exists public.backfill_count_list_v1(uuid, text);
drop function if exists public.backfill_comment_body_v1(bigint, text, text);
