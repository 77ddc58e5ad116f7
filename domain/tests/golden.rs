//! Every kind of event that was ever stored, as it was stored: today's code reads each and writes
//! it again byte for byte. The files in `golden/` are never edited; a new version of an event gets
//! a file of its own, and a program that no longer reads an old one has lost somebody's dossier.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lienthong_domain::agency::{self, Agency};
use lienthong_domain::bulletin::{self, Bulletin};
use lienthong_domain::claim::{self, Claim};
use lienthong_domain::dossier::{
    self, Channel, ClockAfterSupplement, Delivery, Dossier, Fact, Item, SkipReason, StopReason,
};
use lienthong_domain::event::{StoredEvent, stored_text};
use lienthong_domain::serial::{self, SerialBook};

use cqrs_es::Aggregate;

/// The kinds of events of an aggregate, and a `match` that stops compiling when one is missing.
macro_rules! kinds {
    ($kinds:ident, $name:ident, $type:ty: $($variant:path => $wire:literal,)*) => {
        const $kinds: &[&str] = &[$($wire),*];

        fn $name(one: &$type) -> &'static str {
            match one {
                $($variant { .. } => $wire,)*
            }
        }
    };
}

kinds! { DOSSIER, name_of_fact, Fact:
    Fact::DossierSubmitted => "dossier_submitted",
    Fact::CalendarRenewed => "calendar_renewed",
    Fact::TaskSkipped => "task_skipped",
    Fact::WatchStarted => "watch_started",
    Fact::WatchMoved => "watch_moved",
    Fact::WatchOverdue => "watch_overdue",
    Fact::TaskDispatched => "task_dispatched",
    Fact::TaskAcknowledged => "task_acknowledged",
    Fact::DeliveryOverdue => "delivery_overdue",
    Fact::HandoverAlerted => "handover_alerted",
    Fact::LimitExtended => "limit_extended",
    Fact::TaskOverdue => "task_overdue",
    Fact::ApologyDrafted => "apology_drafted",
    Fact::ApologySent => "apology_sent",
    Fact::ApologyEscalated => "apology_escalated",
    Fact::TaskMoved => "task_moved",
    Fact::TaskReminded => "task_reminded",
    Fact::ClockStopped => "clock_stopped",
    Fact::StopOverdue => "stop_overdue",
    Fact::ClockResumed => "clock_resumed",
    Fact::PaymentRequested => "payment_requested",
    Fact::PaymentReceived => "payment_received",
    Fact::PaymentWaived => "payment_waived",
    Fact::PaymentLapsed => "payment_lapsed",
    Fact::RefundOrdered => "refund_ordered",
    Fact::RefundPaid => "refund_paid",
    Fact::TaskBegun => "task_begun",
    Fact::ApplicantProvided => "applicant_provided",
    Fact::WaitBegun => "wait_begun",
    Fact::TaskConcluded => "task_concluded",
    Fact::ApplicationAmended => "application_amended",
    Fact::RulesAdopted => "rules_adopted",
    Fact::DueMoved => "due_moved",
    Fact::DraftSent => "draft_sent",
    Fact::DraftAnswered => "draft_answered",
    Fact::DraftLapsed => "draft_lapsed",
    Fact::MismatchReported => "mismatch_reported",
    Fact::SilenceReported => "silence_reported",
    Fact::MismatchOverdue => "mismatch_overdue",
    Fact::MismatchResolved => "mismatch_resolved",
    Fact::StatusAnnounced => "status_announced",
    Fact::ConsentAsked => "consent_asked",
    Fact::ConsentReminded => "consent_reminded",
    Fact::ConsentGiven => "consent_given",
    Fact::ConsentDeclined => "consent_declined",
    Fact::ConsentLapsed => "consent_lapsed",
    Fact::ResultReturned => "result_returned",
    Fact::TaskReopened => "task_reopened",
    Fact::ResultUpdated => "result_updated",
    Fact::ReviewRequested => "review_requested",
    Fact::ResultUpheld => "result_upheld",
    Fact::ResultAnnulled => "result_annulled",
    Fact::SupplementRequested => "supplement_requested",
    Fact::SupplementSupplied => "supplement_supplied",
    Fact::SupplementLapsed => "supplement_lapsed",
    Fact::TaskCompleted => "task_completed",
    Fact::TaskRefused => "task_refused",
    Fact::TaskStopped => "task_stopped",
    Fact::TaskWithdrawn => "task_withdrawn",
    Fact::ResultDelivered => "result_delivered",
}

// The facts of these are their own; each follows from one command.
kinds! { AGENCY, name_of_agency_command, agency::Command:
    agency::Command::IssueKey => "agency_key_issued",
    agency::Command::RevokeKey => "agency_key_revoked",
    agency::Command::SetEndpoint => "agency_endpoint_set",
    agency::Command::RemoveEndpoint => "agency_endpoint_removed",
}
kinds! { BULLETIN, name_of_bulletin_command, bulletin::Command:
    bulletin::Command::Announce => "bulletin_announced",
    bulletin::Command::End => "bulletin_ended",
    bulletin::Command::Note => "bulletin_noted",
    bulletin::Command::Settle => "bulletin_settled",
}
kinds! { CLAIM, name_of_claim_command, claim::Take:
    claim::Take => "claim_taken",
}
kinds! { SERIAL, name_of_serial_command, serial::ClaimBlock:
    serial::ClaimBlock => "serial_block_claimed",
}

/// What is stored, and where the file is.
struct Golden {
    path: PathBuf,
    /// `KIND.VERSION`
    name: String,
    text: String,
}

/// The golden files of an aggregate, `golden/AGGREGATE/KIND.VERSION.json`.
fn golden(aggregate: &str) -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(aggregate);
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let read = entries.map(|path| Golden {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        text: fs::read_to_string(&path).unwrap().trim_end().to_owned(),
        path,
    });
    read.collect()
}

/// Every file decodes, is what its name says, and is written again as it was.
fn unchanged<A: Aggregate>(kinds: &[&str])
where
    A::Event: StoredEvent,
{
    let files = golden(A::TYPE);
    for Golden { path, name, text } in &files {
        let path = path.display();
        let event: A::Event =
            serde_json::from_str(text).unwrap_or_else(|fault| panic!("{path}: {fault}"));
        let (kind, version) = name.split_once('.').unwrap();
        assert_eq!(cqrs_es::DomainEvent::event_type(&event), kind, "{path}");
        if cqrs_es::DomainEvent::event_version(&event) == version {
            let again = event.encode(salt(text)).unwrap();
            assert_eq!(stored_text(&again).unwrap(), *text, "{path}");
        }
    }
    let have: BTreeSet<&str> = files.iter().map(|it| it.name.split_once('.').unwrap().0).collect();
    assert_eq!(have, kinds.iter().copied().collect(), "golden files of `{}`", A::TYPE);
}

/// The random bytes that the stored personal string was made with; zeroes where there is none.
fn salt(text: &str) -> [u8; 16] {
    let mut salt = [0; 16];
    let Some((_, rest)) = text.split_once(r#""personal":"plain:"#) else { return salt };
    for (byte, at) in salt.iter_mut().zip((0..32).step_by(2)) {
        *byte = u8::from_str_radix(&rest[at..at + 2], 16).unwrap();
    }
    salt
}

#[test]
fn dossier_events_stay_readable() {
    unchanged::<Dossier>(DOSSIER);
}

#[test]
fn agency_events_stay_readable() {
    unchanged::<Agency>(AGENCY);
}

#[test]
fn bulletin_events_stay_readable() {
    unchanged::<Bulletin>(BULLETIN);
}

#[test]
fn claim_events_stay_readable() {
    unchanged::<Claim>(CLAIM);
}

#[test]
fn serial_events_stay_readable() {
    unchanged::<SerialBook>(SERIAL);
}

#[test]
fn what_is_personal_can_still_be_opened() {
    let files = golden(Dossier::TYPE);
    let with_personal = files.iter().filter(|it| it.text.contains(r#","personal":""#));
    let opened = with_personal.map(|it| {
        let event: dossier::Event = serde_json::from_str(&it.text).unwrap();
        assert!(event.personal.is_some(), "{}", it.path.display());
    });
    assert!(opened.count() >= 5, "an application, fields, results, a question and a reason");
}

#[test]
fn the_lists_above_are_the_kinds_that_are_stored() {
    for Golden { path, name, text } in golden(Dossier::TYPE) {
        let event: dossier::Event = serde_json::from_str(&text).unwrap();
        let kind = name.split_once('.').unwrap().0;
        assert_eq!(name_of_fact(&event.fact), kind, "{}", path.display());
        assert_eq!(event.fact.name(), kind);
    }
    let mut board = Bulletin::default();
    let at = chrono::DateTime::parse_from_rfc3339("2026-11-16T09:00:00+07:00").unwrap();
    let (name, by) = ("merger".to_owned(), "a".to_owned());
    let what = bulletin::Announcement::Succession { from: "a".to_owned(), to: "b".to_owned() };
    let entry =
        bulletin::Entry { what, reason: "r".to_owned(), by: by.clone(), at, ended_at: None };
    let announce = bulletin::Command::Announce { name: name.clone(), entry };
    let end = bulletin::Command::End { name: name.clone(), by: by.clone(), at };
    let (deed, reason) = ("d".to_owned(), "r".to_owned());
    let note = bulletin::Command::Note { deed, by, reason, at };
    for command in [announce, end, note, bulletin::Command::Settle { name, at }] {
        let event = board.decide(&command).unwrap().unwrap();
        assert_eq!(cqrs_es::DomainEvent::event_type(&event), name_of_bulletin_command(&command));
        board.evolve(&event);
    }
    let take = claim::Take {
        dossier: uuid::Uuid::nil(),
        displaces: None,
        at: chrono::DateTime::UNIX_EPOCH,
    };
    let taken = Claim::default().decide(take).unwrap().unwrap();
    assert_eq!(cqrs_es::DomainEvent::event_type(&taken), name_of_claim_command(&take));
    let claim = serial::ClaimBlock { size: 1 };
    let claimed = SerialBook::default().decide(claim).unwrap();
    assert_eq!(cqrs_es::DomainEvent::event_type(&claimed), name_of_serial_command(&claim));
    let at = chrono::DateTime::parse_from_rfc3339("2026-11-16T09:00:00+07:00").unwrap();
    let secret = lienthong_domain::digest::Digest::of(b"secret");
    let mut agency = Agency::default();
    let issue = agency::Command::IssueKey { at, key: "k".to_owned(), secret };
    let revoke = agency::Command::RevokeKey { at, key: "k".to_owned() };
    let set = agency::Command::SetEndpoint { at, url: "http://127.0.0.1:9000/".to_owned() };
    for command in [issue, revoke, set, agency::Command::RemoveEndpoint { at }] {
        let event = agency.decide(&command).unwrap();
        assert_eq!(cqrs_es::DomainEvent::event_type(&event), name_of_agency_command(&command));
        agency.evolve(&event);
    }
}

/// Not every choice has a golden file of its own; their stored names are here.
#[test]
fn the_choices_within_events_keep_their_names() {
    let task = || "registration".to_owned();
    assert_stored(&SkipReason::NotChosen, r#""not_chosen""#);
    assert_stored(&SkipReason::DoesNotApply, r#""does_not_apply""#);
    assert_stored(&SkipReason::Without { task: task() }, r#"{"without":{"task":"registration"}}"#);
    assert_stored(&StopReason::SupplementLapsed, r#""supplement_lapsed""#);
    assert_stored(&StopReason::Agency, r#""agency""#);
    assert_stored(&Channel::Online, r#""online""#);
    assert_stored(&Channel::Counter, r#""counter""#);
    assert_stored(&Delivery::Electronic, r#""electronic""#);
    assert_stored(&Delivery::OneStop, r#""one-stop""#);
    assert_stored(&Delivery::Agency, r#""agency""#);
    assert_stored(&Delivery::Post, r#""post""#);
    assert_stored(&Delivery::Bank, r#""bank""#);
    assert_stored(&ClockAfterSupplement::Continued, r#""continued""#);
    assert_stored(&ClockAfterSupplement::Restarted, r#""restarted""#);
    assert_stored(&Item::Document("lease".to_owned()), r#"{"document":"lease"}"#);
    assert_stored(&Item::Field("shop.name".to_owned()), r#"{"field":"shop.name"}"#);
}

fn assert_stored<T>(choice: &T, stored: &str)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_eq!(serde_json::to_string(choice).unwrap(), stored);
    assert_eq!(serde_json::from_str::<T>(stored).unwrap(), *choice);
}
