//! A definition as it was read: every name with its place, nothing resolved yet.
//! An empty name is one whose fault was already reported.

use std::ops::Range;

use chrono::NaiveDate;

use super::expression::Fault;
use super::{
    AfterFailure, Asked, Corrected, FeeAsked, FieldPath, Handover, Lapse, LetterKind, LimitStart,
    Notice, Return, Silence, Supplement, Unconsented,
};
use crate::calendar::{Counting, Measure};
use crate::diagnostic::{Diagnostic, Span};
use crate::language::Text;

/// A name and where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// A condition, unread.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) text: String,
    /// Of the whole value.
    pub(super) span: Span,
    /// Of each letter of the text; empty where the file does not hold it letter by letter.
    pub(super) letters: Vec<Span>,
}

impl Guard {
    /// A fault of the condition at its place in the file.
    pub(super) fn diagnose(&self, fault: &Fault) -> Diagnostic {
        let span = self.place(&fault.at);
        let diagnostic = Diagnostic::error(fault.code, span, fault.message.clone());
        Diagnostic { hint: fault.hint.clone(), ..diagnostic }
    }

    fn place(&self, at: &Range<usize>) -> Span {
        let letter = |byte: usize| self.text.char_indices().take_while(|it| it.0 < byte).count();
        let (first, after) = (letter(at.start), letter(at.end));
        let last = after.max(first + 1) - 1;
        match (self.letters.get(first).or(self.letters.last()), self.letters.get(last)) {
            (Some(first), Some(last)) => Span { end: last.end.max(first.end), ..*first },
            (Some(end), None) => *end,
            (None, _) => self.span,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: Name,
    pub(super) version: u32,
    pub(super) effective_from: NaiveDate,
    pub(super) effective_from_span: Span,
    pub(super) effective_to: Option<NaiveDate>,
    pub(super) code: String,
    pub(super) law: Vec<String>,
    pub(super) title: Text,
    pub(super) calendar: Name,
    pub(super) directory: Name,
    pub(super) subject: Name,
    pub(super) applicant: Name,
    pub(super) identity_level: u8,
    pub(super) documents: Vec<DraftDocument>,
    pub(super) rules: Vec<DraftRule>,
    pub(super) tasks: Vec<DraftTask>,
    pub(super) routes: Vec<DraftRoute>,
    pub(super) watches: Vec<DraftWatch>,
    pub(super) handover: Option<Handover>,
    pub(super) duplicate: Option<Name>,
    pub(super) adopts: Option<DraftAdoption>,
    pub(super) portal: bool,
}

#[derive(Debug)]
pub(super) struct DraftAdoption {
    pub(super) version: u32,
    /// Of this version, and of the earlier one.
    pub(super) fields: Vec<(Name, Name)>,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct DraftDocument {
    pub(super) name: Name,
    pub(super) title: Text,
    pub(super) required: Option<Guard>,
}

#[derive(Debug)]
pub(super) struct DraftRule {
    pub(super) at: Name,
    pub(super) when: Option<Guard>,
    pub(super) must: Option<Guard>,
    pub(super) message: Text,
}

#[derive(Clone, Debug)]
pub(super) struct DraftTask {
    pub(super) name: Name,
    pub(super) procedure: Option<String>,
    pub(super) title: Text,
    pub(super) doer: DraftDoer,
    /// The list for each of whose entries there is such a task.
    pub(super) each: Option<Name>,
    /// The entry that it is for, once that is written out.
    pub(super) entry: Option<DraftEntry>,
    pub(super) needs: Vec<Name>,
    pub(super) any_of: Option<DraftAnyOf>,
    pub(super) waits_for: Vec<(Name, AfterFailure)>,
    pub(super) starts: Vec<Name>,
    pub(super) chosen: Option<Guard>,
    pub(super) when: Option<Guard>,
    pub(super) send: Vec<Name>,
    pub(super) limits: Vec<DraftLimit>,
    /// With the place where it stands.
    pub(super) extend: Option<(Measure, Span)>,
    pub(super) remind: Option<Measure>,
    pub(super) counting: Counting,
    pub(super) supplement: Option<Supplement>,
    /// `None` where the type could not be read.
    pub(super) returns: Vec<(Name, Option<Return>)>,
    pub(super) deliver: Option<Name>,
    pub(super) consents: Vec<DraftConsent>,
    pub(super) may_return: Vec<Name>,
    pub(super) corrected: Corrected,
    pub(super) correction: Option<Measure>,
    pub(super) fee: Option<DraftFee>,
    pub(super) draft: Option<u32>,
    pub(super) letters: Vec<(LetterKind, String)>,
    pub(super) notice: Option<Notice>,
    pub(super) repeat: Option<DraftRepeat>,
    /// Each with the place where it stands.
    pub(super) ends_acknowledged: Option<Span>,
    pub(super) silence: Option<(Silence, Span)>,
}

/// One entry of a list of the form.
#[derive(Clone, Debug)]
pub(super) struct DraftEntry {
    pub(super) list: FieldPath,
    /// From 0.
    pub(super) index: u64,
}

#[derive(Clone, Debug)]
pub(super) enum DraftDoer {
    Agency { office: Name, at: Name },
    Applicant { provides: Vec<Name>, within: u32 },
    Person,
    Time(Measure),
}

#[derive(Clone, Debug)]
pub(super) struct DraftAnyOf {
    pub(super) span: Span,
    pub(super) count: u32,
    pub(super) of: Vec<Name>,
}

#[derive(Clone, Debug)]
pub(super) struct DraftFee {
    pub(super) span: Span,
    pub(super) asked: FeeAsked,
    pub(super) amounts: Vec<DraftAmount>,
    pub(super) within: u32,
    pub(super) lapse: Lapse,
    pub(super) refund: bool,
}

#[derive(Clone, Debug)]
pub(super) struct DraftAmount {
    pub(super) when: Option<Guard>,
    pub(super) from: Option<NaiveDate>,
    pub(super) is: u32,
}

#[derive(Clone, Debug)]
pub(super) struct DraftRepeat {
    pub(super) when: Option<Guard>,
    pub(super) at_most: u32,
}

impl DraftTask {
    /// Whether it waits for a task that may bring results, or none.
    pub(super) fn waits_for_result_of(&self, name: &str) -> bool {
        let alternatives = self.any_of.iter().flat_map(|it| &it.of);
        self.waits_for.iter().map(|(it, _)| it).chain(alternatives).any(|it| it.text == name)
    }

    /// Every task that goes first, however.
    pub(super) fn predecessors(&self) -> impl Iterator<Item = &Name> {
        let waits = self.waits_for.iter().map(|(name, _)| name);
        let alternatives = self.any_of.iter().flat_map(|it| &it.of);
        self.needs.iter().chain(alternatives).chain(waits).chain(&self.starts)
    }

    /// The kind of office that does it, if one does.
    pub(super) fn office(&self) -> Option<&Name> {
        match &self.doer {
            DraftDoer::Agency { office, .. } => Some(office),
            DraftDoer::Applicant { .. } | DraftDoer::Person | DraftDoer::Time(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct DraftConsent {
    pub(super) span: Span,
    pub(super) of: Name,
    pub(super) when: Option<Guard>,
    pub(super) asked: Asked,
    pub(super) within: u32,
    pub(super) lapse: Unconsented,
    pub(super) decline: Unconsented,
    pub(super) unreachable: Unconsented,
    pub(super) represented_by: Option<Name>,
    pub(super) instead: Option<Name>,
}

#[derive(Clone, Debug)]
pub(super) struct DraftLimit {
    pub(super) span: Span,
    pub(super) when: Option<Guard>,
    pub(super) is: Amount,
    pub(super) from: LimitStart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    Within(Measure),
    Endless,
    /// Its fault was reported.
    Unread,
}

#[derive(Debug)]
pub(super) struct DraftRoute {
    pub(super) span: Span,
    pub(super) by: Name,
    pub(super) when: Option<Guard>,
    /// By value of the field: the tasks that it leads to.
    pub(super) to: Vec<(Name, Vec<Name>)>,
}

#[derive(Debug)]
pub(super) struct DraftWatch {
    pub(super) title: Text,
    pub(super) of: Vec<Name>,
    pub(super) limits: Vec<DraftLimit>,
    pub(super) limit_span: Span,
    pub(super) counting: Counting,
}
