-- Store reviews by GitHub's id, with the reviewer in both columns that readers join on. What was read
-- before the stored state of its pull request changes nothing.
create or replace function public.backfill_upsert_reviews_v1(
  p_repository_id uuid,
  p_rows jsonb
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  outcome jsonb;
begin
  with incoming as (
    select distinct on (n.github_id) n.*, p.id as pull_request_id, author.id as author_id
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, pull_request_github_id bigint, author_github_id bigint, state text,
      body text, submitted_at timestamptz, commit_id text, source_updated_at timestamptz)
    left join pull_requests p on p.github_id = n.pull_request_github_id
    left join contributors author on author.github_id = n.author_github_id
    where ((
      select b.source_updated_at from backfill_pull_requests b where b.pull_request_id = p.id
    ) > n.source_updated_at) is not true
    order by n.github_id
  ),
  changed as (
    select n.* from incoming n left join reviews t on t.github_id = n.github_id
    where t.id is null
      or (t.pull_request_id, t.reviewer_id, t.author_id, t.repository_id, t.state, t.body,
          t.submitted_at, t.commit_id)
        is distinct from (n.pull_request_id, n.author_id, n.author_id, p_repository_id, n.state,
          coalesce(n.body, t.body), n.submitted_at, coalesce(n.commit_id, t.commit_id))
  ),
  written as (
    insert into reviews as t (
      github_id, pull_request_id, reviewer_id, author_id, repository_id, state, body, submitted_at,
      commit_id)
    select n.github_id, n.pull_request_id, n.author_id, n.author_id, p_repository_id, n.state,
      n.body, n.submitted_at, n.commit_id
    from changed n
    order by n.github_id
    on conflict (github_id) do update
    set pull_request_id = excluded.pull_request_id, reviewer_id = excluded.reviewer_id,
      author_id = excluded.author_id, repository_id = excluded.repository_id,
      state = excluded.state, body = coalesce(excluded.body, t.body),
      submitted_at = excluded.submitted_at, commit_id = coalesce(excluded.commit_id, t.commit_id)
    returning t.github_id, (t.xmax = 0) as is_new
  )
  select backfill_written_v1(
    array(select c.github_id from changed c), array(select w.github_id from written w),
    (select count(*) from written w where w.is_new),
    array(
      select n.github_id from incoming n
      where n.author_github_id is not null and n.author_id is null))
  into outcome;
  return outcome;
end
$$;
