//! The API's description of itself.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::{send, world};

async fn description() -> Value {
    let world = world().await;
    send(world.request(reqwest::Method::GET, "/api/v1/openapi.json")).await.ok()
}

#[tokio::test]
async fn every_route_is_described() {
    let description = description().await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert(format!("{method} {path}"));
        }
    }
    let expected = [
        "get /api/v1/agency/tasks",
        "get /api/v1/agency/tasks/{dossier}/{task}",
        "get /api/v1/agency/tasks/{dossier}/{task}/documents/{digest}",
        "get /api/v1/dossiers",
        "get /api/v1/dossiers/{id}",
        "get /api/v1/dossiers/{id}/documents/{digest}",
        "get /api/v1/consents",
        "get /api/v1/dossiers/{id}/tasks/{task}/consents/{number}",
        "post /api/v1/dossiers/{id}/tasks/{task}/consents/{number}/confirm",
        "post /api/v1/dossiers/{id}/tasks/{task}/consents/{number}/decline",
        "post /api/v1/operators/outages/{name}/begin",
        "post /api/v1/operators/announcements/{name}/end",
        "get /api/v1/operators/announcements",
        "get /api/v1/operators/parked",
        "post /api/v1/operators/parked/retry",
        "post /api/v1/operators/calendars/{name}/amend",
        "post /api/v1/operators/successions",
        "post /api/v1/agency/tasks/{dossier}/{task}/extend",
        "post /api/v1/agency/tasks/{dossier}/{task}/apologise",
        "post /api/v1/agency/tasks/{dossier}/{task}/return",
        "post /api/v1/agency/tasks/{dossier}/{task}/uphold",
        "post /api/v1/agency/tasks/{dossier}/{task}/annul",
        "post /api/v1/agency/tasks/{dossier}/{task}/request-payment",
        "post /api/v1/agency/payments/{dossier}/{task}/{payment}/paid",
        "post /api/v1/agency/payments/{dossier}/{task}/{payment}/refunded",
        "post /api/v1/agency/payments/{dossier}/{task}/{payment}/waive",
        "post /api/v1/gateways/{gateway}/payments",
        "post /api/v1/gateways/{gateway}/deliveries",
        "get /api/v1/dossiers/{id}/newer-rules",
        "post /api/v1/agency/mismatches/{dossier}/{task}/{number}/resolve",
        "post /api/v1/agency/tasks/{dossier}/{task}/report-mismatch",
        "post /api/v1/agency/silences/{dossier}/{task}/decide",
        "post /api/v1/agency/tasks/{dossier}/{task}/send-draft",
        "post /api/v1/dossiers/{id}/amend",
        "post /api/v1/dossiers/{id}/newer-rules",
        "post /api/v1/dossiers/{id}/tasks/{task}/draft",
        "post /api/v1/operators/recount",
        "get /api/v1/operators/unheld",
        "post /api/v1/operators/portal/compare",
        "get /api/v1/groups",
        "get /api/v1/groups/{group}/form",
        "get /livez",
        "get /metrics",
        "get /readyz",
        "post /api/v1/agency/answers",
        "post /api/v1/agency/documents",
        "post /api/v1/agency/reconciliation",
        "post /api/v1/agency/tasks/{dossier}/{task}/acknowledge",
        "post /api/v1/agency/tasks/{dossier}/{task}/complete",
        "post /api/v1/agency/tasks/{dossier}/{task}/deliver",
        "post /api/v1/agency/tasks/{dossier}/{task}/refuse",
        "post /api/v1/agency/tasks/{dossier}/{task}/request-supplement",
        "post /api/v1/agency/tasks/{dossier}/{task}/stop",
        "post /api/v1/applications/{group}",
        "post /api/v1/documents",
        "post /api/v1/dossiers/{id}/tasks/{task}/supply",
        "post /api/v1/dossiers/{id}/tasks/{task}/withdraw",
        "post /api/v1/dossiers/{id}/withdraw",
    ];
    assert_eq!(described, expected.into_iter().map(str::to_owned).collect());
}

#[tokio::test]
async fn what_is_described_is_complete() {
    let description = description().await;
    let schemes = &description["components"]["securitySchemes"];
    assert!(schemes["citizen"].is_object() && schemes["agency"].is_object());
    let operators = ["/livez", "/metrics", "/readyz"];
    let paths = description["paths"].as_object().unwrap();
    for (path, operations) in paths.iter().filter(|it| !operators.contains(&it.0.as_str())) {
        for (method, operation) in operations.as_object().unwrap() {
            let problem = &operation["responses"]["4XX"]["content"]["application/problem+json"];
            assert!(problem.is_object(), "{method} {path}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                let said = response["description"].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{method} {path} {status}");
            }
            let secured = operation["security"].is_array();
            // A gateway signs each message instead.
            let is_open =
                path.starts_with("/api/v1/groups") || path.starts_with("/api/v1/gateways");
            assert_eq!(secured, !is_open, "{method} {path}");
        }
    }
    let operations = description["paths"].as_object().unwrap().values();
    let ids = operations.flat_map(|it| it.as_object().unwrap().values());
    let ids: Vec<&str> = ids.filter_map(|it| it["operationId"].as_str()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    let text = description.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(description["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[tokio::test]
async fn files_are_bytes_of_three_kinds() {
    let description = description().await;
    let operations = &description["paths"];
    let places = [
        &operations["/api/v1/documents"]["post"]["requestBody"],
        &operations["/api/v1/agency/documents"]["post"]["requestBody"],
        &operations["/api/v1/dossiers/{id}/documents/{digest}"]["get"]["responses"]["200"],
        &operations["/api/v1/agency/tasks/{dossier}/{task}/documents/{digest}"]["get"]["responses"]
            ["200"],
    ];
    for place in places {
        let content = place["content"].as_object().unwrap();
        let kinds: Vec<&str> = content.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["application/pdf", "image/jpeg", "image/png"]);
        for kind in content.values() {
            let reference = kind["schema"]["$ref"].as_str().unwrap();
            let schema = description.pointer(reference.strip_prefix('#').unwrap()).unwrap();
            assert_eq!((&schema["type"], &schema["format"]), (&"string".into(), &"binary".into()));
        }
    }
}
