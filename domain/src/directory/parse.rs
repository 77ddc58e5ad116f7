//! Reads the text of a directory into its model and reports what can't be read. What the entries
//! say of each other is judged by `check`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    AREAS_MAX, AREAS_PER_OFFICE_MAX, Area, AreaKind, Directory, Kind, OFFICES_MAX, Office, check,
};
use crate::diagnostic::{Diagnostic, Report, Span, suggest};
use crate::language::Text;
use crate::yaml::{self, Data, Key, Node};

const TEXT_CHARS_MAX: usize = 200;
const KINDS_MAX: usize = 200;
const OFFICE_CODE_CHARS_MAX: usize = 35;

/// Where each entry stands, for faults between entries.
#[derive(Default)]
pub(super) struct Places {
    pub(super) areas: BTreeMap<String, Span>,
    pub(super) offices: BTreeMap<String, Span>,
}

/// A kind as written: with the pattern of its offices' names.
struct KindText {
    kind: Kind,
    name: Option<Text>,
}

pub(super) fn directory(source: &str, report: &mut Report) -> Option<Directory> {
    let root = yaml::parse(source, report)?;
    let mut read = Reader { report, default_from: NaiveDate::MIN };
    read.known(&root, &["directory", "from", "kinds", "areas", "offices"]);
    let name = read.required(&root, "directory").and_then(|it| read.text(it));
    if let Some(from) = read.required(&root, "from").and_then(|it| read.date(it)) {
        read.default_from = from;
    }
    let mut places = Places::default();
    let kinds = read.kinds(&root);
    let areas = read.areas(&root, &mut places);
    let offices = read.offices(&root, &kinds, &areas, &mut places);
    let kinds = kinds.into_iter().map(|(name, it)| (name, it.kind)).collect();
    let responsible = responsible(&offices);
    let directory = Directory { name: name?, kinds, areas, offices, responsible };
    check::directory(&directory, &places, report);
    Some(directory)
}

fn responsible(offices: &BTreeMap<String, Office>) -> BTreeMap<(String, String), Vec<String>> {
    let mut responsible: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for office in offices.values() {
        for area in &office.areas {
            let key = (office.kind.clone(), area.clone());
            responsible.entry(key).or_default().push(office.id.clone());
        }
    }
    responsible
}

struct Reader<'a> {
    report: &'a mut Report,
    /// The first day of entries that name none.
    default_from: NaiveDate,
}

impl Reader<'_> {
    fn kinds(&mut self, root: &Node) -> BTreeMap<String, KindText> {
        let mut kinds = BTreeMap::new();
        for (key, node) in self.section(root, "kinds", KINDS_MAX) {
            if let Some(kind) = self.kind(key, node) {
                kinds.insert(key.name.clone(), kind);
            }
        }
        kinds
    }

    fn kind(&mut self, key: &Key, node: &Node) -> Option<KindText> {
        self.id(key);
        self.known(node, &["area", "title", "name"]);
        let title = self.required(node, "title").and_then(|it| self.both(it));
        let name = node.get("name").and_then(|it| self.both(it));
        let area = match self.required(node, "area").and_then(|it| Some((it, it.text()?)))? {
            (_, "province") => AreaKind::Province,
            (_, "commune") => AreaKind::Commune,
            (at, other) => {
                let message = format!("`{other}` is not a kind of area.");
                self.error(
                    "unknown-name",
                    at.span,
                    &message,
                    suggest(other, ["province", "commune"]),
                );
                return None;
            }
        };
        Some(KindText { kind: Kind { name: key.name.clone(), title: title?, area }, name })
    }

    fn areas(&mut self, root: &Node, places: &mut Places) -> BTreeMap<String, Area> {
        let mut areas = BTreeMap::new();
        for (key, node) in self.section(root, "areas", AREAS_MAX) {
            places.areas.insert(key.name.clone(), key.span);
            areas.insert(key.name.clone(), self.area(key, node));
        }
        areas
    }

    /// The area, with an empty name if that can't be read: what refers to it is right all the same.
    fn area(&mut self, key: &Key, node: &Node) -> Area {
        self.known(node, &["province", "name", "from", "to", "successor"]);
        let province = node.get("province").and_then(|it| self.text(it));
        let (kind, digits) = match province {
            Some(_) => (AreaKind::Commune, 5),
            None => (AreaKind::Province, 2),
        };
        if key.name.len() != digits || !key.name.bytes().all(|it| it.is_ascii_digit()) {
            let message = format!("`{}` is not a code of {digits} digits.", key.name);
            let hint = "a province has two digits; a commune has five, and names its `province`";
            self.error("shape", key.span, &message, Some(hint.to_owned()));
        }
        let (from, to) = self.period(node);
        let successor = node.get("successor").and_then(|it| self.text(it));
        let name = self.required(node, "name").and_then(|it| self.both(it)).unwrap_or_default();
        Area { code: key.name.clone(), kind, name, province, from, to, successor }
    }

    fn offices(
        &mut self,
        root: &Node,
        kinds: &BTreeMap<String, KindText>,
        areas: &BTreeMap<String, Area>,
        places: &mut Places,
    ) -> BTreeMap<String, Office> {
        let mut offices = BTreeMap::new();
        for (key, node) in self.section(root, "offices", OFFICES_MAX) {
            places.offices.insert(key.name.clone(), key.span);
            if let Some(office) = self.office(key, node, kinds, areas) {
                offices.insert(key.name.clone(), office);
            }
        }
        offices
    }

    fn office(
        &mut self,
        key: &Key,
        node: &Node,
        kinds: &BTreeMap<String, KindText>,
        areas: &BTreeMap<String, Area>,
    ) -> Option<Office> {
        self.id(key);
        self.known(node, &["kind", "code", "areas", "name", "from", "to", "successor"]);
        let code = self.required(node, "code").and_then(|it| self.office_code(it));
        let (from, to) = self.period(node);
        let successor = node.get("successor").and_then(|it| self.text(it));
        let kind = self.required(node, "kind").and_then(|it| self.reference(it, "kind", kinds));
        let served = self.served(node, areas, kind.map(|it| it.kind.area));
        let name = match (node.get("name"), kind.and_then(|it| it.name.as_ref()), served.first()) {
            (Some(name), ..) => self.both(name),
            (None, Some(pattern), Some(area)) => Some(fill(pattern, &area.name)),
            (None, None, _) if kind.is_some() => {
                self.required(node, "name");
                None
            }
            (None, ..) => None,
        };
        let kind = kind?.kind.name.clone();
        let areas = served.iter().map(|it| it.code.clone()).collect();
        let id = key.name.clone();
        Some(Office { id, code: code?, kind, name: name?, areas, from, to, successor })
    }

    /// The areas that an office names, each once and of the kind that its kind serves.
    fn served<'a>(
        &mut self,
        node: &Node,
        areas: &'a BTreeMap<String, Area>,
        kind: Option<AreaKind>,
    ) -> Vec<&'a Area> {
        let Some(list) = self.required(node, "areas") else { return Vec::new() };
        let items = list.list().unwrap_or_default();
        if items.is_empty() || items.len() > AREAS_PER_OFFICE_MAX {
            let message = format!("`areas` is a list of 1 to {AREAS_PER_OFFICE_MAX} codes.");
            self.error("wrong-type", list.span, &message, None);
            return Vec::new();
        }
        let mut served: Vec<&Area> = Vec::new();
        for item in items {
            let Some(area) = self.reference(item, "area", areas) else { continue };
            if kind.is_some_and(|it| it != area.kind) {
                let message =
                    format!("Offices of this kind do not serve an area like {}.", area.code);
                self.error("wrong-area", item.span, &message, None);
            } else if served.iter().any(|it| it.code == area.code) {
                let message = format!("The area {} stands here twice.", area.code);
                self.error("duplicate", item.span, &message, None);
            } else {
                served.push(area);
            }
        }
        served
    }

    fn office_code(&mut self, node: &Node) -> Option<String> {
        let code = self.text(node)?;
        let group = |it: &str| {
            !it.is_empty() && it.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
        };
        if code.len() > OFFICE_CODE_CHARS_MAX || !code.split('.').all(group) {
            let message = format!("`{code}` is not an agency identifier.");
            let hint = format!(
                "groups of A–Z and 0–9 parted by dots, at most {OFFICE_CODE_CHARS_MAX} characters"
            );
            self.error("shape", node.span, &message, Some(hint));
            return None;
        }
        Some(code)
    }

    fn period(&mut self, node: &Node) -> (NaiveDate, Option<NaiveDate>) {
        let from = node.get("from").and_then(|it| self.date(it)).unwrap_or(self.default_from);
        let to = node.get("to").and_then(|it| Some((it, self.date(it)?)));
        if let Some((at, _)) = to.filter(|(_, to)| *to < from) {
            let message = format!("This ends before it begins, on {from}.");
            self.error("period", at.span, &message, None);
        }
        (from, to.map(|(_, to)| to))
    }

    /// The entries of a section, at most so many.
    fn section<'a>(&mut self, root: &'a Node, name: &str, entries_max: usize) -> &'a [(Key, Node)] {
        let Some(node) = self.required(root, name) else { return &[] };
        let Some(entries) = node.map() else {
            self.error("wrong-type", node.span, &format!("`{name}` has entries by name."), None);
            return &[];
        };
        if entries.len() > entries_max {
            let message = format!("`{name}` has more than {entries_max} entries.");
            self.error("too-large", node.span, &message, None);
        }
        &entries[..entries.len().min(entries_max)]
    }

    fn known(&mut self, node: &Node, names: &[&str]) {
        let Some(entries) = node.map() else {
            let hint = format!("its parts are {}", names.join(", "));
            self.error("wrong-type", node.span, "An entry with named parts is wanted.", Some(hint));
            return;
        };
        for (key, _) in entries.iter().filter(|(key, _)| !names.contains(&key.name.as_str())) {
            let message = format!("`{}` is not known here.", key.name);
            self.error(
                "unknown-name",
                key.span,
                &message,
                suggest(&key.name, names.iter().copied()),
            );
        }
    }

    fn required<'a>(&mut self, node: &'a Node, name: &str) -> Option<&'a Node> {
        let found = node.get(name);
        if found.is_none() && matches!(node.data, Data::Map(_)) {
            self.error("missing", node.span, &format!("`{name}` is missing."), None);
        }
        found
    }

    fn reference<'a, T>(
        &mut self,
        node: &Node,
        what: &str,
        known: &'a BTreeMap<String, T>,
    ) -> Option<&'a T> {
        let name = self.text(node)?;
        let found = known.get(&name);
        if found.is_none() {
            let hint = suggest(&name, known.keys().map(String::as_str));
            self.error("unknown-name", node.span, &format!("There is no {what} `{name}`."), hint);
        }
        found
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        let text = node.text().map(str::trim).filter(|it| !it.is_empty());
        let text = text.filter(|it| it.chars().count() <= TEXT_CHARS_MAX);
        if text.is_none() {
            let message = format!("A text of 1 to {TEXT_CHARS_MAX} characters is wanted.");
            self.error("wrong-type", node.span, &message, None);
        }
        text.map(str::to_owned)
    }

    fn both(&mut self, node: &Node) -> Option<Text> {
        self.known(node, &["vi", "en"]);
        let vi = self.required(node, "vi").and_then(|it| self.text(it));
        let en = self.required(node, "en").and_then(|it| self.text(it));
        Some(Text::new(vi?, en?))
    }

    fn date(&mut self, node: &Node) -> Option<NaiveDate> {
        let date = node.text().and_then(|it| NaiveDate::parse_from_str(it, "%Y-%m-%d").ok());
        if date.is_none() {
            let hint = Some("year-month-day, e.g. 2025-07-01".to_owned());
            self.error("wrong-type", node.span, "A date is wanted.", hint);
        }
        date
    }

    /// Ids stand in keys, addresses and logs.
    fn id(&mut self, key: &Key) {
        let letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
        let name = key.name.as_bytes();
        let shaped = (1..=64).contains(&name.len())
            && letter(name[0])
            && name.iter().all(|it| letter(*it) || matches!(it, b'-' | b'.'));
        if !shaped {
            let message = format!("`{}` can't be a name.", key.name);
            let hint = "a–z, 0–9, `-` and `.`, at most 64 characters";
            self.error("shape", key.span, &message, Some(hint.to_owned()));
        }
    }

    fn error(&mut self, code: &'static str, span: Span, message: &str, hint: Option<String>) {
        let diagnostic = Diagnostic::error(code, span, message);
        self.report.add(Diagnostic { hint, ..diagnostic });
    }
}

fn fill(pattern: &Text, area: &Text) -> Text {
    Text::new(pattern.vi.replace("{area}", &area.vi), pattern.en.replace("{area}", &area.en))
}
