//! YAML with the place of every node, so that a fault can be shown where it was written.
//! Only data: no aliases, no tags, no second document; size, depth and count are bounded.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value as Json};

use crate::diagnostic::{Diagnostic, Report, Span};

/// A text may have at most this many bytes.
pub const BYTES_MAX: usize = 1024 * 1024;
const NODES_MAX: usize = 100_000;
const DEPTH_MAX: usize = 32;

/// A node and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub data: Data,
}

#[derive(Clone, Debug)]
pub enum Data {
    /// A scalar as written. `plain` if it had no quotes, so that it may mean a number, a truth
    /// value or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// Entries in the order of the text; keys are unique.
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
pub struct Key {
    pub span: Span,
    pub name: String,
}

/// Reads one document. `None` if the text is no YAML at all; the report says why.
pub fn parse(source: &str, report: &mut Report) -> Option<Node> {
    if source.len() > BYTES_MAX {
        let message = format!("The file has more than {BYTES_MAX} bytes.");
        report.add(Diagnostic::error("too-large", Span::default(), message));
        return None;
    }
    let mut reader = Reader { places: Places::new(source), nodes: 0 };
    match reader.document(source, report) {
        Ok(node) => node,
        Err(diagnostic) => {
            report.add(diagnostic);
            None
        }
    }
}

impl Node {
    /// The text of a scalar, whatever it looks like.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar { text, .. } => Some(text),
            Data::List(_) | Data::Map(_) => None,
        }
    }

    #[must_use]
    pub fn list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(items) => Some(items),
            Data::Scalar { .. } | Data::Map(_) => None,
        }
    }

    #[must_use]
    pub fn map(&self) -> Option<&[(Key, Node)]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            Data::Scalar { .. } | Data::List(_) => None,
        }
    }

    /// Where a fault of a whole node is shown: at the first key of a map, else at the node.
    #[must_use]
    pub fn heading(&self) -> Span {
        self.map().and_then(|entries| entries.first()).map_or(self.span, |(key, _)| key.span)
    }

    /// The value under a key of a map.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.map()?.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Whether this is a plain `null`, `~` or nothing at all.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// As JSON, by the core schema of YAML 1.2: `true`, `false`, `null`, numbers; all else text.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.data {
            Data::Scalar { text, plain: true } => plain_to_json(text),
            Data::Scalar { text, plain: false } => Json::String(text.clone()),
            Data::List(items) => items.iter().map(Node::to_json).collect(),
            Data::Map(entries) => {
                let entries = entries.iter().map(|(key, it)| (key.name.clone(), it.to_json()));
                Json::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// As JSON text with the entries in their order, which is YAML again.
    #[must_use]
    pub fn to_json_text(&self) -> String {
        let parts: Vec<String> = match &self.data {
            Data::Scalar { .. } => return self.to_json().to_string(),
            Data::List(items) => {
                let items: Vec<String> = items.iter().map(Node::to_json_text).collect();
                return format!("[{}]", items.join(","));
            }
            Data::Map(entries) => entries
                .iter()
                .map(|(key, it)| {
                    format!("{}:{}", Json::String(key.name.clone()), it.to_json_text())
                })
                .collect(),
        };
        format!("{{{}}}", parts.join(","))
    }

    /// Puts a value at a dotted path of maps, in the place of what was there or at the end.
    /// False if the path leads through something that is no map.
    pub fn set(&mut self, path: &str, value: &Json) -> bool {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let span = self.span;
        let Data::Map(entries) = &mut self.data else { return false };
        let found = entries.iter().position(|(key, _)| key.name == name);
        let index = found.unwrap_or_else(|| {
            let key = Key { span, name: name.to_owned() };
            entries.push((key, Node { span, data: Data::Map(Vec::new()) }));
            entries.len() - 1
        });
        if rest.is_empty() {
            entries[index].1 = Node::from_json(value, span);
            return true;
        }
        entries[index].1.set(rest, value)
    }

    fn from_json(value: &Json, span: Span) -> Self {
        let data = match value {
            Json::String(text) => Data::Scalar { text: text.clone(), plain: false },
            Json::Array(items) => {
                Data::List(items.iter().map(|it| Self::from_json(it, span)).collect())
            }
            Json::Object(members) => Data::Map(
                members
                    .iter()
                    .map(|(name, it)| (Key { span, name: name.clone() }, Self::from_json(it, span)))
                    .collect(),
            ),
            Json::Null | Json::Bool(_) | Json::Number(_) => {
                Data::Scalar { text: value.to_string(), plain: true }
            }
        };
        Self { span, data }
    }

    /// The node at a JSON pointer into [`Node::to_json`], or its nearest ancestor.
    #[must_use]
    pub fn nearest(&self, pointer: &str) -> &Node {
        let mut node = self;
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let next = match &node.data {
                Data::Map(_) => node.get(&part),
                Data::List(items) => part.parse::<usize>().ok().and_then(|it| items.get(it)),
                Data::Scalar { .. } => None,
            };
            match next {
                Some(it) => node = it,
                None => break,
            }
        }
        node
    }
}

fn plain_to_json(text: &str) -> Json {
    match text {
        "" | "~" | "null" => Json::Null,
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ => {
            let numeric = text.starts_with(|it: char| it.is_ascii_digit() || it == '-');
            let digits = text.trim_start_matches('-');
            let leading_zero =
                digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
            if !numeric || leading_zero {
                return Json::String(text.to_owned());
            }
            if let Ok(whole) = text.parse::<i64>() {
                return Json::Number(whole.into());
            }
            text.parse::<f64>()
                .ok()
                .and_then(Number::from_f64)
                .map_or_else(|| Json::String(text.to_owned()), Json::Number)
        }
    }
}

/// The parser counts characters; people's tools want bytes.
struct Places {
    byte_of_char: Vec<usize>,
}

impl Places {
    fn new(source: &str) -> Self {
        let mut byte_of_char: Vec<usize> = source.char_indices().map(|(byte, _)| byte).collect();
        byte_of_char.push(source.len());
        Self { byte_of_char }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let byte = |index: usize| {
            self.byte_of_char.get(index).or(self.byte_of_char.last()).copied().unwrap_or_default()
        };
        Span {
            start: byte(span.start.index()),
            end: byte(span.end.index()),
            line: span.start.line(),
            column: span.start.col() + 1,
        }
    }
}

struct Reader {
    places: Places,
    nodes: usize,
}

type Events<'a> = Parser<'a, saphyr_parser::StrInput<'a>>;

impl Reader {
    fn document(&mut self, source: &str, report: &mut Report) -> Result<Option<Node>, Diagnostic> {
        let mut events = Parser::new_from_str(source);
        let mut root = None;
        loop {
            let (event, span) = self.next(&mut events)?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                _ if root.is_some() => {
                    let message = "A file holds one document; here a second one begins.";
                    return Err(Diagnostic::error("syntax", span, message));
                }
                event => root = Some(self.node(event, span, &mut events, 0, report)?),
            }
        }
        if root.is_none() {
            report.add(Diagnostic::error("syntax", Span::default(), "The file is empty."));
        }
        Ok(root)
    }

    fn next<'a>(&self, events: &mut Events<'a>) -> Result<(Event<'a>, Span), Diagnostic> {
        match events.next_event() {
            Some(Ok((event, span))) => Ok((event, self.places.span(span))),
            Some(Err(error)) => {
                let at = self.places.span(saphyr_parser::Span::empty(*error.marker()));
                let message = format!("This is not YAML: {}.", error.info());
                Err(Diagnostic::error("syntax", at, message))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(
        &mut self,
        event: Event<'_>,
        span: Span,
        events: &mut Events<'_>,
        depth: usize,
        report: &mut Report,
    ) -> Result<Node, Diagnostic> {
        self.nodes += 1;
        if self.nodes > NODES_MAX || depth > DEPTH_MAX {
            let message = "The file is nested too deeply or has too many entries.";
            return Err(Diagnostic::error("too-large", span, message));
        }
        match event {
            Event::Scalar(text, style, _, None) => {
                let plain = style == ScalarStyle::Plain;
                Ok(Node { span, data: Data::Scalar { text: text.into_owned(), plain } })
            }
            Event::SequenceStart(_, None) => self.list(span, events, depth, report),
            Event::MappingStart(_, None) => self.entries(span, events, depth, report),
            _ => {
                let message = "Tags and aliases are not used here.";
                Err(Diagnostic::error("syntax", span, message)
                    .hint("write the value out where it is needed"))
            }
        }
    }

    fn list(
        &mut self,
        mut span: Span,
        events: &mut Events<'_>,
        depth: usize,
        report: &mut Report,
    ) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next(events)?;
            if matches!(event, Event::SequenceEnd) {
                span.end = span.end.max(at.end);
                return Ok(Node { span, data: Data::List(items) });
            }
            items.push(self.node(event, at, events, depth + 1, report)?);
        }
    }

    fn entries(
        &mut self,
        mut span: Span,
        events: &mut Events<'_>,
        depth: usize,
        report: &mut Report,
    ) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, at) = self.next(events)?;
            let name = match event {
                Event::MappingEnd => {
                    span.end = span.end.max(at.end);
                    return Ok(Node { span, data: Data::Map(entries) });
                }
                Event::Scalar(text, ..) => text.into_owned(),
                _ => {
                    return Err(Diagnostic::error("syntax", at, "A key is a single word."));
                }
            };
            let (event, value_at) = self.next(events)?;
            let value = self.node(event, value_at, events, depth + 1, report)?;
            if entries.iter().any(|(key, _)| key.name == name) {
                let message = format!("`{name}` stands here a second time.");
                report.add(Diagnostic::error("duplicate-key", at, message));
            } else {
                entries.push((Key { span: at, name }, value));
            }
        }
    }
}
