-- contributor.info as exported from production (September 2025), with the columns of the types
-- generated from it (October 2025). Load contributor_info_common.sql first.

create type public.repository_priority as enum ('low', 'medium', 'high', 'critical');
create type public.repository_size as enum ('small', 'medium', 'large', 'extra_large');
alter table public.tracked_repositories
  alter column repository_id set not null,
  add column size public.repository_size default 'medium',
  add column priority public.repository_priority default 'low';

-- `_dlt_*` belong to a second writer, a DLT pipeline. The types say that the two on
-- pull_requests have defaults, not which: an explicit NULL is refused, and that is what matters.
alter table public.repositories
  add column _dlt_id text,
  add column _dlt_load_id text;
alter table public.contributors
  add column linkedin_url text,
  add column discord_url text,
  add column _dlt_id text,
  add column _dlt_load_id text;
alter table public.pull_requests
  add column spam_score numeric default 0 check (spam_score between 0 and 100),
  add column base_ref text,
  add column head_ref text,
  add column author_login text,
  add column _dlt_id text not null default gen_random_uuid()::text,
  add column _dlt_load_id text not null default '',
  add constraint pull_requests_state_check check (state in ('open', 'closed', 'merged')),
  add constraint pull_requests_repository_id_fkey
    foreign key (repository_id) references public.repositories (id) on delete cascade,
  add constraint pull_requests_contributor_id_fkey
    foreign key (author_id) references public.contributors (id) on delete set null;

create index idx_pull_requests_spam_score on public.pull_requests (spam_score);
create index idx_pull_requests_is_spam on public.pull_requests (is_spam);
create index idx_pull_requests_repository_spam on public.pull_requests (repository_id, is_spam);

-- Updates one row of repositories for every pull request written. 20,000 inserts in one
-- transaction took 378 seconds with it and 1.5 without, and each of these updates also stamps
-- repositories.last_updated_at, which makes the repository look freshly synced.
create function public.update_repository_pr_count_trigger() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.repository_id is not distinct from new.repository_id then
    return new;
  end if;
  if tg_op <> 'INSERT' then
    update repositories set pull_request_count = greatest(pull_request_count - 1, 0)
    where id = old.repository_id;
  end if;
  if tg_op <> 'DELETE' then
    update repositories set pull_request_count = pull_request_count + 1
    where id = new.repository_id;
  end if;
  return coalesce(new, old);
end
$$;
create trigger update_repository_pr_count_on_insert after insert on public.pull_requests
  for each row execute function public.update_repository_pr_count_trigger();
create trigger update_repository_pr_count_on_delete after delete on public.pull_requests
  for each row execute function public.update_repository_pr_count_trigger();
create trigger update_repository_pr_count_on_update after update on public.pull_requests
  for each row execute function public.update_repository_pr_count_trigger();
