-- contributor.info as its migration files build it, statement by statement, skipping the
-- statements that fail. Load contributor_info_common.sql first.

create type public.repository_priority as enum ('high', 'medium', 'low');
create type public.repository_size as enum ('small', 'medium', 'large', 'xl');
alter table public.tracked_repositories
  add column size public.repository_size,
  add column priority public.repository_priority default 'medium',
  add constraint tracked_repositories_org_repo_unique unique (organization_name, repository_name),
  add constraint tracked_repos_sync_frequency_valid check (sync_frequency_hours >= 1),
  add constraint tracked_repos_last_sync_valid check (last_sync_at <= now());

alter table public.repositories
  alter column commit_capture_status set not null,
  add constraint repositories_owner_name_key unique (owner, name),
  add constraint repositories_name_format check (name ~ '^[a-zA-Z0-9._-]{1,100}$'),
  add constraint repositories_full_name_format
    check (full_name ~ '^[a-zA-Z0-9-]+/[a-zA-Z0-9._-]+$'),
  add constraint repositories_owner_format check (owner ~ '^[a-zA-Z0-9-]{1,39}$'),
  add constraint repositories_description_length check (length(description) <= 1000),
  add constraint repositories_homepage_format check (homepage ~ '^https?://'),
  add constraint repositories_language_length check (length(language) <= 50),
  add constraint repositories_stargazers_non_negative check (stargazers_count >= 0),
  add constraint repositories_watchers_non_negative check (watchers_count >= 0),
  add constraint repositories_forks_non_negative check (forks_count >= 0),
  add constraint repositories_issues_non_negative check (open_issues_count >= 0),
  add constraint repositories_size_non_negative check (size >= 0),
  add constraint repositories_default_branch_length
    check (length(default_branch) between 1 and 255),
  add constraint repositories_license_length check (length(license) <= 50),
  -- The check on topics is not here: it has a sub-select, so PostgreSQL refuses it.
  add constraint repositories_date_consistency check (
    coalesce(github_created_at <= now(), true)
    and coalesce(github_updated_at <= now(), true)
    and coalesce(github_pushed_at <= now(), true)
    and coalesce(github_created_at <= github_updated_at, true)
  );

alter table public.contributors
  add constraint contributors_username_length check (length(username) between 1 and 39),
  -- No `[bot]` login passes this one.
  add constraint contributors_username_format check (
    username ~ '^[a-zA-Z0-9-]+$' and username !~ '^-' and username !~ '-$'
  ),
  add constraint contributors_display_name_length check (length(display_name) <= 255),
  add constraint contributors_avatar_url_format check (avatar_url ~ '^https?://'),
  add constraint contributors_email_format check (email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
  add constraint contributors_company_length check (length(company) <= 255),
  add constraint contributors_location_length check (length(location) <= 255),
  add constraint contributors_bio_length check (length(bio) <= 1000),
  add constraint contributors_blog_format check (blog ~ '^https?://'),
  add constraint contributors_public_repos_non_negative check (public_repos >= 0),
  add constraint contributors_public_gists_non_negative check (public_gists >= 0),
  add constraint contributors_followers_non_negative check (followers >= 0),
  add constraint contributors_following_non_negative check (following >= 0),
  add constraint contributors_date_consistency check (github_created_at <= now());

alter table public.pull_requests
  add column spam_score integer default 0 check (spam_score between 0 and 100),
  add constraint pull_requests_repo_number_key unique (repository_id, number),
  -- 'merged' is refused.
  add constraint pull_requests_state_check check (state in ('open', 'closed')),
  add constraint fk_pull_requests_repository
    foreign key (repository_id) references public.repositories (id) on delete cascade,
  add constraint fk_pull_requests_author
    foreign key (author_id) references public.contributors (id) on delete set null,
  -- A later migration added a second foreign key on the same column with another action.
  add constraint pull_requests_author_id_fkey
    foreign key (author_id) references public.contributors (id) on delete cascade,
  add constraint pull_requests_number_positive check (number > 0),
  add constraint pull_requests_title_length check (length(title) between 1 and 500),
  add constraint pull_requests_body_length check (length(body) <= 10000),
  add constraint pull_requests_base_branch_length check (length(base_branch) between 1 and 255),
  add constraint pull_requests_head_branch_length check (length(head_branch) between 1 and 255),
  add constraint pull_requests_mergeable_state_length check (length(mergeable_state) <= 50),
  add constraint pull_requests_additions_non_negative check (additions >= 0),
  add constraint pull_requests_deletions_non_negative check (deletions >= 0),
  add constraint pull_requests_changed_files_non_negative check (changed_files >= 0),
  add constraint pull_requests_commits_non_negative check (commits >= 0),
  add constraint pull_requests_html_url_format check (html_url ~ '^https?://'),
  add constraint pull_requests_diff_url_format check (diff_url ~ '^https?://'),
  add constraint pull_requests_patch_url_format check (patch_url ~ '^https?://'),
  add constraint pull_requests_date_consistency check (
    created_at <= updated_at
    and coalesce(created_at <= closed_at, true)
    and coalesce(created_at <= merged_at, true)
    and coalesce(merged_at <= closed_at, true)
  ),
  add constraint pull_requests_merged_validation check (
    (not merged or merged_at is not null) and (state = 'open' or closed_at is not null)
  );

alter table public.reviews
  add constraint reviews_body_length check (length(body) <= 10000),
  add constraint reviews_commit_id_length check (length(commit_id) <= 40),
  add constraint reviews_date_consistency check (submitted_at <= now());

alter table public.comments
  add constraint comments_pr_or_issue_check
    check ((pull_request_id is null) <> (issue_id is null)),
  add constraint comments_body_length check (length(body) between 1 and 10000),
  add constraint comments_position_positive check (position > 0),
  add constraint comments_original_position_positive check (original_position > 0),
  add constraint comments_diff_hunk_length check (length(diff_hunk) <= 1000),
  add constraint comments_path_length check (length(path) <= 500),
  add constraint comments_commit_id_length check (length(commit_id) <= 40),
  add constraint comments_date_consistency check (created_at <= updated_at),
  -- GitHub sends no position for a comment on an outdated line, so this refuses true data.
  add constraint comments_review_comment_validation check (
    comment_type = 'issue_comment' or (position is not null and path is not null)
  );

alter table public.sync_logs
  add constraint sync_logs_sync_type_check check (
    sync_type in ('full_sync', 'incremental_sync', 'repository_sync', 'contributor_sync')
  ),
  add constraint sync_logs_counts_non_negative check (
    least(records_processed, records_inserted, records_updated, records_failed,
          github_api_calls_used, rate_limit_remaining) >= 0
  ),
  add constraint sync_logs_error_message_length check (length(error_message) <= 2000),
  add constraint sync_logs_date_consistency check (
    started_at <= now() and coalesce(started_at <= completed_at, true)
  ),
  add constraint sync_logs_status_validation check (
    (status = 'started') = (completed_at is null)
  ),
  add constraint sync_logs_failed_error_required check (
    status <> 'failed' or error_message is not null
  );
