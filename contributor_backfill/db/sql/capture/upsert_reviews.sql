-- Store reviews by GitHub's id, with the reviewer in both columns that readers join on. What was read
-- before the stored state of its pull request changes nothing. Returns how many are new, the ids of those
-- that differ from what is stored, of those that were written, and of those whose author is not stored.
create or replace function public.backfill_upsert_reviews_v2(
  p_repository_id uuid,
  p_rows jsonb,
  out inserted int,
  out changed bigint[],
  out written bigint[],
  out nameless bigint[]
)
language plpgsql
as $$
begin
  with incoming as materialized (
    select distinct on (n.github_id) n.*, p.id as pull_request_id, author.id as author_id,
      t.id is null or (t.pull_request_id, t.reviewer_id, t.author_id, t.repository_id, t.state,
          t.body, t.submitted_at, t.commit_id)
        is distinct from (p.id, author.id, author.id, p_repository_id, n.state,
          coalesce(n.body, t.body), n.submitted_at, coalesce(n.commit_id, t.commit_id)) as differs
    from jsonb_to_recordset(p_rows) as n (
      github_id bigint, pull_request_github_id bigint, author_github_id bigint, state text,
      body text, submitted_at timestamptz, commit_id text, source_updated_at timestamptz)
    left join pull_requests p on p.github_id = n.pull_request_github_id
    left join backfill_pull_requests b on b.pull_request_id = p.id
    left join contributors author on author.github_id = n.author_github_id
    left join reviews t on t.github_id = n.github_id
    where (b.source_updated_at > n.source_updated_at) is not true
    order by n.github_id
  ),
  made as (
    insert into reviews as t (
      github_id, pull_request_id, reviewer_id, author_id, repository_id, state, body, submitted_at,
      commit_id)
    select n.github_id, n.pull_request_id, n.author_id, n.author_id, p_repository_id, n.state,
      n.body, n.submitted_at, n.commit_id
    from incoming n where n.differs
    on conflict (github_id) do update
    set pull_request_id = excluded.pull_request_id, reviewer_id = excluded.reviewer_id,
      author_id = excluded.author_id, repository_id = excluded.repository_id,
      state = excluded.state, body = coalesce(excluded.body, t.body),
      submitted_at = excluded.submitted_at, commit_id = coalesce(excluded.commit_id, t.commit_id)
    returning t.github_id, (t.xmax = 0) as is_new
  )
  select m.*, i.* into inserted, written, changed, nameless
  from (
    select count(*) filter (where m.is_new), coalesce(array_agg(m.github_id), '{}') from made m) m,
    (select coalesce(array_agg(n.github_id) filter (where n.differs), '{}'),
      coalesce(array_agg(n.github_id) filter (
        where n.author_github_id is not null and n.author_id is null), '{}') from incoming n) i;
end
$$;
