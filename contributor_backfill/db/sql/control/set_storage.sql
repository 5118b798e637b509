-- Remember how much of bodies and of diff hunks a repository keeps ("full", "truncate:N", "none"). Null
-- keeps what it has; "full" is a setting like the others. CB002 when the repository is not tracked.
create or replace function public.backfill_set_storage_v1(
  p_repository_id uuid,
  p_bodies text default null,
  p_diff_hunks text default null
) returns jsonb
language plpgsql
as $$
declare
  settled backfill_repositories;
begin
  update backfill_repositories b
  set bodies = coalesce(p_bodies, b.bodies), diff_hunks = coalesce(p_diff_hunks, b.diff_hunks)
  where b.repository_id = p_repository_id
  returning * into settled;
  if not found then
    raise exception 'The repository % is not tracked.', p_repository_id
      using errcode = 'CB002', hint = 'Add it with: contributor-backfill track OWNER/NAME';
  end if;
  return jsonb_build_object(
    'ok', true, 'bodies', settled.bodies, 'diff_hunks', settled.diff_hunks);
end
$$;
