//! A household business: a group of another shape goes its whole way over real HTTP, with a fee that
//! a clerk takes and a visit that is repeated.

use lienthong_tests::people::{Applicant, AtOffice, application, statuses};
use lienthong_tests::program;
use lienthong_tests::server::{Place, Server};
use serde_json::json;

pub(crate) async fn a_household_business_is_registered(place: Place) {
    let server = Server::start(place);
    let application = application("household-business", 1);
    let applicant = Applicant::of(&server, "owner", &application);
    let id = applicant.apply("household-business", application).await;
    AtOffice::of(&server, &applicant, &id, "registration").await.complete().await;
    AtOffice::of(&server, &applicant, &id, "tax_code").await.complete().await;
    let insurer = AtOffice::of(&server, &applicant, &id, "social_insurance").await;
    insurer.act("acknowledge", json!({})).await;
    let dossier = applicant.dossier(&id).await;
    assert_eq!(dossier["status"]["number"], 6, "the fee is to be paid");
    assert_eq!(statuses(&dossier)["social_insurance"], "completed");

    let collector = server.office("health-sector.01");
    let paid = json!({ "amount": 500_000, "reference": "BL-2026-1" });
    let path = format!("/api/v1/agency/payments/{id}/site_visit/1/paid");
    collector.post(&path, &paid).await.ok();
    for passed in [false, true] {
        let visit = AtOffice::of(&server, &applicant, &id, "site_visit").await;
        let mut made = visit.made().await;
        made["results"]["passed"] = json!(passed);
        visit.act("complete", made).await;
    }
    AtOffice::of(&server, &applicant, &id, "food_safety").await.complete().await;
    let dossier = applicant.dossier(&id).await;
    assert_eq!(dossier["status"]["number"], 10, "{dossier}");
    let visit = applicant.task(&id, "site_visit").await;
    assert!(visit["office"]["id"] == "health-sector.01", "{visit}");
    operated(&server, &id);
}

/// The same dossier, as an operator sees the store from the command line.
fn operated(server: &Server, id: &str) {
    let operate = |arguments: &[&str]| {
        let mut command = program::command(&["operate", "--url", &server.addresses()[0]]);
        command.args(arguments);
        let token = server.place.operator_token("ops.hanoi");
        command.env("LIENTHONG_OPERATOR_TOKEN", token);
        command.output().unwrap()
    };
    let unheld = operate(&["unheld"]);
    assert!(unheld.status.success(), "{unheld:?}");
    let said = String::from_utf8_lossy(&unheld.stdout).into_owned();
    assert_eq!(said.trim(), r#"{"dossiers":[],"more":false}"#, "{id} is over");
    let parked = operate(&["parked"]);
    assert!(parked.status.success(), "{parked:?}");
    let outage = ["begin-outage", "net-1", "--offices", "health-sector.01", "--reason", "Mất mạng"];
    let announced = operate(&outage);
    assert!(announced.status.success(), "{announced:?}");
    let over = operate(&["end", "net-1"]);
    assert!(over.status.success(), "{over:?}");
    let announced = operate(&["announced"]);
    assert!(announced.status.success(), "{announced:?}");
    let again = operate(&["retry-deliveries", "--reason", "Đã sửa"]);
    assert!(!again.status.success(), "nothing was given up: {again:?}");
    let nobody = program::command(&["operate", "unheld"]).output().unwrap();
    assert!(!nobody.status.success(), "without a token");
}
