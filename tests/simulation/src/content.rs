//! What it is all about: the definitions that ship with the program, applications by made-up
//! people, and whatever an office may have to bring.

use std::sync::{Arc, LazyLock};

use lienthong_checker::history;
use lienthong_checker::steps::Steps;
use lienthong_domain::catalogue::{self, Catalogue, Reference, SourceFile};
use lienthong_domain::digest::Digest;
use lienthong_domain::dossier::{Attachment, Citizen, Item};
use lienthong_domain::personal::Personal;
use lienthong_domain::workflow::{Group, ReturnKind, Send, Task};
use lienthong_engine::log::sqlite::PARTITIONS;
use serde_json::{Map, Value as Json, json};

use crate::dice::Dice;

/// When everything begins: a Monday morning in Hà Nội.
pub(crate) const BEGINS: &str = "2026-12-07T01:00:00Z";

const GROUPS: [&str; 3] = ["birth", "death", "household-business"];

pub(crate) struct Content {
    pub(crate) references: Vec<Reference>,
    pub(crate) catalogue: Catalogue,
    /// A log without events, on which these definitions are known.
    pub(crate) steps: Steps,
    /// The examples by [`GROUPS`].
    examples: [Json; 3],
}

/// What somebody applies for.
pub(crate) struct Application {
    pub(crate) group: &'static str,
    pub(crate) citizen: Citizen,
    pub(crate) form: Arc<Json>,
    /// Whether it is one that must be taken.
    pub(crate) is_sound: bool,
}

impl Content {
    /// Read once for all runs.
    pub(crate) fn get() -> &'static Self {
        static CONTENT: LazyLock<Content> = LazyLock::new(Content::read);
        &CONTENT
    }

    fn read() -> Self {
        let files = lienthong_workflows::files().into_iter();
        let files: Vec<_> = files.map(|(path, text)| SourceFile { path, text }).collect();
        let references = catalogue::read(&files).references;
        let kept = |it: &Reference| history::Reference {
            digest: it.digest.to_string(),
            kind: it.kind.name().to_owned(),
            name: it.name.clone(),
            content: it.content.clone(),
        };
        let kept: Vec<_> = references.iter().map(kept).collect();
        let (steps, report) = Steps::begin(PARTITIONS, &kept);
        assert!(report.holds(), "{report}");
        let example = |group| lienthong_workflows::example(group).expect("an example");
        let examples = GROUPS.map(|it| serde_json::from_str(&example(it)).expect("it is JSON"));
        let mut catalogue = Catalogue::default();
        for reference in &references {
            catalogue.publish(reference).expect("it ships with the program");
        }
        Self { references, catalogue, steps, examples }
    }

    /// Somebody's application; `n` makes it another child or another death.
    pub(crate) fn application(&self, n: u64, dice: &mut Dice) -> Application {
        let which = match dice.within(0..100) {
            0..50 => 0,
            50..85 => 1,
            _ => 2,
        };
        let (group, mut form) = (GROUPS[which], self.examples[which].clone());
        let number = if group == "birth" {
            let number = format!("01901.GCS.{n:05}.26");
            form["child"]["birth_notice"]["number"] = json!(number);
            leave_out(&mut form, "birth_support", dice.percent(50));
            number
        } else if group == "household-business" {
            form["business"]["name"] = json!(format!("Quán số {n}"));
            form["business"]["sells_food"] = json!(dice.percent(80));
            format!("SD-2026-{n:05}")
        } else {
            let number = format!("{n:05}/2026/BT");
            form["deceased"]["death_notice"]["number"] = json!(number);
            number
        };
        form["documents"][0]["reference"] = json!(number);
        for delivery in form["delivery"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            if dice.percent(30) && delivery["method"] == "one-stop" {
                *delivery = json!({ "method": "electronic" });
            }
        }
        let is_sound = !dice.percent(3);
        leave_out(&mut form["applicant"], "full_name", !is_sound);
        let personal_id = form["applicant"]["personal_id"].as_str().unwrap_or_default().to_owned();
        let citizen = Citizen {
            account: format!("citizen-{n}"),
            personal_id: Personal::new(personal_id),
            identity_level: 2,
        };
        Application { group, citizen, form: Arc::new(form), is_sound }
    }
}

fn leave_out(form: &mut Json, name: &str, is_left_out: bool) {
    if is_left_out && let Some(members) = form.as_object_mut() {
        members.remove(name);
    }
}

/// A stored file; where it is stored is nobody's business here.
pub(crate) fn file(kind: &str) -> Attachment {
    Attachment {
        kind: kind.to_owned(),
        digest: Digest::of(kind.as_bytes()),
        media_type: "application/pdf".to_owned(),
        bytes: 10,
    }
}

/// A plausible result for everything that a task returns.
pub(crate) fn results(task: &Task, passes: bool) -> (Json, Vec<Attachment>) {
    let (mut results, mut documents) = (Map::new(), Vec::new());
    for (name, declared) in &task.returns {
        let value = match declared.kind {
            ReturnKind::PersonalId => json!("001326012345"),
            ReturnKind::Text => json!("Một dòng chữ"),
            ReturnKind::Date => json!("2026-12-28"),
            ReturnKind::Money => json!(2_000_000),
            ReturnKind::Truth => json!(passes),
            ReturnKind::Document => {
                documents.push(file(name));
                continue;
            }
        };
        results.insert(name.clone(), value);
    }
    (Json::Object(results), documents)
}

/// Something that the office of a task may ask for.
pub(crate) fn items(group: &Group, task: &Task, dice: &mut Dice) -> Vec<Item> {
    let kinds: Vec<&String> = group.documents.keys().collect();
    let mut items: Vec<Item> =
        dice.pick(&kinds).map(|it| Item::Document((*it).clone())).into_iter().collect();
    let sees = |it: &Send| matches!(it, Send::Field(path) if path.to_string() == SUPPLIED);
    if dice.percent(50) && task.send.iter().any(sees) {
        items.push(Item::Field(SUPPLIED.to_owned()));
    }
    items
}

/// The one field that is asked for, where an office sees it.
const SUPPLIED: &str = "applicant";

/// What the applicant says about a field that is asked for.
pub(crate) fn supplied(form: &Json, path: &str) -> Json {
    path.split('.').fold(form, |form, it| &form[it]).clone()
}
