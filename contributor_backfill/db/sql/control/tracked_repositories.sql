-- The repositories that are tracked, also by the earlier implementation, or the wanted one if it is; in the
-- order of their ids.
create or replace function public.backfill_tracked_repositories_v1(p_wanted uuid) returns uuid[]
language plpgsql stable
as $$
begin
  if p_wanted is not null then
    return array(
      select r.id from repositories r
      where r.id = p_wanted and not backfill_is_untracked_v1(r.id)
        and (exists (select from backfill_repositories b where b.repository_id = r.id)
          or exists (select from progressive_backfill_state s where s.repository_id = r.id)));
  end if;
  return array(
    select r.id from repositories r
    left join backfill_repositories b on b.repository_id = r.id
    left join progressive_backfill_state s on s.repository_id = r.id
    where b.untracked_at is null and (b.repository_id is not null or s.id is not null)
    order by r.id);
end
$$;

-- The same with those that are being deleted: they are shown until nothing of them is left.
create or replace function public.backfill_shown_repositories_v1(p_wanted uuid) returns uuid[]
language plpgsql stable
as $$
begin
  if p_wanted is not null then
    return backfill_tracked_repositories_v1(p_wanted) || array(
      select b.repository_id from backfill_repositories b
      where b.repository_id = p_wanted and b.deleting_at is not null);
  end if;
  return backfill_tracked_repositories_v1(null) || array(
    select b.repository_id from backfill_repositories b
    where b.deleting_at is not null order by b.repository_id);
end
$$;
