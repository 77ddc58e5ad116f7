//! What an agency sees of a dossier: the fields, documents and results that its task declares, the
//! documents that it asked for, and nothing else.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::event::Attachment;
use super::state::Dossier;
use super::task::TaskState;
use crate::digest::Digest;
use crate::personal::Personal;
use crate::workflow::{FieldPath, Group, Send, Task};

/// What one task's agency is shown.
#[derive(Clone)]
pub struct Sight {
    /// The declared part of the form, in the form's own shape.
    pub form: Json,
    pub documents: Vec<Attachment>,
    /// Declared results of earlier tasks: values by task and name.
    pub results: BTreeMap<String, Map<String, Json>>,
    pub result_documents: Vec<Attachment>,
}

impl Sight {
    /// Whether a file is among what is shown.
    #[must_use]
    pub fn shows(&self, digest: &Digest) -> bool {
        self.documents.iter().chain(&self.result_documents).any(|it| it.digest == *digest)
    }
}

/// What the agency of `task` is shown of `dossier`. Where personal values were erased, less.
#[must_use]
pub fn sight(dossier: &Dossier, group: &Group, task: &Task) -> Sight {
    let mut sight = Sight {
        form: Json::Object(Map::new()),
        documents: Vec::new(),
        results: BTreeMap::new(),
        result_documents: Vec::new(),
    };
    let asked_for = dossier.task(&task.name).into_iter().flat_map(|it| &it.supplements);
    let supplied = asked_for.flat_map(|it| &it.attachments);
    for declared in &task.send {
        match declared {
            Send::Field(path) => show_field(dossier, path, &mut sight),
            Send::Document(kind) => {
                let shown = dossier.attachments.iter().filter(|it| it.kind == *kind);
                sight.documents.extend(shown.cloned());
            }
            Send::Result { task, name } => {
                if let Some(earlier) = dossier.task(task).filter(|_| group.task(task).is_some()) {
                    show_result(earlier, name, &mut sight);
                }
            }
        }
    }
    let shown: Vec<Attachment> =
        supplied.filter(|it| !sight.documents.contains(it)).cloned().collect();
    sight.documents.extend(shown);
    sight
}

fn show_field(dossier: &Dossier, path: &FieldPath, sight: &mut Sight) {
    let form = dossier.application.as_ref().map(Personal::reveal);
    let Some((form, value)) = form.and_then(|it| Some((it, path.get(it)?))) else { return };
    let mut place = &mut sight.form;
    for (depth, step) in path.0.iter().enumerate() {
        let is_entry = FieldPath(path.0[..depth].to_vec()).get(form).is_some_and(Json::is_array);
        place = match (is_entry, place) {
            // Of a list, the one entry that is shown.
            (true, place) => {
                if !place.is_array() {
                    *place = Json::Array(vec![Json::Null]);
                }
                let Json::Array(entries) = place else { return };
                // The whole list was shown already.
                let [entry] = entries.as_mut_slice() else { return };
                entry
            }
            (false, place) => {
                if !place.is_object() {
                    *place = Json::Object(Map::new());
                }
                let Json::Object(members) = place else { return };
                members.entry(step).or_insert(Json::Null)
            }
        };
    }
    *place = value.clone();
}

fn show_result(earlier: &TaskState, name: &str, sight: &mut Sight) {
    let values = earlier.results.as_ref().map(Personal::reveal);
    if let Some(value) = values.and_then(|it| it.get(name)) {
        let of_task = sight.results.entry(earlier.name.clone()).or_default();
        of_task.insert(name.to_owned(), value.clone());
    }
    sight.result_documents.extend(earlier.documents.iter().filter(|it| it.kind == name).cloned());
}
