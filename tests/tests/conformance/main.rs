//! What a log promises, tried on both real stores and on the one that simulations run on.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends there")]

mod appending;
mod cancellation;
mod counter;
mod dossier;
mod feeds;
mod framework;
mod heads;
mod outage;
mod ownership;
mod partitions;
mod proof;
mod reading;
mod receipts;
mod references;
mod store;

macro_rules! conformance {
    ($($module:ident :: $case:ident,)*) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    crate::$module::$case(&crate::store::Store::sqlite()).await;
                }
            )*
        }
        mod simulated {
            $(
                #[tokio::test]
                async fn $case() {
                    crate::$module::$case(&crate::store::Store::simulated()).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    if let Some(store) = crate::store::Store::postgres().await {
                        crate::$module::$case(&store).await;
                    }
                }
            )*
        }
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_made_again() {
    if let Some(store) = store::Store::postgres().await {
        outage::a_lost_connection_is_made_again(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_an_answer_is_told_from_a_refused_one() {
    if let Some(store) = store::Store::postgres().await {
        outage::a_commit_without_an_answer_is_told_from_a_refused_one(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_another_has_taken_is_forgotten_at_the_next_beat() {
    if let Some(store) = store::Store::postgres().await {
        ownership::a_lease_that_another_has_taken_is_forgotten_at_the_next_beat(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_unique_key_carries_the_partition() {
    if let Some(address) = partitions::laid_out().await {
        partitions::every_unique_key_carries_the_partition(&address).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_of_the_hot_path_carries_the_partition() {
    if let Some(address) = partitions::laid_out().await {
        partitions::every_statement_of_the_hot_path_carries_the_partition(&address).await;
    }
}

conformance! {
    appending::positions_have_no_gaps_under_concurrency,
    appending::what_is_stored_is_what_was_given,
    appending::a_conflict_leaves_nothing,
    appending::a_batch_is_all_or_nothing,
    appending::a_batch_may_append_twice_to_a_stream,
    appending::time_never_goes_back_in_a_stream,
    appending::what_breaks_a_limit_is_refused,
    cancellation::cancelled_callers_leave_nothing_half_done,
    dossier::a_dossier_reads_the_same_by_every_road,
    feeds::an_effect_and_its_checkpoint_are_one,
    feeds::what_is_parked_is_retried_as_it_is,
    feeds::a_delivery_is_attempted_until_it_ends,
    framework::the_framework_runs_on_the_log,
    heads::each_file_refuses_less_than_it_has_seen,
    heads::an_adopted_log_is_taken_wherever_it_was_known,
    ownership::a_log_opened_again_is_the_same,
    ownership::a_former_owner_writes_nothing,
    ownership::a_partition_is_taken_only_as_it_was_seen,
    ownership::a_store_that_lost_what_was_written_is_not_taken,
    ownership::a_closed_log_refuses,
    proof::a_change_is_found,
    proof::a_log_is_verified_while_it_grows,
    proof::events_are_neither_changed_nor_deleted,
    reading::streams_are_loaded_together,
    reading::rows_are_as_after_the_last_event,
    reading::rows_of_a_batch_are_coalesced,
    reading::timers_come_by_due_time,
    reading::who_is_asked_finds_it,
    reading::what_nobody_holds_is_found,
    reading::a_worklist_comes_by_due_time,
    reading::dossiers_of_an_account_come_newest_first,
    reading::messages_come_once_and_in_order,
    receipts::a_receipt_is_found_by_its_sender_alone,
    receipts::a_command_has_one_outcome,
    references::reference_data_are_kept_by_digest,
}
