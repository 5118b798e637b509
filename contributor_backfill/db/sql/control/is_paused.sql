-- Whether a person has paused a repository, or does not track it any more: then nothing of it is
-- captured, also when it is named by hand. A null row is a repository that nobody knows, and not paused.
create or replace function public.backfill_is_paused_v1(
  p_repository backfill_repositories,
  p_now timestamptz
) returns boolean
language plpgsql immutable
as $$
begin
  return p_repository.untracked_at is not null
    or (p_repository.paused_at is not null
      and (p_repository.pause_ends_at is null or p_repository.pause_ends_at > p_now));
end
$$;
