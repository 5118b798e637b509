-- Put on record what a person, or recover, changed.
--
-- p_order   {"call_id", "actor", "reason"}
-- p_change  {"action", "repository", "reason", "before", "after"}
create or replace function public.backfill_note_intervention_v1(
  p_order jsonb,
  p_repository_id uuid,
  p_change jsonb,
  p_now timestamptz
) returns void
language sql
as $$
  insert into backfill_interventions
    (made_at, actor, action, repository_id, repository, reason, before, after, call_id)
  values (p_now, p_order ->> 'actor', p_change ->> 'action', p_repository_id,
    p_change ->> 'repository', p_change ->> 'reason', p_change -> 'before', p_change -> 'after',
    (p_order ->> 'call_id')::uuid)
$$;

-- Whether a call has changed a repository already: it is repeated after a lost response.
create or replace function public.backfill_was_made_v1(p_order jsonb, p_repository_id uuid)
returns boolean
language sql stable
as $$
  select exists (
    select from backfill_interventions i
    where i.call_id = (p_order ->> 'call_id')::uuid and i.repository_id = p_repository_id)
$$;

-- An intervention as it is shown.
create or replace function public.backfill_show_intervention_v1(p_made backfill_interventions)
returns jsonb
language sql immutable
as $$
  select jsonb_build_object(
    'made_at', p_made.made_at, 'actor', p_made.actor, 'action', p_made.action,
    'repository', p_made.repository, 'reason', p_made.reason, 'before', p_made.before,
    'after', p_made.after)
$$;

-- Everything that a call changed, in its order.
create or replace function public.backfill_show_call_v1(p_order jsonb) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(backfill_show_intervention_v1(i) order by i.place), '[]')
  from backfill_interventions i
  where i.call_id = (p_order ->> 'call_id')::uuid
$$;

-- The repository that a history is asked for, which may be one that nobody tracks any more. Null: all.
create or replace function public.backfill_find_recorded_v1(p_repository_id uuid, p_full_name text)
returns uuid
language plpgsql stable
as $$
declare
  found_id uuid;
begin
  select r.id into found_id
  from repositories r
  where r.id = p_repository_id
    or (p_repository_id is null and lower(r.full_name) = lower(p_full_name));
  return coalesce(found_id, backfill_resolve_repository_v1(p_repository_id, p_full_name));
end
$$;

-- What was changed by hand, the newest first. A repository that was renamed keeps its history; one that
-- was deleted is found by the name that it had.
create or replace function public.backfill_list_interventions_v1(
  p_repository_id uuid default null,
  p_full_name text default null,
  p_limit int default 50
) returns jsonb
language plpgsql stable
as $$
declare
  wanted uuid;
  shown backfill_interventions[];
  is_deleted boolean := not exists (
      select from repositories r where lower(r.full_name) = lower(p_full_name))
    and exists (
      select from backfill_interventions i where lower(i.repository) = lower(p_full_name));
begin
  if not is_deleted then
    wanted := backfill_find_recorded_v1(p_repository_id, p_full_name);
  end if;
  -- Each way of asking has its own index, or none.
  if is_deleted then
    shown := array(
      select i from backfill_interventions i where lower(i.repository) = lower(p_full_name)
      order by i.made_at desc, i.place desc limit p_limit);
  elsif wanted is null then
    shown := array(
      select i from backfill_interventions i order by i.made_at desc, i.place desc limit p_limit);
  else
    shown := array(
      select i from backfill_interventions i where i.repository_id = wanted
      order by i.made_at desc, i.place desc limit p_limit);
  end if;
  return jsonb_build_object('ok', true, 'interventions', (
    select coalesce(jsonb_agg(backfill_show_intervention_v1(l) order by l.made_at desc, l.place desc),
      '[]')
    from unnest(shown) l));
end
$$;
