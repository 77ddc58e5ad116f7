//! Paths into the form, and what must be true of the fields that they lead to.

use std::collections::BTreeSet;

use super::unknown;
use crate::diagnostic::{Diagnostic, Report, suggest};
use crate::workflow::FieldPath;
use crate::workflow::draft::{Draft, Name};
use crate::workflow::expression::Path;
use crate::workflow::form::{FieldKind, Property, Schema};

/// How a result can reach an applicant.
const DELIVERIES: [&str; 5] = ["electronic", "one-stop", "agency", "post", "bank"];

pub(super) struct Fields<'a> {
    pub(super) schema: &'a Schema,
}

impl Fields<'_> {
    /// A path as written, with or without `form.` before it.
    pub(super) fn path(name: &str) -> FieldPath {
        let path = name.strip_prefix("form.").unwrap_or(name);
        FieldPath(path.split('.').map(str::to_owned).collect())
    }

    /// The field at a path; reports the first step that leads nowhere.
    pub(super) fn find(
        &self,
        name: &Name,
        report: &mut Report,
    ) -> Option<(FieldPath, Property<'_>)> {
        if name.text.is_empty() {
            return None;
        }
        let path = Self::path(&name.text);
        let mut at = Property { schema: self.schema.root(), required: true };
        for (steps, part) in path.0.iter().enumerate() {
            let Some(next) = self.schema.step(at.schema, part) else {
                let known = self.schema.property_names(at.schema);
                let message = format!("The form has no field `{path}`.");
                let hint = suggest(part, known).map(|hint| match steps {
                    0 => hint,
                    _ => format!("in `{}`: {hint}", path.0[..steps].join(".")),
                });
                let fault = Diagnostic::error("unknown-field", name.span, message);
                report.add(Diagnostic { hint, ..fault });
                return None;
            };
            at = Property { required: at.required && next.required, ..next };
        }
        Some((path, at))
    }

    /// A person, or a list of such, that an application may have.
    pub(super) fn persons(
        &self,
        name: &Name,
        report: &mut Report,
    ) -> Option<(FieldPath, Property<'_>)> {
        let (path, field) = self.find(name, report)?;
        let person = self.schema.items(field.schema).unwrap_or(field.schema);
        let person = Property { schema: person, required: field.required };
        self.is_person(person, name, report).then_some((path, person))
    }

    /// A part of a person that is a person as well.
    pub(super) fn person_in(
        &self,
        person: Property<'_>,
        name: &Name,
        report: &mut Report,
    ) -> Option<String> {
        let Some(part) = self.schema.property(person.schema, &name.text) else {
            let message = format!("There is no field `{}` there.", name.text);
            let hint = suggest(&name.text, self.schema.property_names(person.schema));
            let fault = Diagnostic::error("unknown-field", name.span, message);
            report.add(Diagnostic { hint, ..fault });
            return None;
        };
        self.is_person(part, name, report).then(|| name.text.clone())
    }

    fn is_person(&self, field: Property<'_>, name: &Name, report: &mut Report) -> bool {
        let has_id = self.schema.property(field.schema, "personal_id").is_some();
        if !has_id {
            let message = format!("`{}` is no person: it has no `personal_id`.", name.text);
            report.add(Diagnostic::error("wrong-type", name.span, message));
        }
        has_id
    }

    /// A text that an application may have.
    pub(super) fn text(&self, name: &Name, report: &mut Report) -> Option<FieldPath> {
        let (path, property) = self.find(name, report)?;
        if self.schema.kind(property.schema) != FieldKind::Text {
            let message = format!("`{path}` is no text.");
            report.add(Diagnostic::error("wrong-type", name.span, message));
        }
        Some(path)
    }

    /// A text that every application has.
    pub(super) fn required_text(&self, name: &Name, report: &mut Report) -> Option<FieldPath> {
        let (path, property) = self.find(name, report)?;
        if self.schema.kind(property.schema) != FieldKind::Text {
            let message = format!("`{path}` is no text.");
            report.add(Diagnostic::error("wrong-type", name.span, message));
        } else if !property.required {
            let message = format!("`{path}` may be absent; here a field is wanted that never is.");
            report.add(
                Diagnostic::error("optional-field", name.span, message)
                    .hint("make it and the groups around it `required` in the form"),
            );
        }
        Some(path)
    }

    /// A field that holds the code of an area, there whenever the task runs (if it is known what
    /// is `present` then).
    pub(super) fn area(
        &self,
        name: &Name,
        present: Option<&BTreeSet<Path>>,
        report: &mut Report,
    ) -> Option<FieldPath> {
        let (path, property) = self.find(name, report)?;
        if self.schema.keyword(property.schema, "x-area").is_none() {
            let message = format!("`{path}` is not marked as holding the code of an area.");
            report.add(
                Diagnostic::error("wrong-type", name.span, message)
                    .hint("add `x-area: commune` or `x-area: province` to it in the form"),
            );
        }
        let absent = present.map(|it| self.absent(&path, it)).unwrap_or_default();
        if let Some(absent) = absent.first() {
            let message = format!("`{path}` may be absent, and then no office is responsible.");
            report.add(
                Diagnostic::error("optional-field", name.span, message)
                    .hint(format!("let the task run only where `has({})`", absent.join("."))),
            );
        }
        Some(path)
    }

    /// The steps of a path that may be absent where `present` is all that is known, as paths.
    pub(super) fn absent(&self, path: &FieldPath, present: &BTreeSet<Path>) -> Vec<Path> {
        let mut absent = Vec::new();
        let mut at = self.schema.root();
        let mut so_far: Path = vec!["form".to_owned()];
        for part in &path.0 {
            let Some(next) = self.schema.step(at, part) else { break };
            so_far.push(part.clone());
            if !next.required && !present.contains(&so_far) {
                absent.push(so_far.clone());
            }
            at = next.schema;
        }
        absent
    }

    /// A field whose values are ways in which a result can reach the applicant.
    pub(super) fn delivery(&self, name: &Name, report: &mut Report) -> Option<FieldPath> {
        let (path, property) = self.find(name, report)?;
        let options = self.schema.options(property.schema).unwrap_or_default();
        let strange = options.iter().find(|it| !DELIVERIES.contains(&it.as_str()));
        if options.is_empty() || strange.is_some() {
            let message = match strange {
                Some(option) => format!("`{option}` in `{path}` is no way of delivery."),
                None => format!("`{path}` does not list ways of delivery."),
            };
            let hint = format!("its `enum` holds some of {}", DELIVERIES.join(", "));
            report.add(Diagnostic::error("wrong-type", name.span, message).hint(hint));
        }
        Some(path)
    }

    /// The kinds of documents that an application can name are those of the definition.
    pub(super) fn documents_match(&self, draft: &Draft, report: &mut Report) {
        let path = FieldPath(vec!["documents".to_owned()]);
        let items = self.schema.find(&path).and_then(|it| self.schema.items(it.schema));
        let kind = items.and_then(|it| self.schema.property(it, "type"));
        let options = kind.and_then(|it| self.schema.options(it.schema));
        for document in &draft.documents {
            let name = &document.name;
            let offered = options.as_ref().map(|it| it.contains(&name.text));
            if offered == Some(false) || (offered.is_none() && document.required.is_some()) {
                let message = format!("An application can't name a document `{}`.", name.text);
                report.add(Diagnostic::error("unknown-document", name.span, message).hint(
                    "list it in the form, in the `enum` of `type` in the items of `documents`",
                ));
            }
        }
        let known = || draft.documents.iter().map(|it| it.name.text.as_str());
        for option in options.into_iter().flatten() {
            if !known().any(|it| it == option) {
                let message = format!("The form offers a document `{option}`, unknown here.");
                let hint = suggest(&option, known());
                let fault = Diagnostic::error("unknown-document", draft.name.span, message);
                report.add(Diagnostic { hint, ..fault });
            }
        }
    }

    /// A document kind of the definition.
    pub(super) fn document(draft: &Draft, kind: &str, name: &Name, report: &mut Report) -> bool {
        let known = || draft.documents.iter().map(|it| it.name.text.as_str());
        let found = known().any(|it| it == kind);
        if !found {
            unknown("kind of document", kind, name.span, known(), report);
        }
        found
    }
}
