//! From the text of one task to its draft.

use chrono::NaiveDate;

use super::at_most;
use super::reader::{self, Entries};
use super::shape::{self, Shape};
use crate::calendar::Measure;
use crate::diagnostic::{Diagnostic, Report, Span};
use crate::language::Text;
use crate::workflow::draft::{
    Amount, DraftAmount, DraftAnyOf, DraftConsent, DraftDoer, DraftFee, DraftLimit, DraftRepeat,
    DraftTask, Name,
};
use crate::workflow::{
    AfterFailure, Asked, ClockPolicy, Corrected, FeeAsked, Lapse, LetterKind, LimitStart, Notice,
    Renewal, Return, ReturnKind, Silence, Supplement, Unconsented,
};
use crate::yaml::{Key, Node};

const LIMITS_MAX: usize = 20;
const RETURNS_MAX: usize = 20;
const SENDS_MAX: usize = 100;
const CONSENTS_MAX: usize = 20;
/// In đồng.
const FEE_MAX: u32 = 1_000_000_000;
const REPEATS_MAX: u32 = 10;
const LATER_MAX: usize = 10;

const RETURN_KINDS: &[(&str, ReturnKind)] = &[
    ("document", ReturnKind::Document),
    ("personal-id", ReturnKind::PersonalId),
    ("text", ReturnKind::Text),
    ("date", ReturnKind::Date),
    ("money", ReturnKind::Money),
    ("truth", ReturnKind::Truth),
];

const SILENCES: &[(&str, Silence)] = &[("agrees", Silence::Agrees), ("head", Silence::Head)];

pub(super) fn read(key: &Key, node: &Node, source: &str, report: &mut Report) -> DraftTask {
    let name = reader::key_name(key, report);
    let task = Entries::read(node, &shape::TASK, report);
    let doer = doer(&task, report);
    let title = task.required("title", report);
    let names = |key: &str, report: &mut Report| {
        task.get(key).map(|it| reader::names(it, report)).unwrap_or_default()
    };
    let guard = |key: &str, report: &mut Report| {
        task.get(key).and_then(|it| reader::guard(it, source, report))
    };
    let limit = if matches!(doer, DraftDoer::Agency { .. }) {
        task.required("limit", report)
    } else {
        task.get("limit")
    };
    let limits = limit.map(|it| limits(it, &shape::LIMIT, source, report)).unwrap_or_default();
    let draft = DraftTask {
        procedure: task.get("procedure").map(|it| reader::text(it, report)),
        title: title.map(|it| reader::translated(it, report)).unwrap_or_default(),
        doer,
        each: task.get("each").map(|it| reader::named(it, report)),
        entry: None,
        needs: names("needs", report),
        any_of: task.get("any_of").map(|it| any_of(it, report)),
        waits_for: waits_for(task.get("waits_for"), report),
        starts: starts(task.get("starts"), report),
        chosen: guard("chosen", report),
        when: guard("when", report),
        send: names("send", report),
        limits,
        extend: task.get("extend").and_then(|it| Some((reader::measure(it, report)?, it.span))),
        remind: task.get("remind").and_then(|it| reader::measure(it, report)),
        counting: reader::counting(task.get("cut_off"), report),
        supplement: task.get("supplement").and_then(|it| supplement(it, report)),
        returns: task.get("returns").map(|it| returns(it, report)).unwrap_or_default(),
        deliver: task.get("deliver").map(|it| reader::named(it, report)),
        consents: match (task.get("person"), task.get("consent")) {
            (Some(it), _) => vec![person(it, report)],
            (None, it) => it.map(|it| consents(it, source, report)).unwrap_or_default(),
        },
        may_return: names("may_return", report),
        corrected: task.get("corrected").map(|it| corrected(it, report)).unwrap_or_default(),
        correction: task.get("correction").and_then(|it| reader::measure(it, report)),
        fee: task.get("fee").map(|it| fee(it, source, report)),
        letters: task.get("letters").map(|it| letters(it, report)).unwrap_or_default(),
        notice: task.get("notice").and_then(|it| notice(it, report)),
        draft: task.get("draft").map(|it| draft_window(it, report)),
        repeat: task.get("repeat").map(|it| repeat(it, source, report)),
        ends_acknowledged: word(task.get("ends"), "acknowledged", report),
        silence: task.get("silence").map(|it| (reader::choice(it, SILENCES, report), it.span)),
        name,
    };
    at_most(draft.send.len(), SENDS_MAX, node, report);
    reminded(&draft, task.get("remind"), report);
    draft
}

/// What only an agency's task has.
const OF_AGENCIES: &[&str] = &[
    "send",
    "limit",
    "extend",
    "consent",
    "remind",
    "cut_off",
    "supplement",
    "fee",
    "draft",
    "letters",
    "notice",
    "returns",
    "repeat",
    "ends",
    "silence",
    "deliver",
    "may_return",
    "corrected",
    "correction",
];

/// One of the four that may do a task.
fn doer(task: &Entries<'_>, report: &mut Report) -> DraftDoer {
    let doers = ["applicant", "person", "wait", "agency"];
    let mut doers = doers.into_iter().filter_map(|key| task.get(key).map(|node| (key, node)));
    let doer = match doers.next() {
        Some(("applicant", node)) => own(node, report),
        Some(("person", _)) => DraftDoer::Person,
        Some(("wait", node)) => {
            DraftDoer::Time(reader::measure(node, report).unwrap_or(Measure::CalendarDays(1)))
        }
        _ => match task.required("agency", report) {
            Some(node) => agency(node, report),
            None => DraftDoer::Agency { office: Name::default(), at: Name::default() },
        },
    };
    for (_, node) in doers {
        let message =
            "A task is done by an agency, by the applicant, by another person or by time alone.";
        report.add(Diagnostic::error("several-doers", node.heading(), message));
    }
    if !matches!(doer, DraftDoer::Agency { .. }) {
        for node in OF_AGENCIES.iter().filter_map(|it| task.get(it)) {
            let message = "Only a task that an agency does has this.";
            report.add(Diagnostic::error("agency-only", node.heading(), message));
        }
    }
    doer
}

fn agency(node: &Node, report: &mut Report) -> DraftDoer {
    let agency = Entries::read(node, &shape::AGENCY, report);
    let office = agency.required("office", report);
    let office = office.map(|it| reader::dashed_name(it, report)).unwrap_or_default();
    let at = agency.required("at", report).map(|it| reader::named(it, report)).unwrap_or_default();
    DraftDoer::Agency { office, at }
}

fn own(node: &Node, report: &mut Report) -> DraftDoer {
    let own = Entries::read(node, &shape::APPLICANT, report);
    let provides = own.required("provides", report);
    let provides = provides.map(|it| reader::names(it, report)).unwrap_or_default();
    at_most(provides.len(), SENDS_MAX, node, report);
    let within = own.required("within", report).map_or(1, |it| window(it, report));
    DraftDoer::Applicant { provides, within }
}

fn any_of(node: &Node, report: &mut Report) -> DraftAnyOf {
    let any_of = Entries::read(node, &shape::ANY_OF, report);
    let of = any_of.required("of", report).map(|it| reader::names(it, report)).unwrap_or_default();
    let most = u32::try_from(of.len().max(1)).unwrap_or(u32::MAX);
    let count = any_of.required("count", report).map_or(1, |it| reader::whole(it, 1, most, report));
    DraftAnyOf { span: node.span, count, of }
}

fn fee(node: &Node, source: &str, report: &mut Report) -> DraftFee {
    let fee = Entries::read(node, &shape::FEE, report);
    let moments = [("start", FeeAsked::Start), ("agency", FeeAsked::Agency)];
    let lapses = [("stop", Lapse::Stop), ("remind", Lapse::Remind)];
    let asked = fee.get("asked").map(|it| reader::choice(it, &moments, report));
    let amounts = fee.get("amounts").map(|it| reader::list(it, report)).unwrap_or_default();
    at_most(amounts.len(), LIMITS_MAX, node, report);
    DraftFee {
        span: node.span,
        asked: asked.unwrap_or_default(),
        amounts: amounts.iter().map(|it| amount_of(it, source, report)).collect(),
        within: fee.required("within", report).map_or(1, |it| window(it, report)),
        lapse: fee
            .required("lapse", report)
            .map_or(Lapse::Stop, |it| reader::choice(it, &lapses, report)),
        refund: word(fee.get("refund"), "undecided", report).is_some(),
    }
}

fn amount_of(node: &Node, source: &str, report: &mut Report) -> DraftAmount {
    let amount = Entries::read(node, &shape::AMOUNT, report);
    DraftAmount {
        when: amount.get("when").and_then(|it| reader::guard(it, source, report)),
        from: amount.get("from").map(|it| reader::date(it, report)),
        is: amount.required("is", report).map_or(0, |it| reader::whole(it, 0, FEE_MAX, report)),
    }
}

/// The numbers of forms that are not the usual ones.
fn letters(node: &Node, report: &mut Report) -> Vec<(LetterKind, String)> {
    let letters = Entries::read(node, &shape::LETTERS, report);
    let named = LetterKind::ALL.into_iter().filter_map(|it| Some((it, letters.get(it.name())?)));
    named.map(|(kind, node)| (kind, reader::text(node, report))).collect()
}

/// What others are told of the result.
fn notice(node: &Node, report: &mut Report) -> Option<Notice> {
    let notice = Entries::read(node, &shape::NOTICE, report);
    let to = notice.required("to", report).map(|it| reader::translated(it, report));
    let says = notice.required("says", report).map(|it| reader::translated(it, report));
    Some(Notice { to: to?, says: says? })
}

/// What a result is called from some day on, in order.
fn later(node: &Node, report: &mut Report) -> Vec<(NaiveDate, Text)> {
    let items = reader::list(node, report);
    at_most(items.len(), LATER_MAX, node, report);
    let mut named: Vec<(NaiveDate, Text)> = Vec::new();
    for item in items {
        let entry = Entries::read(item, &shape::LATER, report);
        let from = entry.required("from", report).map(|it| reader::date(it, report));
        let title = entry.required("title", report).map(|it| reader::translated(it, report));
        named.extend(from.zip(title));
    }
    named.sort_by_key(|it| it.0);
    named
}

fn draft_window(node: &Node, report: &mut Report) -> u32 {
    let draft = Entries::read(node, &shape::DRAFT, report);
    draft.required("within", report).map_or(1, |it| window(it, report))
}

fn repeat(node: &Node, source: &str, report: &mut Report) -> DraftRepeat {
    let repeat = Entries::read(node, &shape::REPEAT, report);
    let when = repeat.required("when", report);
    let at_most = repeat.required("at_most", report);
    DraftRepeat {
        when: when.and_then(|it| reader::guard(it, source, report)),
        at_most: at_most.map_or(1, |it| reader::whole(it, 1, REPEATS_MAX, report)),
    }
}

/// The only word that can stand here, with its place.
fn word(node: Option<&Node>, word: &str, report: &mut Report) -> Option<Span> {
    let node = node?;
    reader::choice(node, &[(word, ())], report);
    Some(node.span)
}

fn waits_for(node: Option<&Node>, report: &mut Report) -> Vec<(Name, AfterFailure)> {
    let Some(node) = node else { return Vec::new() };
    let choices = [("start", AfterFailure::Start), ("skip", AfterFailure::Skip)];
    let entries = reader::map(node, report).iter();
    entries
        .map(|(key, node)| {
            let name = Name { text: key.name.clone(), span: key.span };
            (name, reader::choice(node, &choices, report))
        })
        .collect()
}

fn starts(node: Option<&Node>, report: &mut Report) -> Vec<Name> {
    let Some(node) = node else { return Vec::new() };
    let entries = reader::map(node, report).iter();
    entries
        .map(|(key, node)| {
            reader::choice(node, &[("acknowledged", ())], report);
            Name { text: key.name.clone(), span: key.span }
        })
        .collect()
}

/// `24 hours`, `none`, one limit, or a list of limits of which the first that holds applies.
pub(super) fn limits(
    node: &Node,
    shape: &'static Shape,
    source: &str,
    report: &mut Report,
) -> Vec<DraftLimit> {
    if node.text().is_some() {
        return vec![DraftLimit {
            span: node.span,
            when: None,
            is: amount(node, report),
            from: LimitStart::default(),
        }];
    }
    if node.map().is_some() {
        return vec![limit(node, shape, source, report)];
    }
    let items = reader::list(node, report);
    at_most(items.len(), LIMITS_MAX, node, report);
    let limits: Vec<DraftLimit> = items.iter().map(|it| limit(it, shape, source, report)).collect();
    let Some((last, others)) = limits.split_last() else {
        report.add(Diagnostic::error("missing-key", node.heading(), "Here no limit is given."));
        return limits;
    };
    if last.when.is_some() {
        let message = "Where no condition holds, no limit is given.";
        report.add(
            Diagnostic::error("guarded-last-limit", last.span, message)
                .hint("the last limit has no `when`"),
        );
    }
    if let Some(index) = others.iter().position(|it| it.when.is_none()) {
        let message = "This limit is never reached: the one above it always applies.";
        report.add(Diagnostic::error("unreachable-limit", limits[index + 1].span, message));
    }
    limits
}

fn limit(node: &Node, shape: &'static Shape, source: &str, report: &mut Report) -> DraftLimit {
    let limit = Entries::read(node, shape, report);
    let from = if shape.keys.contains(&"from") { limit.get("from") } else { None };
    let choices = [
        ("received", LimitStart::Received),
        ("acknowledged", LimitStart::Acknowledged),
        ("consent", LimitStart::Consent),
    ];
    DraftLimit {
        span: node.span,
        when: limit.get("when").and_then(|it| reader::guard(it, source, report)),
        is: limit.required("is", report).map_or(Amount::Unread, |it| amount(it, report)),
        from: from.map(|it| reader::choice(it, &choices, report)).unwrap_or_default(),
    }
}

fn amount(node: &Node, report: &mut Report) -> Amount {
    if reader::is_none(node) {
        return Amount::Endless;
    }
    reader::measure(node, report).map_or(Amount::Unread, Amount::Within)
}

/// What has no limit has a reminder, so that it can't be forgotten; nothing else has one.
fn reminded(task: &DraftTask, remind: Option<&Node>, report: &mut Report) {
    let name = &task.name;
    let endless = task.limits.iter().find(|it| it.is == Amount::Endless);
    match (endless, remind) {
        (Some(limit), None) => {
            let message = format!("`{}` may take for ever and nobody is reminded.", name.text);
            report.add(
                Diagnostic::error("no-reminder", limit.span, message)
                    .hint("add for example `remind: 10 working days`"),
            );
        }
        (None, Some(remind)) if task.limits.iter().all(|it| it.is != Amount::Unread) => {
            let message = format!("`{}` always has a limit; nobody is reminded.", name.text);
            report.add(Diagnostic::error("no-reminder", remind.span, message));
        }
        _ => {}
    }
}

fn supplement(node: &Node, report: &mut Report) -> Option<Supplement> {
    let supplement = Entries::read(node, &shape::SUPPLEMENT, report);
    let within = supplement.required("within", report).map(|it| window(it, report));
    let lapse = supplement.get("lapse");
    if lapse.is_none() {
        let message = "The window has no consequence.";
        report.add(
            Diagnostic::error("no-consequence", node.span, message)
                .hint("say what happens when nothing comes: `lapse: stop` or `lapse: remind`"),
        );
    }
    let lapses = [("stop", Lapse::Stop), ("remind", Lapse::Remind)];
    let clocks = [("continue", ClockPolicy::Continue), ("restart", ClockPolicy::Restart)];
    let lapse = lapse.map(|it| reader::choice(it, &lapses, report));
    let clock = supplement.required("clock", report);
    let clock = clock.map(|it| reader::choice(it, &clocks, report));
    let notice = supplement.get("notice").and_then(|it| reader::measure(it, report));
    Some(Supplement { notice, within: within?, lapse: lapse?, clock: clock? })
}

fn consents(node: &Node, source: &str, report: &mut Report) -> Vec<DraftConsent> {
    let items = reader::list(node, report);
    at_most(items.len(), CONSENTS_MAX, node, report);
    items.iter().take(CONSENTS_MAX).map(|it| consent(it, source, report)).collect()
}

fn consent(node: &Node, source: &str, report: &mut Report) -> DraftConsent {
    let consent = Entries::read(node, &shape::CONSENT, report);
    let outcomes = [
        ("supplement", Unconsented::Supplement),
        ("stop", Unconsented::Stop),
        ("continue", Unconsented::Continue),
    ];
    let moments = [("dispatch", Asked::Dispatch), ("submission", Asked::Submission)];
    let asked = consent.get("asked").map(|it| reader::choice(it, &moments, report));
    DraftConsent {
        when: consent.get("when").and_then(|it| reader::guard(it, source, report)),
        asked: asked.unwrap_or_default(),
        instead: consent.get("instead").map(|it| reader::named(it, report)),
        ..asked_of(node, &consent, &outcomes, report)
    }
}

/// What another person does is to agree; nobody is there to be given a paper instead.
fn person(node: &Node, report: &mut Report) -> DraftConsent {
    let person = Entries::read(node, &shape::PERSON, report);
    let outcomes = [("stop", Unconsented::Stop), ("continue", Unconsented::Continue)];
    asked_of(node, &person, &outcomes, report)
}

/// Who is asked, for how long, and what follows where they do not agree.
fn asked_of(
    node: &Node,
    consent: &Entries<'_>,
    outcomes: &[(&str, Unconsented)],
    report: &mut Report,
) -> DraftConsent {
    let outcome = |key, report: &mut Report| {
        let word = consent.required(key, report);
        word.map_or(Unconsented::Stop, |it| reader::choice(it, outcomes, report))
    };
    let (lapse, decline) = (outcome("lapse", report), outcome("decline", report));
    let unreachable = consent.get("unreachable");
    let within = consent.required("within", report).map_or(1, |it| window(it, report));
    DraftConsent {
        span: node.span,
        of: consent.required("of", report).map(|it| reader::named(it, report)).unwrap_or_default(),
        when: None,
        asked: Asked::Dispatch,
        within,
        lapse,
        decline,
        unreachable: unreachable
            .map_or(Unconsented::Continue, |it| reader::choice(it, outcomes, report)),
        represented_by: consent.get("represented_by").map(|it| reader::named(it, report)),
        instead: None,
    }
}

/// Working days that a person is given.
fn window(node: &Node, report: &mut Report) -> u32 {
    match reader::measure(node, report) {
        Some(Measure::WorkingDays(days)) if days > 0 => days,
        Some(_) => {
            let message = "A window that a person is given counts working days.";
            report.add(
                Diagnostic::error("impossible-limit", node.span, message)
                    .hint("write for example `within: 7 working days`"),
            );
            1
        }
        None => 1,
    }
}

/// One word for both states, or a word for each.
fn corrected(node: &Node, report: &mut Report) -> Corrected {
    let renewals =
        [("update", Renewal::Update), ("anew", Renewal::Anew), ("review", Renewal::Review)];
    if node.map().is_none() {
        let renewal = reader::choice(node, &renewals, report);
        return Corrected { in_progress: renewal, completed: renewal };
    }
    let states = Entries::read(node, &shape::CORRECTED, report);
    let default = Corrected::default();
    let mut of = |key, or| states.get(key).map_or(or, |it| reader::choice(it, &renewals, report));
    let in_progress = of("in_progress", default.in_progress);
    Corrected { in_progress, completed: of("completed", default.completed) }
}

fn returns(node: &Node, report: &mut Report) -> Vec<(Name, Option<Return>)> {
    let entries = reader::map(node, report);
    at_most(entries.len(), RETURNS_MAX, node, report);
    let mut returns = Vec::new();
    for (key, node) in entries {
        let name = reader::key_name(key, report);
        let entry = Entries::read(node, &shape::RETURN, report);
        let kind = entry.required("type", report);
        let kind = kind.and_then(|it| reader::known(it, RETURN_KINDS, report));
        let title = entry.required("title", report);
        let title = title.map(|it| reader::translated(it, report)).unwrap_or_default();
        let optional = entry.get("optional").is_some_and(|it| reader::truth(it, report));
        let later = entry.get("later").map(|it| later(it, report)).unwrap_or_default();
        returns.push((name, kind.map(|kind| Return { title, later, kind, optional })));
    }
    returns
}
