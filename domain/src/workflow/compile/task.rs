//! One task after the other: its guards, what it sends, its limits.

use super::watch::least_minutes;
use std::collections::{BTreeMap, BTreeSet};

use super::field::Fields;
use super::graph::Graph;
use super::guard::{self, Returns};
use super::{entries, route, unknown};
use crate::diagnostic::{Diagnostic, Report};
use crate::workflow::draft::{
    Amount, Draft, DraftAmount, DraftConsent, DraftDoer, DraftFee, DraftRepeat, DraftTask, Guard,
    Name,
};
use crate::workflow::expression::{Path, Readable, Scope};
use crate::workflow::{
    AgencyRule, AnyOf, Consent, Doer, Expression, Fee, FeeAmount, FeeAsked, Lapse, Limit,
    LimitStart, Repeat, Return, Send, Silence, Task, Unconsented, Wait,
};

/// The tasks in the order of the file; `None` for one that is faulty.
pub(super) fn resolve(
    draft: &Draft,
    graph: &Graph,
    fields: &Fields<'_>,
    report: &mut Report,
) -> Vec<Option<Task>> {
    let returns = guard::returns(draft);
    let routes = route::guards(draft, graph, fields, &returns, report);
    let resolver = Resolver { draft, graph, fields, returns: &returns };
    let starts: Vec<Start> = (0..draft.tasks.len())
        .map(|index| resolver.start(index, routes.get(&index), report))
        .collect();
    resolver.unreachable(&starts, report);
    (0..draft.tasks.len())
        .map(|index| {
            // What a predecessor's guard established still holds when this task starts.
            let before = || graph.completed_before(index).iter().chain([&index]);
            let present = before().flat_map(|it| starts[*it].establishes.iter().cloned()).collect();
            let known = before().all(|it| !starts[*it].unread);
            resolver.task(index, &starts[index], known.then_some(&present), report)
        })
        .collect()
}

/// Whether a task runs at all.
struct Start {
    chosen: Option<Expression>,
    when: Option<Expression>,
    establishes: BTreeSet<Path>,
    /// A guard never holds.
    never: bool,
    /// A guard could not be read.
    unread: bool,
}

struct Resolver<'a> {
    draft: &'a Draft,
    graph: &'a Graph,
    fields: &'a Fields<'a>,
    returns: &'a Returns,
}

impl<'a> Resolver<'a> {
    fn scope(&self, task: usize) -> Scope<'a> {
        let schema = self.fields.schema;
        let scope = guard::at_start_of(&[task], self.draft, self.graph, schema, self.returns);
        entries::with_entry(scope, &self.draft.tasks[task], schema)
    }

    /// The application alone.
    fn form_scope(&self, task: usize) -> Scope<'a> {
        let scope = guard::form_only(self.draft, self.fields.schema);
        entries::with_entry(scope, &self.draft.tasks[task], self.fields.schema)
    }

    fn start(&self, index: usize, routed: Option<&Expression>, report: &mut Report) -> Start {
        let task = &self.draft.tasks[index];
        let mut start = Start {
            chosen: None,
            when: None,
            establishes: BTreeSet::new(),
            never: false,
            unread: false,
        };
        let entry = task.entry.as_ref().and_then(|it| {
            let exists = entries::exists(it, self.fields);
            Expression::compile(&exists, &guard::form_only(self.draft, self.fields.schema)).ok()
        });
        start.establishes.extend(establishes(entry.as_ref()));
        if let Some(guard) = &task.chosen {
            let scope = guard::knowing(self.form_scope(index), &start.establishes);
            let chosen = self.guard(task, guard, &scope, &mut start, report);
            start.chosen = Expression::all(entry.iter().cloned().chain(chosen).collect());
            start.establishes.extend(establishes(start.chosen.as_ref()));
        }
        start.establishes.extend(establishes(routed));
        let mut parts: Vec<Expression> = entry.iter().chain(routed).cloned().collect();
        if let Some(guard) = &task.when {
            let known = !start.unread;
            let scope = guard::knowing(self.scope(index), &start.establishes);
            let scope = Scope { presence_known: known, ..scope };
            parts.extend(self.guard(task, guard, &scope, &mut start, report));
        }
        start.when = Expression::all(parts);
        start.establishes.extend(establishes(start.when.as_ref()));
        // What goes before it may find that it is not to run.
        let judged = task.when.as_ref().filter(|_| task.predecessors().next().is_none());
        if let (0, Some(guard)) = (index, task.chosen.as_ref().or(judged)) {
            let message = "The first task receives every application; it always runs.";
            report.add(Diagnostic::error("receiving-task", guard.span, message));
        }
        start
    }

    fn guard(
        &self,
        task: &DraftTask,
        guard: &Guard,
        scope: &Scope<'_>,
        start: &mut Start,
        report: &mut Report,
    ) -> Option<Expression> {
        let expression = guard::compile(guard, scope, report);
        start.unread |= expression.is_none();
        if expression.as_ref().and_then(Expression::constant) == Some(false) {
            start.never = true;
            let message = format!("`{}` never runs: this condition never holds.", task.name.text);
            report.add(Diagnostic::error("unreachable-task", guard.span, message));
        }
        expression
    }

    /// Tasks that need one that never runs.
    fn unreachable(&self, starts: &[Start], report: &mut Report) {
        for (index, task) in self.draft.tasks.iter().enumerate() {
            let mut needed = task.needs.iter().chain(&task.starts);
            let never = needed.find(|name| {
                self.graph.get(&name.text).is_some_and(|it| it != index && starts[it].never)
            });
            if let Some(name) = never {
                let message =
                    format!("`{}` never runs: `{}` never does.", task.name.text, name.text);
                report.add(Diagnostic::error("unreachable-task", name.span, message));
            }
        }
    }

    fn task(
        &self,
        index: usize,
        start: &Start,
        present: Option<&BTreeSet<Path>>,
        report: &mut Report,
    ) -> Option<Task> {
        let draft = &self.draft.tasks[index];
        let doer = self.doer(index, present, report);
        let send = draft.send.iter().filter_map(|it| self.send(index, it, report)).collect();
        let limits = self.limits(index, present, report);
        extension(draft, report);
        let deliver = draft.deliver.as_ref().and_then(|it| self.fields.delivery(it, report));
        let texts = |names: &[Name]| names.iter().map(|it| it.text.clone()).collect();
        let wait = |(name, failed): &(Name, _)| Wait { task: name.text.clone(), failed: *failed };
        Some(Task {
            name: draft.name.text.clone(),
            procedure: draft.procedure.clone(),
            title: draft.title.clone(),
            doer: doer?,
            needs: texts(&draft.needs),
            any_of: self.any_of(draft, report),
            waits_for: draft.waits_for.iter().map(wait).collect(),
            starts: texts(&draft.starts),
            chosen: start.chosen.clone(),
            when: start.when.clone(),
            send,
            limits,
            extend: draft.extend.map(|(to, _)| to),
            counting: draft.counting.clone(),
            supplement: draft.supplement.clone(),
            returns: returns(draft),
            deliver,
            consents: self.consents(index, report),
            may_return: self.may_return(index, report),
            corrected: draft.corrected,
            correction: draft.correction,
            fee: draft.fee.as_ref().map(|it| self.fee(index, it, present, report)),
            letters: draft.letters.iter().cloned().collect(),
            notice: draft.notice.clone(),
            draft: draft.draft,
            repeat: draft.repeat.as_ref().and_then(|it| self.repeat(index, it, report)),
            ends_acknowledged: ends_acknowledged(draft, report),
            silence: silence(index, draft, report),
        })
    }

    fn doer(
        &self,
        index: usize,
        present: Option<&BTreeSet<Path>>,
        report: &mut Report,
    ) -> Option<Doer> {
        let draft = &self.draft.tasks[index];
        if index == 0 && draft.office().is_none() {
            let message = "The first task receives the application; an agency does it.";
            report.add(Diagnostic::error("receiving-task", draft.name.span, message));
        }
        Some(match &draft.doer {
            DraftDoer::Agency { office, at } => {
                let at = self.fields.area(at, present, report)?;
                Doer::Agency(AgencyRule { office: office.text.clone(), at })
            }
            DraftDoer::Applicant { provides, within } => Doer::Applicant {
                provides: provides
                    .iter()
                    .filter_map(|it| self.provided(index, it, report))
                    .collect(),
                within: *within,
            },
            DraftDoer::Person => Doer::Person,
            DraftDoer::Time(measure) => Doer::Time(*measure),
        })
    }

    /// What an applicant provides is a field or a document.
    fn provided(&self, index: usize, name: &Name, report: &mut Report) -> Option<Send> {
        let found = self.send(index, name, report)?;
        if let Send::Result { .. } = found {
            let message = "An applicant provides fields and documents.";
            report.add(Diagnostic::error("unknown-name", name.span, message));
            return None;
        }
        Some(found)
    }

    fn any_of(&self, draft: &DraftTask, report: &mut Report) -> Option<AnyOf> {
        let any_of = draft.any_of.as_ref()?;
        if any_of.of.len() < 2 {
            let message = "A choice is between at least two tasks.";
            report.add(Diagnostic::error("missing-key", any_of.span, message));
        }
        let count = usize::try_from(any_of.count).ok()?;
        Some(AnyOf { count, of: any_of.of.iter().map(|it| it.text.clone()).collect() })
    }

    fn fee(
        &self,
        index: usize,
        fee: &DraftFee,
        present: Option<&BTreeSet<Path>>,
        report: &mut Report,
    ) -> Fee {
        // What is paid may depend on whether the application came in time.
        let scope = Scope { today: Readable::Yes, ..self.scope(index) };
        let scope = match present {
            Some(present) => guard::knowing(scope, present),
            None => Scope { presence_known: false, ..scope },
        };
        let always = |it: &DraftAmount| it.when.is_none() && it.from.is_none();
        if fee.asked == FeeAsked::Start && !fee.amounts.last().is_some_and(always) {
            let message = "Where no condition holds, no amount is given.";
            report.add(
                Diagnostic::error("guarded-last-amount", fee.span, message)
                    .hint("the last amount has neither `when` nor `from`"),
            );
        }
        if fee.asked == FeeAsked::Start && fee.lapse == Lapse::Remind {
            let message = "Nobody has the task yet who could be reminded.";
            report.add(
                Diagnostic::error("no-consequence", fee.span, message).hint("write `lapse: stop`"),
            );
        }
        let mut amounts = Vec::new();
        for amount in &fee.amounts {
            let when = amount.when.as_ref().and_then(|it| guard::compile(it, &scope, report));
            amounts.push(FeeAmount { when, from: amount.from, is: amount.is.into() });
        }
        let (asked, within, lapse) = (fee.asked, fee.within, fee.lapse);
        Fee { asked, amounts, within, lapse, refund: fee.refund }
    }

    /// Its guard reads what the task has just brought.
    fn repeat(&self, index: usize, repeat: &DraftRepeat, report: &mut Report) -> Option<Repeat> {
        let mut scope = self.scope(index);
        let name = self.draft.tasks[index].name.text.as_str();
        scope.tasks.insert(name, (Readable::Yes, &self.returns[index]));
        let when = guard::compile(repeat.when.as_ref()?, &scope, report)?;
        Some(Repeat { when, at_most: usize::try_from(repeat.at_most).ok()? })
    }

    fn limits(
        &self,
        index: usize,
        present: Option<&BTreeSet<Path>>,
        report: &mut Report,
    ) -> Vec<Limit> {
        let draft = &self.draft.tasks[index];
        let scope = match present {
            Some(present) => guard::knowing(self.scope(index), present),
            None => Scope { presence_known: false, ..self.scope(index) },
        };
        let mut limits = Vec::new();
        for limit in &draft.limits {
            let when = limit.when.as_ref().and_then(|it| guard::compile(it, &scope, report));
            let (is, remind) = match limit.is {
                Amount::Within(measure) => (Some(measure), None),
                Amount::Endless | Amount::Unread => (None, draft.remind),
            };
            limits.push(Limit { when, is, from: limit.from, remind });
        }
        limits
    }

    fn consents(&self, index: usize, report: &mut Report) -> Vec<Consent> {
        let draft = &self.draft.tasks[index];
        let scope = self.form_scope(index);
        let mut consents = Vec::new();
        for consent in &draft.consents {
            self.proof(consent, report);
            let when = consent.when.as_ref().and_then(|it| guard::compile(it, &scope, report));
            let Some((of, person)) = self.fields.persons(&consent.of, report) else { continue };
            let representative = consent.represented_by.as_ref();
            let represented_by =
                representative.and_then(|it| self.fields.person_in(person, it, report));
            consents.push(Consent {
                of,
                when,
                asked: consent.asked,
                within: consent.within,
                lapse: consent.lapse,
                decline: consent.decline,
                unreachable: consent.unreachable,
                represented_by,
                instead: consent.instead.as_ref().map(|it| it.text.clone()),
            });
        }
        let waits = draft.limits.iter().find(|it| it.from == LimitStart::Consent);
        if let Some(limit) = waits.filter(|_| draft.consents.is_empty()) {
            let message = "The limit runs from a consent, and nobody is asked for one.";
            report.add(Diagnostic::error("impossible-limit", limit.span, message));
        }
        consents
    }

    /// What is asked for instead of a consent is a kind of document, and may be asked for.
    fn proof(&self, consent: &DraftConsent, report: &mut Report) {
        if let Some(kind) = &consent.instead {
            Fields::document(self.draft, &kind.text, kind, report);
        } else if [consent.lapse, consent.decline, consent.unreachable]
            .contains(&Unconsented::Supplement)
        {
            let message = "It is not said what is to be supplied instead of the consent.";
            report.add(
                Diagnostic::error("missing-key", consent.span, message)
                    .hint("name a kind of document: `instead: <kind>`"),
            );
        }
    }

    /// Only what was surely received can be sent back.
    fn may_return(&self, index: usize, report: &mut Report) -> Vec<String> {
        let draft = &self.draft.tasks[index];
        let mut found = Vec::new();
        for name in &draft.may_return {
            let Some(from) = self.graph.known(name, report) else { continue };
            if self.graph.completes_before(from, index) {
                found.push(name.text.clone());
            } else {
                let message =
                    format!("The result of `{}` need not exist yet when this starts.", name.text);
                report.add(
                    Diagnostic::error("later-result", name.span, message)
                        .hint("only results of tasks that this one `needs` can be sent back"),
                );
            }
        }
        found
    }

    fn send(&self, index: usize, name: &Name, report: &mut Report) -> Option<Send> {
        let mut parts = name.text.splitn(3, '.');
        match (parts.next()?, parts.next(), parts.next()) {
            ("documents", Some(kind), None) => Fields::document(self.draft, kind, name, report)
                .then(|| Send::Document(kind.to_owned())),
            ("documents", _, _) => {
                let message = "Documents are sent by kind, so that nobody sees more than needed.";
                let hint = "write `documents.<kind>`";
                report.add(Diagnostic::error("unknown-name", name.span, message).hint(hint));
                None
            }
            ("results", Some(task), Some(result)) => {
                self.send_result(index, task, result, name, report)
            }
            ("results", _, _) => {
                let message = "A result is sent by its task and name.";
                let hint = "write `results.<task>.<name>`";
                report.add(Diagnostic::error("unknown-name", name.span, message).hint(hint));
                None
            }
            _ => Some(Send::Field(self.fields.find(name, report)?.0)),
        }
    }

    fn send_result(
        &self,
        index: usize,
        task: &str,
        result: &str,
        name: &Name,
        report: &mut Report,
    ) -> Option<Send> {
        let Some(from) = self.graph.get(task) else {
            let known = self.draft.tasks.iter().map(|it| it.name.text.as_str());
            unknown("task", task, name.span, known, report);
            return None;
        };
        let returns = &self.returns[from];
        if !returns.contains_key(result) {
            let known = returns.keys().map(String::as_str);
            unknown(&format!("result of `{task}` called"), result, name.span, known, report);
            return None;
        }
        let is_sent = self.draft.tasks[index].waits_for_result_of(task)
            || self.graph.completes_before(from, index);
        if !is_sent {
            let message = format!("The results of `{task}` need not exist yet when this starts.");
            report.add(
                Diagnostic::error("later-result", name.span, message)
                    .hint("only results of tasks that this one `needs` or waits for can be sent"),
            );
            return None;
        }
        Some(Send::Result { task: task.to_owned(), name: result.to_owned() })
    }
}

/// A longer limit is longer than any that it may replace.
fn extension(draft: &DraftTask, report: &mut Report) {
    let Some((to, span)) = draft.extend else { return };
    let replaced = draft.limits.iter().filter_map(|it| match it.is {
        Amount::Within(measure) => Some(measure),
        Amount::Endless | Amount::Unread => None,
    });
    let longest = replaced.max_by_key(|it| least_minutes(*it));
    if longest.is_none_or(|it| least_minutes(it) >= least_minutes(to)) {
        let message = "The longer limit is not longer than the limit that it replaces.";
        report.add(Diagnostic::error("impossible-limit", span, message));
    }
}

/// What ends when it is acknowledged brings nothing.
fn ends_acknowledged(draft: &DraftTask, report: &mut Report) -> bool {
    let Some(span) = draft.ends_acknowledged else { return false };
    if !draft.returns.is_empty() || draft.deliver.is_some() || draft.repeat.is_some() {
        let message = "A task that ends with its acknowledgement brings no result.";
        report.add(Diagnostic::error("impossible-end", span, message));
    }
    true
}

/// Whoever says nothing brings nothing, and is silent once a limit has ended.
fn silence(index: usize, draft: &DraftTask, report: &mut Report) -> Option<Silence> {
    let (silence, span) = draft.silence?;
    if index == 0 {
        let message = "The first task receives the application; nobody goes on without it.";
        report.add(Diagnostic::error("receiving-task", span, message));
    }
    let owes = |it: &Option<Return>| it.as_ref().is_some_and(|it| !it.optional);
    if draft.returns.iter().any(|(_, it)| owes(it)) {
        let message = "Silence brings no result, and one is required.";
        report.add(
            Diagnostic::error("impossible-end", span, message).hint("make it `optional: true`"),
        );
    }
    if draft.limits.iter().any(|it| it.is == Amount::Endless) {
        let message = "Without a limit nobody is ever silent for too long.";
        report.add(Diagnostic::error("impossible-end", span, message));
    }
    Some(silence)
}

fn returns(draft: &DraftTask) -> BTreeMap<String, Return> {
    let returns = draft.returns.iter();
    returns.filter_map(|(name, it)| Some((name.text.clone(), it.clone()?))).collect()
}

fn establishes(expression: Option<&Expression>) -> BTreeSet<Path> {
    expression.map(|it| it.establishes().clone()).unwrap_or_default()
}
