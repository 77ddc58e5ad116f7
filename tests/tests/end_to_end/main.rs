//! The real program from outside: citizens and agencies over HTTP, on both real stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod business;
mod commands;
mod demo;
mod endings;
mod keys;
mod law;
mod made_up;
mod sight;
mod supplement;
mod whole_way;

lienthong_tests::on_both_stores! {
    bad_input::bad_input_is_refused_at_its_field_and_nothing_is_kept,
    business::a_household_business_is_registered,
    commands::a_repeated_command_is_answered_once,
    commands::what_is_wrong_is_said_at_its_field,
    demo::the_demonstration_completes,
    endings::a_refusal_takes_with_it_what_needs_the_result,
    endings::a_withdrawal_leaves_what_was_issued,
    law::a_faulty_result_is_issued_anew,
    law::an_operator_announces_an_outage_and_moves_work,
    law::one_child_has_one_application_and_twins_have_two,
    law::somebody_else_agrees_and_sees_nothing_else,
    made_up::a_group_in_yaml_alone_runs_to_its_end,
    sight::a_dossier_is_there_for_its_applicant_alone,
    sight::an_agency_sees_what_its_task_declares,
    supplement::what_is_asked_for_is_supplied,
    whole_way::a_birth_and_a_death_are_completed,
    whole_way::simulated_agencies_complete_them_too,
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_issued_and_revoked_beside_a_running_server() {
    keys::keys_are_issued_and_revoked_beside_a_running_server().await;
}

#[test]
fn a_sqlite_store_that_is_in_use_is_left_alone() {
    keys::a_sqlite_store_that_is_in_use_is_left_alone();
}
