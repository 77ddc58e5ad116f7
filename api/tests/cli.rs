//! The command line as somebody at a terminal or a script meets it: the built program, its output
//! and its exit status.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value as Json;

fn lienthong(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lienthong"));
    command.args(arguments).env_remove("LIENTHONG_STORE").env_remove("RUST_LOG");
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = lienthong(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn workflows() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows")
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A group's definition, its form and one scenario, in a folder of their own.
fn copy_of_group(group: &str, scenario: &str, folder: &Path) {
    let from = workflows().join("groups").join(group);
    let definition = format!("{group}.yaml");
    let scenario = format!("scenarios/{scenario}.yaml");
    let example = format!("examples/{group}.json");
    for file in [definition.as_str(), "form.yaml", &scenario, &example] {
        let to = folder.join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(file), to).unwrap();
    }
}

/// Replaces a text where it first stands. Gives its line.
fn spoil(path: &Path, right: &str, wrong: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap();
    let at = text.find(right).unwrap_or_else(|| panic!("{right} is not in {}", path.display()));
    fs::write(path, text.replacen(right, wrong, 1)).unwrap();
    text[..at].matches('\n').count() as u64 + 1
}

#[test]
fn what_ships_has_no_faults() {
    let (status, output, _) = run(&["check", text_of(&workflows())]);
    assert_eq!((status, output.trim()), (Some(0), "no faults"));
}

#[test]
fn five_faults_are_reported_at_once_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    copy_of_group("birth", "b-1", folder.path());
    let definition = folder.path().join("birth.yaml");
    let faults = [
        ("missing-calendar", spoil(&definition, "calendar: vn", "calendar: vm")),
        (
            "unknown-field",
            spoil(
                &definition,
                "applicant: form.applicant.personal_id",
                "applicant: form.applicant.personl_id",
            ),
        ),
        ("unknown-key", spoil(&definition, "    send:", "    sned:")),
        ("missing-office", spoil(&definition, "office: commune-police", "office: commune-polise")),
        ("wrong-type", spoil(&definition, "limit: 2 working days", "limit: 2 workin days")),
    ];

    let (status, output, _) = run(&["check", "--json", text_of(&definition)]);
    assert_eq!(status, Some(1));
    let reported: Vec<Json> = serde_json::from_str(&output).unwrap();
    let mut found: Vec<(&str, u64)> = reported
        .iter()
        .map(|it| (it["code"].as_str().unwrap(), it["line"].as_u64().unwrap()))
        .collect();
    let mut expected = faults.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    for fault in &reported {
        assert_eq!(fault["file"], text_of(&definition));
        assert_eq!(fault["severity"], "error");
        assert!(fault["end"]["column"].as_u64() > fault["column"].as_u64());
    }
    let calendar = reported.iter().find(|it| it["code"] == "missing-calendar").unwrap();
    assert_eq!((&calendar["column"], &calendar["end"]["column"]), (&11.into(), &13.into()));
    assert!(calendar["hint"].as_str().unwrap().contains("`vn`"));

    let (status, output, _) = run(&["check", text_of(folder.path())]);
    assert_eq!(status, Some(1));
    assert!(output.contains("5 error(s), 0 warning(s)"), "{output}");
    assert!(
        output.contains("did you mean `vn`?") && output.contains("birth.yaml:12:11"),
        "{output}"
    );
}

#[test]
fn a_form_is_checked_with_the_definition_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    copy_of_group("birth", "b-1", folder.path());
    let form = folder.path().join("form.yaml");
    assert_eq!(run(&["check", text_of(&form)]).0, Some(0));
    let line = spoil(&form, "maxItems: 20", "maxItems: many");
    let (status, output, _) = run(&["check", "--json", text_of(&form)]);
    let reported: Vec<Json> = serde_json::from_str(&output).unwrap();
    assert_eq!(status, Some(1));
    assert!(
        reported.iter().any(|it| it["line"] == line && it["file"] == text_of(&form)),
        "{output}"
    );
}

#[test]
fn a_file_of_nothing_we_know_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    fs::write(&file, "grup: birth\n").unwrap();
    let (status, output, _) = run(&["check", text_of(&file)]);
    assert!(status == Some(1) && output.contains("unknown-file"), "{output}");
    let (status, _, errors) = run(&["check", text_of(&folder.path().join("missing.yaml"))]);
    assert!(status == Some(1) && errors.contains("missing.yaml"), "{errors}");
}

#[test]
fn the_scenarios_that_ship_pass() {
    let (status, output, _) = run(&["test", text_of(&workflows())]);
    assert_eq!(status, Some(0), "{output}");
    assert!(output.contains("✓ B-1") && output.contains("✓ D-1"), "{output}");
    assert!(output.contains(" 0 failed"), "{output}");
}

#[test]
fn a_scenario_that_comes_out_otherwise_is_told() {
    let folder = tempfile::tempdir().unwrap();
    copy_of_group("death", "d-5", folder.path());
    let scenario = folder.path().join("scenarios/d-5.yaml");
    assert_eq!(run(&["test", text_of(&scenario)]).0, Some(0));
    spoil(&scenario, "group: death", "group: deth");
    let (status, output, _) = run(&["test", text_of(&scenario)]);
    assert_eq!(status, Some(1));
    assert!(output.contains("✗ D-5") && output.contains("0 passed, 1 failed"), "{output}");
    let (_, output, _) = run(&["test", "--json", text_of(&scenario)]);
    let report: Json = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&report["passed"], report["scenarios"].as_array().unwrap().len()),
        (&false.into(), 1)
    );
}

#[test]
fn nobody_beyond_this_machine_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let (status, output, errors) =
            run(&["serve", "--data", text_of(&data), "--listen", address]);
        assert_eq!((status, output.as_str()), (Some(1), ""));
        assert!(errors.contains("identity provider"), "{errors}");
    }
    assert!(!data.exists());
}

#[test]
fn a_data_directory_that_others_can_look_into_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = ["serve", "--data", text_of(&data), "--listen", "127.0.0.1:0"];
    let (status, output, errors) = run(&arguments);
    assert_eq!((status, output.as_str()), (Some(1), ""));
    assert!(errors.contains("chmod 700"), "{errors}");
    assert!(fs::read_dir(&data).unwrap().next().is_none());
}

#[test]
fn faulty_definitions_are_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let (definitions, data) = (folder.path().join("definitions"), folder.path().join("data"));
    copy_of_group("birth", "b-1", &definitions);
    spoil(&definitions.join("birth.yaml"), "calendar: vn", "calendar: vm");
    let (status, output, errors) = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        text_of(&data),
        "--definitions",
        text_of(&definitions),
    ]);
    assert_eq!(status, Some(1));
    assert!(output.contains("missing-calendar") && !output.contains("listening"), "{output}");
    assert!(errors.contains("nothing was started"), "{errors}");
    assert!(!data.exists());
}

/// A server on any free port; it ends with its input.
fn serve(data: &Path) -> (Child, String) {
    let data = format!("--data={}", data.display());
    let mut server = lienthong(&["serve", &data, "--listen=127.0.0.1:0", "--until-input-ends"]);
    let mut server =
        server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (server, line)
}

#[test]
fn a_server_says_where_it_listens_and_has_its_store_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (mut server, line) = serve(&data);
    let port = line.trim().strip_prefix("listening on http://127.0.0.1:");
    assert!(port.is_some_and(|it| it.parse::<u16>().is_ok_and(|it| it != 0)), "{line}");

    let issue = ["agency", "issue-key", "--all", "--data", text_of(&data)];
    let (status, output, errors) = run(&issue);
    assert_eq!((status, output.as_str()), (Some(1), ""));
    assert!(errors.contains("has the store open"), "{errors}");

    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
    assert_eq!(run(&issue).0, Some(0));
}

#[test]
fn keys_are_written_once_for_their_owner_alone_and_can_be_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("keys.json"));
    let (data, out) = (text_of(&data), text_of(&out));
    let issue = ["agency", "issue-key", "police.00565", "--data", data, "--out", out];
    assert_eq!(run(&issue).0, Some(0));
    assert_eq!(fs::metadata(out).unwrap().permissions().mode() & 0o777, 0o600);
    let keys: Json = serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap();
    assert_eq!(keys.as_object().unwrap().len(), 1);
    let key = keys["police.00565"].as_str().unwrap();
    let id = key.strip_prefix("ltk.police.00565.").unwrap().split('.').next().unwrap();

    let (status, _, errors) = run(&issue);
    assert!(status == Some(1) && errors.contains("keys.json"), "{errors}");
    let revoke = ["agency", "revoke-key", "police.00565", id, "--data", data];
    assert_eq!(run(&revoke).0, Some(0));
    assert_eq!(run(&revoke).0, Some(1));
    let unknown = ["agency", "issue-key", "police.99999", "--data", data];
    let (status, _, errors) = run(&unknown);
    assert!(status == Some(1) && errors.contains("police.99999"), "{errors}");
}

#[test]
fn an_address_has_a_secret_that_is_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let set = |office: &str, url: &str| {
        run(&["agency", "set-endpoint", office, url, "--data", text_of(&data)])
    };
    let (status, first, _) = set("police.00565", "http://127.0.0.1:9000/tasks");
    assert!(status == Some(0) && first.starts_with("whsec_"), "{first}");
    let (_, second, _) = set("police.00565", "http://127.0.0.1:9000/tasks");
    assert!(second.starts_with("whsec_") && second != first);
    let (status, output, errors) = set("police.00565", "http://10.0.0.1:9000/tasks");
    assert_eq!((status, output.as_str()), (Some(1), ""));
    assert!(errors.contains("loopback"), "{errors}");
    assert_eq!(set("police.99999", "http://127.0.0.1:9000/").0, Some(1));
    let remove = ["agency", "remove-endpoint", "police.00565", "--data", text_of(&data)];
    assert_eq!(run(&remove).0, Some(0));
    assert_eq!(run(&remove).0, Some(1));
}

#[test]
fn operators_see_and_steer_what_follows_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let at = ["--data", text_of(&data)];
    let issue = ["agency", "issue-key", "police.00565"];
    assert_eq!(run(&[&issue[..], &at].concat()).0, Some(0));
    let list = || {
        let (status, output, _) = run(&[&["subscription", "list", "--json"][..], &at].concat());
        assert_eq!(status, Some(0));
        serde_json::from_str::<Json>(&output).unwrap()
    };
    let names: Vec<Json> = list()["subscriptions"].as_array().unwrap().clone();
    assert_eq!(names[1]["name"], "traffic@1");
    for (verb, paused) in [("pause", true), ("resume", false)] {
        assert_eq!(run(&[&["subscription", verb, "traffic@1"][..], &at].concat()).0, Some(0));
        assert_eq!(list()["subscriptions"][1]["paused"], paused);
    }
    let (status, _, errors) = run(&[&["subscription", "pause", "traffic@9"][..], &at].concat());
    assert!(status == Some(1) && errors.contains("nothing of that name"), "{errors}");
    let rebuild = ["subscription", "rebuild", "traffic"];
    assert_eq!(run(&[&rebuild[..], &at].concat()).0, Some(0));
    assert_eq!(run(&[&rebuild[..], &at].concat()).0, Some(1), "it is being built");

    let (status, output, _) = run(&[&["delivery", "list", "--json"][..], &at].concat());
    assert_eq!((status, output.trim()), (Some(0), "[]"));
    let (status, output, _) = run(&[&["delivery", "reconcile", "--json"][..], &at].concat());
    assert_eq!((status, output.trim()), (Some(0), "[]"));
    let (status, _, errors) =
        run(&[&["delivery", "reconcile", "--from", "yesterday"][..], &at].concat());
    assert!(status == Some(2) && errors.contains("2026-11-19"), "{errors}");
    assert_eq!(run(&[&["delivery", "retry"][..], &at].concat()).0, Some(1));
}

#[test]
fn a_token_is_signed_for_people_of_the_right_shape_alone() {
    let folder = tempfile::tempdir().unwrap();
    let token = |id: &str| {
        let data = ["token", "--data", text_of(folder.path())];
        run(&[&data[..], &["--account", "a", "--name", "Lan", "--personal-id", id]].concat())
    };
    let (status, output, _) = token("001192054321");
    assert_eq!((status, output.trim().split('.').count()), (Some(0), 2));
    let (status, output, _) = token("0011920543210");
    assert_eq!((status, output.as_str()), (Some(1), ""));
}

#[test]
fn a_birth_and_a_death_go_through_all_their_agencies() {
    let (status, output, errors) = run(&[
        "demo",
        "--exit",
        "--listen=127.0.0.1:0",
        "--delay=0ms..=5ms",
        "--supplement-rate=1",
    ]);
    assert_eq!(status, Some(0), "{output}{errors}");
    for group in ["birth", "death"] {
        assert!(output.contains(&format!("{group}  10 ")), "{output}");
    }
    assert!(output.contains("/sign-in?token=") && output.contains("&next=/dossiers/"), "{output}");
    assert!(output.contains("Identity card") && output.contains("(Waiting for you)"), "{output}");
}
