//! A few weeks of made-up life: every kind of event happens at least once. Played on any store, to
//! be read back through other doors.

use std::collections::BTreeMap;

use lienthong_domain::dossier::Item;
use serde_json::json;
use uuid::Uuid;

use crate::engine::{Engine, example};

/// When the story begins: a Monday in Hà Nội.
pub const BEGINS: &str = "2026-12-07T09:00:00+07:00";

/// The office that gets two keys, of which one is revoked.
pub const OFFICE_WITH_KEYS: &str = "police.00565";

/// The dossiers of the story.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// Completed and delivered, after a supplement of a document and a field; once overdue.
    pub birth: Uuid,
    /// Completed and delivered.
    pub death: Uuid,
    /// Nothing was supplied: stopped, and everything after it skipped.
    pub lapsed: Uuid,
    /// Registration refused.
    pub refused: Uuid,
    /// Withdrawn after registration.
    pub withdrawn: Uuid,
    /// The applicant has been asked for something and has not answered yet.
    pub open: Uuid,
}

/// Plays the story, which begins at [`BEGINS`], on an engine.
pub async fn play(engine: &Engine) -> Story {
    let [birth, lapsed, refused, withdrawn, open] = births(engine).await;
    let death = engine.submit("death").await;
    keys(engine).await;

    engine.at("2026-12-07T10:00:00+07:00").await;
    engine.acknowledge(birth, "registration").await;
    let marriage = || Item::Document("marriage_certificate".to_owned());
    let name = Item::Field("child.full_name".to_owned());
    engine.ask(birth, "registration", vec![marriage(), name], "Tên bị thiếu dấu.").await;
    engine.ask(lapsed, "registration", vec![marriage()], "Thiếu giấy kết hôn.").await;
    engine.refuse(refused, "registration", "Không thuộc thẩm quyền.").await;
    register(engine, withdrawn).await;
    engine.complete(death, "registration", json!({}), &["extract"]).await;

    engine.at("2026-12-08T08:00:00+07:00").await;
    engine.withdraw(withdrawn, None).await;
    let fields = BTreeMap::from([("child.full_name".to_owned(), json!("Nguyễn Minh Ân"))]);
    engine.supply(birth, "registration", &["marriage_certificate"], fields).await;
    engine.complete(death, "stop_payment", json!({}), &["decision"]).await;
    engine.complete(death, "residence_removal", json!({}), &["notice"]).await;
    engine.complete(death, "funeral_health", json!({"amount": 5_000_000}), &["decision"]).await;
    engine.deliver(death, "registration").await;
    engine.deliver(death, "funeral_health").await;

    // The registrar, then the police and with them the total, are late.
    engine.at("2026-12-11T10:00:00+07:00").await;
    register(engine, birth).await;
    engine.complete(birth, "health_insurance", json!({}), &["card"]).await;
    engine.at("2026-12-16T10:00:00+07:00").await;
    engine.complete(birth, "residence", json!({}), &["notice"]).await;
    // The window of the other dossier lapses, and the support is reminded of.
    engine.at("2026-12-28T10:00:00+07:00").await;
    engine.complete(birth, "birth_support", json!({"amount": 2_000_000}), &["decision"]).await;
    engine.complete(birth, "identity_card", json!({"issued_on": "2026-12-28"}), &[]).await;
    engine.deliver(birth, "registration").await;
    engine.deliver(birth, "identity_card").await;

    engine.acknowledge(open, "registration").await;
    engine.ask(open, "registration", vec![marriage()], "Thiếu giấy kết hôn.").await;
    Story { birth, death, lapsed, refused, withdrawn, open }
}

async fn births(engine: &Engine) -> [Uuid; 5] {
    let mut ids = [engine.submit("birth").await; 5];
    let mut without_support = example("birth");
    without_support.as_object_mut().expect("an application").remove("birth_support");
    for id in ids.iter_mut().skip(1) {
        *id = engine.apply("birth", without_support.clone()).await;
    }
    ids
}

async fn register(engine: &Engine, dossier: Uuid) {
    let results = json!({"personal_id": "001326012345"});
    engine.complete(dossier, "registration", results, &["certificate"]).await;
}

async fn keys(engine: &Engine) {
    let issue = || engine.runtime.issue_agency_key(OFFICE_WITH_KEYS);
    let (first, _second) = (issue().await.expect("a key"), issue().await.expect("a key"));
    let id = first.reveal().rsplit('.').nth(1).expect("the key names its id").to_owned();
    engine.runtime.revoke_agency_key(OFFICE_WITH_KEYS, &id).await.expect("to revoke it");
}
