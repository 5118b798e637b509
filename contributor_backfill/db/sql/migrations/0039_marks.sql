-- Functions bear a mark from here on, by which they are known as this tool's (functions.sql). Those of the
-- version that had no mark are known by their names, which are given here without `backfill_`.
do $$
declare
  own regprocedure;
begin
  for own in
    select p.oid from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in (
      select 'backfill_' || n[1] from regexp_matches('
    activity_v1 add_counts_v1 advance_lists_v1 apply_recovery_v1 beat_run_v1 begin_pass_v1
    begin_refresh_v1 begin_run_v1 begin_run_v2 behind_v1 billed_minutes_v1 budget_standing_v1
    budget_trouble_v1 busy_v1 change_control_v1 changeable_v1 charge_workflow_run_v1 check_comments_v2
    check_due_v1 check_version_v1 chunk_is_dead_v1 claim_alert_lease_v1 claim_feed_v1 claim_job_v1
    claim_probes_v1 claim_successor_v1 claim_walk_v2 clip_text_v1 close_lost_chunk_v1
    close_workflow_run_v1 commit_feed_v1 commit_page_v1 completeness_v1 control_is_paused_v1
    control_repositories_v2 controlled_v2 correct_due_v1 count_activity_v1 count_attempt_v1
    count_deletion_v1 count_due_v1 count_items_v1 count_misleading_total_v1 count_repositories_v2
    count_stored_v1 counted_anew_v1 current_until_v1 database_trouble_v1 decide_jobs_v1 deletable_v1
    delete_others_v1 delete_piece_v1 delete_pull_requests_v1 describe_repository_v1 describe_walk_v1
    differing_columns_v1 differing_v1 doubt_total_v1 doubt_unlisted_v1 doubt_unseen_v1 doubt_v1
    due_control_v1 due_counts_v1 due_feeds_of_v1 due_feeds_v1 due_jobs_v1 due_reconciliations_v1
    due_walks_of_v1 due_walks_v1 due_work_v1 end_pause_control_v1 end_run_v1 enqueue_job_v1
    error_words_v1 exchange_numbers_v1 explain_idle_feeds_v1 explain_idle_v1 explain_lost_chunk_v1
    explain_reading_v1 fail_chunk_v1 fail_dispatch_v1 fail_feed_v1 find_by_any_name_v1 find_drift_v1
    find_failed_numbers_v1 find_gaps_v1 find_misnamed_v1 find_readers_v1 find_recorded_v1
    find_recoverable_v2 find_suspects_v1 find_trouble_v1 finish_deletion_v1 finish_run_sync_v1
    first_due_v1 fit_texts_v1 follow_renames_v2 follow_repository_name_v1 foreign_references_v1
    forget_rejects_v2 forget_run_day_v1 forget_unreadable_v1 found_schema_v1 free_for_v1
    guard_migrations_v1 has_budget_v1 hold_alert_lease_v1 hold_due_feed_v1 hold_feed_v1 inngest_usage_v1
    inspect_schema_v1 is_clipped_v1 is_known_workflow_run_v1 is_misnamed_v1 is_new_delivery_v1
    is_paused_v1 is_the_sites_v1 is_undecided_v1 is_untracked_v1 job_minutes_v1 job_of_run_v1
    job_trouble_v1 judge_counts_v1 judge_newest_v1 judge_totals_v1 keep_run_days_v1 labels_type_v1
    latest_attempt_v2 link_replies_v2 list_interventions_v1 list_totals_v1 list_tracked_v1
    listed_priority_v1 lists_are_due_v1 lists_due_at_v1 lock_control_v1 lock_job_v1 lock_leased_walk_v1
    lock_recoverable_v1 lock_workflow_run_v1 lose_silent_runs_v1 lose_workflow_run_v1 lost_reason_v1
    metadata_object_v1 month_growth_v1 move_capture_job_v1 move_feed_v1 moved_since_v1
    name_access_change_v1 name_accounts_v2 name_repository_v1 newly_due_v1 next_due_v1 next_questions_v1
    next_to_be_due_v1 next_work_v1 note_access_v1 note_day_v1 note_deletion_v1 note_dispatch_v1
    note_due_v1 note_feed_due_v1 note_former_name_v1 note_gone_v1 note_intervention_v1 note_list_due_v1
    note_lists_due_v1 note_missing_v1 note_numbers_due_v1 note_probed_due_v1 note_probes_v1
    note_pull_requests_gone_v1 note_refresh_due_v1 note_rename_v1 note_repository_due_v1
    note_repository_v1 note_shown_v1 note_telling_v1 note_walk_due_v1 note_withheld_v1
    note_workflow_runs_v1 numbers_not_stored_v1 observe_alerts_v1 open_chunk_v1 open_workflow_runs_v1
    outcome_of_v1 pace_v1 park_repository_name_v1 parking_mark_v1 pause_control_v1 peek_access_v1
    peek_control_v2 peek_dispatch_v1 peek_feeds_v1 peek_recovery_v1 peek_untrack_v1 peek_walks_v1
    plan_control_v1 policy_applies_v1 policy_hides_v1 probe_rhythm_v1 probe_write_v1 pull_request_ids_v1
    put_list_off_v1 queue_drift_v2 queue_order_v1 queue_shortfalls_v1 read_behind_v1 read_budget_v1
    read_control_v1 read_costs_v1 read_drift_v1 read_exposure_v1 read_pace_v1 read_queue_v1
    read_snapshot_v1 read_status_v2 read_turns_v1 record_counts_v1 record_lost_v2 record_reject_v1
    record_repository_v1 record_skipped_v1 recount_lists_v1 recover_v1 referring_v1 refresh_days_v1
    refresh_is_due_v1 refresh_standing_v2 refuse_forbidden_v1 refuse_old_run_v1 refuse_passed_lease_v1
    refuse_probed_v1 release_alert_lease_v1 release_feed_v1 release_job_v2 release_successor_v1
    release_walk_v1 remember_page_size_v1 renamed_to_v1 repository_trouble_v1 repository_usage_v1
    reset_control_v1 resolve_repository_v1 resume_control_v1 retry_control_v1 return_jobs_v1
    reviews_with_body_v1 revive_job_v1 routing_settings_v1 routing_standing_v1 row_count_v1
    run_trouble_v1 runs_by_day_v1 sample_database_v1 sample_repository_v1 set_budget_v1 set_refresh_v1
    set_routing_v1 set_storage_v1 settle_access_v1 settle_counts_v1 settle_doubts_v1 settle_list_v1
    settle_run_v1 settle_totals_v1 settle_workflow_run_v1 show_call_v1 show_handover_v1
    show_intervention_v1 shown_repositories_v1 silent_jobs_v1 snapshot_activity_v1 snapshot_alerts_v1
    snapshot_captures_v1 snapshot_data_v1 snapshot_details_v1 snapshot_errors_v1 snapshot_quota_v1
    snapshot_repositories_v1 snapshot_runs_v1 sources_v1 start_walk_v1 status_rank_v1
    store_captured_numbers_v1 store_continuations_v2 store_estimate_v1 store_labels_v3 store_numbers_v1
    store_one_by_one_v1 store_page_v1 store_rows_v2 store_totals_v2 store_workflow_jobs_v1
    store_workflow_run_v1 table_of_v1 take_in_shown_v1 text_limits_v1 totals_mislead_v1
    touched_pull_requests_v2 track_repository_v1 tracked_repositories_v1 undecided_jobs_v1
    unequal_lists_v1 unsettled_totals_v1 untrack_repository_v1 upsert_comments_v2 upsert_contributors_v2
    upsert_pull_requests_v2 upsert_repository_v1 upsert_review_comments_v2 upsert_reviews_v2 upsert_v2
    usage_v1 username_v2 version_parts_v1 visit_score_v1 waiting_trouble_v1 waiting_work_v1
    walk_watermark_v1 want_lists_v1 want_number_v1 was_made_v1 watermark_v1 without_later_v1
    word_of_github_v1 worker_v1 workflow_is_private_v1 write_control_v1 write_freshness_v1 write_name_v1
    ', '\S+', 'g') n)
      -- A database that this tool has never seen has none of them.
      and exists (select from public.backfill_migrations m where m.name = 'functions')
  loop
    execute format('comment on function %s is %L', own, 'Of contributor-backfill.');
  end loop;
end
$$;
