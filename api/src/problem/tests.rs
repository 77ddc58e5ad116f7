//! Every code is told once, in both languages, and every refusal has one.

use std::collections::BTreeSet;

use lienthong_domain::dossier::{Refusal, TaskStatus};

use super::*;

#[test]
fn codes_are_distinct_and_say_something_in_both_languages() {
    let codes: BTreeSet<&str> = TABLE.iter().map(|it| it.code).collect();
    assert_eq!(codes.len(), TABLE.len());
    for code in TABLE {
        assert!(code.status().is_client_error() || code.status().is_server_error());
        for language in [Language::Vi, Language::En] {
            assert!(!code.title(language).is_empty() && !code.help(language).is_empty());
        }
        assert_ne!(code.title(Language::Vi), code.title(Language::En));
    }
}

#[test]
fn every_refusal_has_its_code() {
    let refusals = [
        Refusal::NotInForce,
        Refusal::AlreadySubmitted,
        Refusal::NotDispatched,
        Refusal::OtherDispatch,
        Refusal::Ended(TaskStatus::Completed),
        Refusal::AlreadyAcknowledged,
        Refusal::AlreadyRequested,
        Refusal::NoSupplement,
        Refusal::NothingAsked,
        Refusal::WindowClosed,
        Refusal::NoResult,
        Refusal::AlreadyDelivered,
        Refusal::NothingOpen,
    ];
    for refusal in refusals {
        let code = Code::find(refusal.code()).unwrap();
        assert_eq!(code.status(), StatusCode::CONFLICT, "{}", code.code);
    }
}

#[test]
fn pointers_lead_into_the_body_that_was_sent() {
    let message = Text::new("Mục này còn thiếu.", "This is missing.");
    let fault = FieldFault {
        pointer: "/child/full_name".to_owned(),
        code: "required".into(),
        label: None,
        message,
    };
    let body = Problem::invalid(vec![fault]).within("/application").body(Language::En);
    assert_eq!(body.status, 422);
    assert_eq!(body.errors[0].pointer, "/application/child/full_name");
    assert_eq!(body.errors[0].detail, "This is missing.");
}
