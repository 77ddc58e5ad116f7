//! A group that the program has never heard of, in files alone, with an office, a directory and a
//! calendar of its own: it runs to its end, each dossier on the version it began on, whatever
//! becomes of the files.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use lienthong_tests::people::{Applicant, AtOffice, complete_everything, statuses, task, today};
use lienthong_tests::server::{Place, Server};
use serde_json::{Value as Json, json};

/// The definitions of one test, which it may change.
struct Definitions(PathBuf);

impl Definitions {
    fn copied_to(target: PathBuf) -> Self {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/made-up");
        for folder in ["", "tea-house", "kite"] {
            fs::create_dir_all(target.join(folder)).unwrap();
            for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|it| it == "yaml") {
                    let name = path.file_name().unwrap();
                    fs::copy(&path, target.join(folder).join(name)).unwrap();
                }
            }
        }
        Self(target)
    }

    fn version(&self, version: u32) -> PathBuf {
        self.0.join(format!("tea-house/version-{version}.yaml"))
    }

    fn begins(&self, version: u32, day: NaiveDate) {
        self.edit(version, |line| match line.starts_with("effective_from: ") {
            true => format!("effective_from: {day}"),
            false => line.to_owned(),
        });
    }

    fn edit(&self, version: u32, change: impl Fn(&str) -> String) {
        let text = fs::read_to_string(self.version(version)).unwrap();
        let lines: Vec<String> = text.lines().map(change).collect();
        fs::write(self.version(version), lines.join("\n") + "\n").unwrap();
    }

    /// Nothing is left of the group, its offices and its calendar.
    fn delete_the_tea_house(&self) {
        fs::remove_dir_all(self.0.join("tea-house")).unwrap();
        fs::remove_file(self.0.join("directory.yaml")).unwrap();
        fs::remove_file(self.0.join("calendar.yaml")).unwrap();
    }
}

fn application() -> Json {
    json!({
        "applicant": { "full_name": "Lý Thị Sao", "personal_id": "090180000001" },
        "house": { "name": "Quán Mây", "commune": "90001" },
    })
}

pub(crate) async fn a_group_in_yaml_alone_runs_to_its_end(place: Place) {
    let definitions = Definitions::copied_to(place.folder().join("definitions"));
    let tomorrow = today().checked_add_days(Days::new(1)).unwrap();
    definitions.begins(2, tomorrow);
    let mut server = Server::start(place.with_definitions(&definitions.0));
    let owner = Applicant::of(&server, "owner", &application());
    let older = owner.apply("tea-house", application()).await;

    definitions.begins(2, today());
    restart(&mut server);
    let newer = owner.apply("tea-house", application()).await;
    assert_eq!(owner.dossier(&older).await["group"]["version"], 1);
    assert_eq!(owner.dossier(&newer).await["group"]["version"], 2);
    for id in [&older, &newer] {
        the_first_two_are_joined(&server, &owner, id).await;
    }

    // Somebody changes the old version, and takes the new one away: newcomers get what is there.
    definitions.edit(1, |line| match line.contains("permit: { type: document") {
        true => "      stamp: { type: text, title: { vi: Dấu, en: Stamp } }".to_owned(),
        false => line.replace("results.permit.permit", "results.permit.stamp"),
    });
    fs::remove_file(definitions.version(2)).unwrap();
    restart(&mut server);
    let newest = owner.apply("tea-house", application()).await;
    the_first_two_are_joined(&server, &owner, &newest).await;
    let returns =
        [(&older, vec!["permit"]), (&newer, vec!["permit", "until"]), (&newest, vec!["stamp"])];
    for (id, names) in returns {
        let permit = AtOffice::of(&server, &owner, id, "permit").await.task;
        let declared = permit["returns"].as_object().unwrap().keys();
        assert_eq!(declared.collect::<Vec<_>>(), names);
    }

    // Now there is nothing left of it, but a kite.
    definitions.delete_the_tea_house();
    restart(&mut server);
    let body = json!({ "application": application() });
    let gone = owner.client.post("/api/v1/applications/tea-house", &body).await;
    gone.problem(404, "not-found");
    // 300 000 for the water: a sign by the first version's rule, not by the second's.
    for (id, sign) in [(&older, "completed"), (&newer, "skipped"), (&newest, "completed")] {
        let last = complete_everything(&server, &owner, id).await;
        assert_eq!(statuses(&last)["sign"], sign, "{:?}", statuses(&last));
        assert_eq!(last["status"]["number"], 10);
    }
}

fn restart(server: &mut Server) {
    server.stop();
    server.start_again();
}

/// The spring and the leaves go side by side; the permit waits for both.
async fn the_first_two_are_joined(server: &Server, owner: &Applicant, id: &str) {
    let begun = owner.dossier(id).await;
    let found = ["spring", "leaves", "permit", "sign"].map(|it| task(&begun, it)["status"].clone());
    assert_eq!(found, ["dispatched", "dispatched", "waiting", "waiting"]);
    let keepers = &task(&begun, "spring")["office"]["name"];
    assert_eq!(keepers["en"], "Keepers of the spring of Dream Brook Commune");
    // Its own calendar ends the day at six, not at five.
    let due = task(&begun, "spring")["due"]["at"].as_str().unwrap();
    assert!(due.ends_with("T18:00:00+07:00"), "{due}");

    let spring = AtOffice::of(server, owner, id, "spring").await;
    assert_eq!(spring.task["sight"]["form"]["house"]["name"], "Quán Mây");
    spring.act("complete", json!({ "results": { "fee": 300_000 } })).await;
    assert_eq!(owner.task(id, "permit").await["status"], "waiting");
    AtOffice::of(server, owner, id, "leaves").await.complete().await;
    assert_eq!(owner.task(id, "permit").await["status"], "dispatched");
}
