-- Change what a person may change of repositories: "pause", "resume", "retry", "reset" or "set", of the
-- one that is named or of all that are tracked, a piece of them at a time. Each change is put on record. The
-- same call made twice changes nothing the second time and gets the same result.
--
-- p_order      {"call_id", "actor", "reason"}
-- p_arguments  of the action; see its function
-- p_after      where the piece before ended
--
-- Returns {"changes": [...], "busy": names that were left alone because a run works there now, "next": where
-- the next piece begins, or null}. CB002 for a repository that is not tracked.
create or replace function public.backfill_control_repositories_v2(
  p_action text,
  p_arguments jsonb,
  p_order jsonb,
  p_repository_id uuid default null,
  p_full_name text default null,
  p_after uuid default null,
  p_limit int default 200,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  chosen uuid[] := backfill_controlled_v2(
    p_action, p_order, p_repository_id, p_full_name, p_after, p_limit);
  each_id uuid;
begin
  foreach each_id in array chosen loop
    perform backfill_change_control_v1(each_id, p_action, p_arguments, p_order, false, p_now);
  end loop;
  return jsonb_build_object(
    'ok', true,
    'changes', (
      select coalesce(jsonb_agg(backfill_show_intervention_v1(i) order by i.place), '[]')
      from backfill_interventions i
      where i.call_id = (p_order ->> 'call_id')::uuid and i.repository_id = any (chosen)),
    'busy', backfill_busy_v1(chosen, p_action, p_order, p_now),
    'next', chosen[p_limit]);
end
$$;

-- What the same call would change, without changing it.
create or replace function public.backfill_peek_control_v2(
  p_action text,
  p_arguments jsonb,
  p_order jsonb,
  p_repository_id uuid default null,
  p_full_name text default null,
  p_after uuid default null,
  p_limit int default 200,
  p_now timestamptz default now()
) returns jsonb
language plpgsql stable
as $$
declare
  chosen uuid[] := backfill_controlled_v2(
    p_action, p_order, p_repository_id, p_full_name, p_after, p_limit);
begin
  return jsonb_build_object(
    'ok', true,
    'changes', (
      select coalesce(jsonb_agg(p.change || p_order - 'call_id' order by p.place), '[]')
      from (
        select backfill_plan_control_v1(c.id, p_action, p_arguments, p_now) as change, c.place
        from unnest(chosen) with ordinality c (id, place)) p
      where p.change is not null),
    'busy', backfill_busy_v1(chosen, p_action, p_order, p_now),
    'next', chosen[p_limit]);
end
$$;

-- The repositories that a piece of a call is about, those of all that are tracked when none is named, in
-- the order of their ids. Of all, a retry or a resume looks only at those where something may be changed.
create or replace function public.backfill_controlled_v2(
  p_action text,
  p_order jsonb,
  p_repository_id uuid,
  p_full_name text,
  p_after uuid,
  p_limit int
) returns uuid[]
language plpgsql stable
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
  chosen uuid[] := backfill_tracked_repositories_v1(wanted);
begin
  if wanted is not null and chosen = '{}' then
    raise exception 'The repository % is not tracked.', (
        select r.full_name from repositories r where r.id = wanted)
      using errcode = 'CB002', hint = 'Add it with: contributor-backfill track OWNER/NAME';
  end if;
  if wanted is null and p_action in ('retry', 'resume') then
    chosen := array(
      select i.id from unnest(chosen) i (id)
      where i.id in (select c.repository_id from backfill_changeable_v1(p_action, p_order) c));
  end if;
  return array(
    select i.id from unnest(chosen) i (id)
    where p_after is null or i.id > p_after order by i.id limit p_limit);
end
$$;

-- The repositories where a retry, or a resume, may find something to change, or this very call has.
create or replace function public.backfill_changeable_v1(p_action text, p_order jsonb)
returns table (repository_id uuid)
language sql stable
as $$
  select s.repository_id from progressive_backfill_state s
  where case p_action
    when 'retry' then s.status = 'failed' or s.consecutive_errors > 0
    else s.status = 'paused' or s.next_attempt_at is not null or s.next_attempt_reason is not null end
  union
  select b.repository_id from backfill_repositories b
  where p_action = 'resume' and (b.paused_at is not null or b.pause_ends_at is not null)
  union
  select f.repository_id from backfill_feeds f where f.next_attempt_at is not null
  union
  select j.repository_id from backfill_rejects j where p_action = 'retry' and j.number is not null
  union
  select c.repository_id from backfill_chunks c where p_action = 'retry' and c.status = 'failed'
  union
  select i.repository_id from backfill_interventions i
  where i.call_id = (p_order ->> 'call_id')::uuid
$$;

-- What an action changes of a repository, {"action", "repository", "before", "after"} with what differs
-- and nothing else; null when nothing does.
create or replace function public.backfill_plan_control_v1(
  p_repository_id uuid,
  p_action text,
  p_arguments jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql stable
as $$
declare
  control jsonb := backfill_read_control_v1(p_repository_id);
  changed jsonb := case p_action
    when 'pause' then backfill_pause_control_v1(control, p_arguments, p_now)
    when 'resume' then backfill_resume_control_v1(control)
    when 'retry' then backfill_retry_control_v1(control, p_repository_id, p_now)
    when 'reset' then backfill_reset_control_v1(control, p_now)
    when 'set' then control || p_arguments
    when 'end_pause' then backfill_end_pause_control_v1(control, p_now)
    when 'settle_access' then backfill_settle_access_v1(control, p_arguments, p_now)
  end;
begin
  if changed is null or changed = control then
    return null;
  end if;
  return jsonb_build_object(
    'action', case when p_action = 'settle_access'
      then backfill_name_access_change_v1(control, changed) else p_action end,
    'repository', control ->> 'full_name',
    'before', backfill_differing_v1(control || '{"wanted": null}', changed),
    'after', backfill_differing_v1(changed, control));
end
$$;

-- Change a repository by an action and put it on record. `p_skips_locked` leaves one alone that
-- somebody is at work on.
create or replace function public.backfill_change_control_v1(
  p_repository_id uuid,
  p_action text,
  p_arguments jsonb,
  p_order jsonb,
  p_skips_locked boolean,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  change jsonb;
  before jsonb;
begin
  if not backfill_lock_control_v1(p_repository_id, p_skips_locked)
    or backfill_was_made_v1(p_order, p_repository_id)
  then
    return;
  end if;
  change := backfill_plan_control_v1(p_repository_id, p_action, p_arguments, p_now);
  if change is null then
    return;
  end if;
  before := backfill_read_control_v1(p_repository_id);
  perform backfill_write_control_v1(p_repository_id, before, before || (change -> 'after'), p_now);
  perform backfill_note_intervention_v1(
    p_order, p_repository_id, change || jsonb_build_object('reason', coalesce(
      p_order ->> 'reason', p_arguments ->> 'reason')), p_now);
end
$$;

-- Lock what an action may change, in the order in which everything locks it. Tells whether it has the
-- locks; with `p_skips_locked` it does not wait for them.
create or replace function public.backfill_lock_control_v1(
  p_repository_id uuid,
  p_skips_locked boolean
) returns boolean
language plpgsql
as $$
begin
  if not p_skips_locked then
    perform from progressive_backfill_state s where s.repository_id = p_repository_id for update;
    perform from backfill_feeds f where f.repository_id = p_repository_id order by f.feed for update;
    perform from backfill_repositories b where b.repository_id = p_repository_id for update;
    return true;
  end if;
  perform from progressive_backfill_state s
  where s.repository_id = p_repository_id for update skip locked;
  if not found and exists (
    select from progressive_backfill_state s where s.repository_id = p_repository_id
  ) then
    return false;
  end if;
  perform from backfill_repositories b where b.repository_id = p_repository_id for update skip locked;
  return found or not exists (
    select from backfill_repositories b where b.repository_id = p_repository_id);
end
$$;

-- The names of those that a reset left alone, because a run works there now.
create or replace function public.backfill_busy_v1(
  p_repository_ids uuid[],
  p_action text,
  p_order jsonb,
  p_now timestamptz
) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(r.full_name order by r.full_name), '[]')
  from progressive_backfill_state s
  join repositories r on r.id = s.repository_id
  where p_action = 'reset' and s.repository_id = any (p_repository_ids)
    and s.lease_expires_at > p_now and not backfill_was_made_v1(p_order, s.repository_id)
$$;
