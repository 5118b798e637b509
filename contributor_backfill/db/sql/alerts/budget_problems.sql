-- A cap of the month's budget is near, or reached, and everything waits for the next month.
create or replace function public.backfill_budget_problems_v1(p_now timestamptz)
returns table (repository_id uuid, kind text, severity text, detail jsonb)
language sql stable
as $$
  select null::uuid, 'budget' as kind,
    case when (s.standing ->> 'is_paused')::boolean then 'error' else 'warning' end,
    jsonb_build_object('month', s.standing -> 'month', 'resumes_at', s.standing -> 'resumes_at',
      'caps', s.caps)
  from (
    select n.standing, jsonb_path_query_array(n.standing -> 'caps', '$[*] ? (@.state != "ok")') as caps
    from (select backfill_budget_standing_v1(p_now) as standing) n
  ) s
  where jsonb_array_length(s.caps) > 0
$$;
