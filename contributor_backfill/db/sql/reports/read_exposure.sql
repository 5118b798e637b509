-- Who can read what is stored, besides the service role, by the grants and policies that there are: for
-- `track` and `doctor`.
--
-- Returns {"readers": [{"relation", "role", "by"}], "may_be_published": whether somebody said so of the
-- repository with GitHub's id p_github_id, "private": [{"full_name", "may_be_published", "is_tracked"}] of
-- those that are tracked, and of those that were and of which something is stored still}.
create or replace function public.backfill_read_exposure_v1(p_github_id bigint default null)
returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'ok', true,
    'readers', (
      select coalesce(jsonb_agg(to_jsonb(e) order by e.relation, e.role), '[]')
      from backfill_find_readers_v1() e),
    'may_be_published', exists (
      select from repositories r join backfill_repositories b on b.repository_id = r.id
      where r.github_id = p_github_id and b.may_be_published),
    'private', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'full_name', r.full_name, 'may_be_published', coalesce(b.may_be_published, false),
        'is_tracked', t.is_tracked) order by r.full_name), '[]')
      from (
        select s.id, true as is_tracked from unnest(backfill_shown_repositories_v1(null)) s (id)
        union all
        select u.repository_id, false from backfill_repositories u
        where u.untracked_at is not null and u.deleting_at is null
          and exists (select from pull_requests p where p.repository_id = u.repository_id)
      ) t
      join repositories r on r.id = t.id
      left join backfill_repositories b on b.repository_id = r.id
      where r.is_private))
$$;

-- What `anon` and `authenticated`, and with them everybody, can read of the tables that hold something of
-- a repository: a table whose rows they may select and no policy keeps from them, a view or a
-- materialized view over one that does not ask whether they may. A policy counts unless it plainly
-- lets no row of a private repository through; who reads by it is for a person to judge.
create or replace function public.backfill_find_readers_v1()
returns table (relation text, role name, by text)
language sql stable
as $$
  with recursive holders as (
    select c.* from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname in ('repositories', 'pull_requests', 'reviews', 'comments',
          'tracked_repositories', 'progressive_backfill_state', 'progressive_capture_jobs')
        or c.relname like 'backfill\_%')
  ), views (view_id, table_id) as (
    -- A view depends on what it reads through its rule.
    select w.ev_class, d.refobjid
    from pg_rewrite w
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
      and d.refclassid = 'pg_class'::regclass
    join holders h on h.oid = d.refobjid
    where w.ev_class <> d.refobjid
    union
    select w.ev_class, v.table_id
    from views v
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = v.view_id
      and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite w on w.oid = d.objid
    where w.ev_class <> v.view_id
  ), relations as (
    select h.oid, null::oid as view_id from holders h
    union all
    select v.table_id, v.view_id from views v
  ), able as (
    select r.oid, r.view_id, who.oid as role_id, who.rolname,
      coalesce(view.relkind = 'm', false) as is_copied
    from relations r
    join pg_roles who on who.rolname in ('anon', 'authenticated')
    left join pg_class view on view.oid = r.view_id
    join pg_class seen on seen.oid = coalesce(r.view_id, r.oid)
    where has_schema_privilege(who.oid, seen.relnamespace, 'usage')
      and has_any_column_privilege(who.oid, seen.oid, 'select')
      -- Such a view asks as its reader does, and the table is looked at itself.
      and (view.oid is null or view.relkind = 'm'
        or not coalesce(view.reloptions::text[] && array[
          'security_invoker=true', 'security_invoker=on', 'security_invoker=1',
          'security_invoker=yes'], false))
  )
  select distinct coalesce(a.view_id, a.oid)::regclass::text, a.rolname, case
    when a.is_copied then 'it is a copy without row level security'
    else backfill_explain_reading_v1(a.oid, coalesce(
      (select c.relowner from pg_class c where c.oid = a.view_id), a.role_id)) end
    || case when a.view_id is not null then ' (a view over ' || a.oid::regclass::text || ')' else '' end
  from able a
  where a.is_copied or backfill_explain_reading_v1(a.oid, coalesce(
    (select c.relowner from pg_class c where c.oid = a.view_id), a.role_id)) is not null
$$;

-- Why row level security lets a role read rows of private repositories; null when it does not. That the
-- role may select at all is asked elsewhere.
create or replace function public.backfill_explain_reading_v1(p_table oid, p_role oid)
returns text
language sql stable
as $$
  select case
    when not c.relrowsecurity then 'no row level security'
    when who.rolsuper or who.rolbypassrls
        or (pg_has_role(p_role, c.relowner, 'usage') and not c.relforcerowsecurity)
      then 'row level security does not bind ' || who.rolname
    when exists (
        select from pg_policy p
        where p.polrelid = p_table and not p.polpermissive
          and backfill_policy_applies_v1(p, p_role) and backfill_policy_hides_v1(p, c.relname))
      then null
    else (
      select 'policy ' || p.polname from pg_policy p
      where p.polrelid = p_table and p.polpermissive
        and backfill_policy_applies_v1(p, p_role) and not backfill_policy_hides_v1(p, c.relname)
      order by p.polname limit 1)
  end
  from pg_class c, pg_roles who
  where c.oid = p_table and who.oid = p_role
$$;

-- Whether a policy is about a role that reads; 0 stands for everybody.
create or replace function public.backfill_policy_applies_v1(p_policy pg_policy, p_role oid)
returns boolean
language sql stable
as $$
  select p_policy.polcmd in ('r', '*') and exists (
    select from unnest(p_policy.polroles) of_policy (id)
    where case when of_policy.id = 0 then true else pg_has_role(p_role, of_policy.id, 'usage') end)
$$;

-- Whether the condition of a policy is plainly false for every row of a private repository: `false`, or
-- of `repositories` that it is not private, and nothing else.
create or replace function public.backfill_policy_hides_v1(p_policy pg_policy, p_table name)
returns boolean
language sql stable
as $$
  select q.condition = 'false' or (p_table = 'repositories' and q.condition in (
    'notis_private', 'is_private=false', 'is_privateisfalse', 'is_privateisnottrue',
    'notcoalesceis_private,false', 'notcoalesceis_private,true', 'coalesceis_private,false=false',
    'coalesceis_private,true=false', 'is_private<>true'))
  from (
    select regexp_replace(lower(pg_get_expr(p_policy.polqual, p_policy.polrelid)),
      '[\s()]|repositories\.', '', 'g') as condition) q
$$;
