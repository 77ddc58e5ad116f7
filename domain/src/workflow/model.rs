//! The compiled definition: plain values that a decision reads. Everything here was checked; to
//! make one, compile a text.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{EvaluationError, Expression, Facts, Form, LetterKind, Rule};
use crate::calendar::{Counting, Measure};
use crate::language::Text;

/// One version of a linked procedure group.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub version: u32,
    /// The first day on which an application starts on this version.
    pub effective_from: NaiveDate,
    /// The last such day, if one is set.
    pub effective_to: Option<NaiveDate>,
    /// National code of the group, e.g. `3.000722`.
    pub code: String,
    /// The acts that it rests on, e.g. `301/2026/NĐ-CP`.
    pub law: Vec<String>,
    pub title: Text,
    pub form: Form,
    /// Name of the working calendar.
    pub calendar: String,
    /// Name of the agency directory.
    pub directory: String,
    /// The field that says whom the dossier is about, for titles.
    pub subject: FieldPath,
    /// The lowest identity level of an applicant, 1 or 2.
    pub identity_level: u8,
    /// The field that must hold the applicant's own personal id.
    pub applicant: FieldPath,
    /// Kinds of documents that may be attached or asked for.
    pub documents: BTreeMap<String, DocumentKind>,
    /// What an application must keep beyond the form.
    pub rules: Vec<Rule>,
    /// In an order in which every task comes after those that it depends on.
    pub tasks: Vec<Task>,
    /// The place among them of the one that receives the application.
    pub(super) receiving: usize,
    /// Totals that are watched, not enforced.
    pub watches: Vec<Watch>,
    /// How soon an agency has to say that it has what it was sent; absent: nobody is alerted.
    pub handover: Option<Handover>,
    /// The field whose value only one dossier may stand for at a time.
    pub duplicate: Option<FieldPath>,
    /// Whether the national portal is told how its dossiers stand.
    pub portal: bool,
    /// The earlier version whose dossiers may move to this one.
    pub adopts: Option<Adoption>,
}

/// How a dossier of an earlier version is carried over.
#[derive(Clone, Debug)]
pub struct Adoption {
    pub version: u32,
    /// Fields of this version, each with the earlier field that it takes its value from. What is
    /// not named is taken over as it is.
    pub fields: Vec<(FieldPath, FieldPath)>,
}

impl Group {
    #[must_use]
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|it| it.name == name)
    }

    /// The task whose office receives the application and gives the dossier its code.
    #[must_use]
    pub fn receiving_task(&self) -> &Task {
        &self.tasks[self.receiving]
    }

    /// The tasks that go before the one that receives the application, as a register that is asked.
    #[must_use]
    pub fn preconditions(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![self.receiving_task()];
        while let Some(task) = open.pop() {
            let new: Vec<&str> = task.predecessors().filter(|it| found.insert(*it)).collect();
            open.extend(new.into_iter().filter_map(|it| self.task(it)));
        }
        found
    }
}

/// A dotted path into the form, e.g. `child.full_name`, without the leading `form.`. A number is
/// an entry of a list, from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(pub Vec<String>);

impl FieldPath {
    /// The JSON pointer of the field (RFC 6901).
    #[must_use]
    pub fn pointer(&self) -> String {
        self.0.iter().fold(String::new(), |pointer, it| {
            pointer + "/" + &it.replace('~', "~0").replace('/', "~1")
        })
    }

    /// The value there, if there is one.
    #[must_use]
    pub fn get<'a>(&self, form: &'a serde_json::Value) -> Option<&'a serde_json::Value> {
        self.0.iter().try_fold(form, |value, it| match value {
            serde_json::Value::Array(entries) => entries.get(it.parse::<usize>().ok()?),
            _ => value.get(it),
        })
    }
}

impl FieldPath {
    /// Whether the entries of lists that it leads through are there.
    #[must_use]
    pub fn is_in(&self, form: &serde_json::Value) -> bool {
        let mut ends = 1..=self.0.len();
        ends.all(|end| {
            let before = FieldPath(self.0[..end - 1].to_vec());
            let in_list = before.get(form).is_some_and(serde_json::Value::is_array);
            !in_list || FieldPath(self.0[..end].to_vec()).get(form).is_some()
        })
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.join("."))
    }
}

/// A kind of document that a person attaches.
#[derive(Clone, Debug)]
pub struct DocumentKind {
    pub title: Text,
    /// Whether an application must name one, as a file or by reference to a register.
    pub required: Option<Expression>,
}

/// One agency procedure of the group.
#[derive(Clone, Debug)]
pub struct Task {
    pub name: String,
    /// National code of the procedure; none where none is published.
    pub procedure: Option<String>,
    pub title: Text,
    pub doer: Doer,
    /// Tasks whose results this one needs. It starts when all have completed.
    pub needs: Vec<String>,
    /// Tasks of which so many are enough.
    pub any_of: Option<AnyOf>,
    /// Tasks that go first if they run at all.
    pub waits_for: Vec<Wait>,
    /// Tasks whose acknowledgement is enough for this one to start.
    pub starts: Vec<String>,
    /// Whether the applicant chose it; not chosen, it is skipped.
    pub chosen: Option<Expression>,
    /// Whether the law applies it; false, it is skipped.
    pub when: Option<Expression>,
    /// What the agency sees; nothing else.
    pub send: Vec<Send>,
    /// The first whose guard holds applies. The last has no guard.
    pub limits: Vec<Limit>,
    /// The longer limit to which the agency may move once, before the first has ended, with a
    /// reason that the applicant reads.
    pub extend: Option<Measure>,
    pub counting: Counting,
    /// Absent: this agency can't ask for more.
    pub supplement: Option<Supplement>,
    /// What a completion must bring, by name.
    pub returns: BTreeMap<String, Return>,
    /// The field that says how the result reaches the applicant; absent: electronically.
    pub deliver: Option<FieldPath>,
    /// Other persons who must agree.
    pub consents: Vec<Consent>,
    /// Earlier tasks whose results it may send back as faulty.
    pub may_return: Vec<String>,
    /// What becomes of it when a result that it uses is corrected.
    pub corrected: Corrected,
    /// The limit of correcting its own result; absent: as for making it.
    pub correction: Option<Measure>,
    /// What the applicant pays for it.
    pub fee: Option<Fee>,
    /// The numbers of its forms, where they are not the usual ones.
    pub letters: BTreeMap<LetterKind, String>,
    /// What others are told of its result.
    pub notice: Option<Notice>,
    /// Working days in which the applicant may look at a draft; absent: there is none.
    pub draft: Option<u32>,
    /// When its result makes it begin again.
    pub repeat: Option<Repeat>,
    /// It is done once its agency has acknowledged it.
    pub ends_acknowledged: bool,
    /// What it means that its agency says nothing within the limit; absent: it is late.
    pub silence: Option<Silence>,
}

/// A letter to others than the applicant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// To whom.
    pub to: Text,
    pub says: Text,
}

/// What the silence of a consulted agency means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It agrees.
    Agrees,
    /// The head of the office that received the application is told and decides.
    Head,
}

/// Who does a task.
#[derive(Clone, Debug)]
pub enum Doer {
    Agency(AgencyRule),
    /// The applicant provides these within so many working days, or the task is stopped.
    Applicant {
        provides: Vec<Send>,
        within: u32,
    },
    /// Whoever is asked in its one consent, and agrees in their own account.
    Person,
    /// Nobody: a time passes, as for a posting.
    Time(Measure),
}

/// So many of these tasks are enough; the others are no longer needed then.
#[derive(Clone, Debug)]
pub struct AnyOf {
    pub count: usize,
    pub of: Vec<String>,
}

/// What the applicant pays.
#[derive(Clone, Debug)]
pub struct Fee {
    pub asked: FeeAsked,
    /// The first that applies; where none does, the agency sets the amount.
    pub amounts: Vec<FeeAmount>,
    /// Working days that the applicant has.
    pub within: u32,
    pub lapse: Lapse,
    /// Whether it is paid back when the task ends without a result.
    pub refund: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeeAsked {
    /// Before the task is sent to its agency.
    #[default]
    Start,
    /// When the agency asks; its clock stands.
    Agency,
}

#[derive(Clone, Debug)]
pub struct FeeAmount {
    pub when: Option<Expression>,
    /// The first day on which it applies.
    pub from: Option<NaiveDate>,
    /// In đồng; 0: free.
    pub is: u64,
}

impl Fee {
    /// The amount, in đồng, that is to be paid today; `None` where the agency sets it.
    ///
    /// # Errors
    /// If the facts are not what the guards were checked against.
    pub fn amount(
        &self,
        facts: &Facts<'_>,
        today: NaiveDate,
    ) -> Result<Option<u64>, EvaluationError> {
        for amount in &self.amounts {
            let has_begun = amount.from.is_none_or(|it| it <= today);
            if has_begun && amount.when.as_ref().map_or(Ok(true), |it| it.evaluate(facts))? {
                return Ok(Some(amount.is));
            }
        }
        Ok(None)
    }
}

/// When a task begins again.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Reads the result that it has just brought.
    pub when: Expression,
    /// How often it begins again.
    pub at_most: usize,
}

/// That other persons must agree, in their own accounts.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The field that says who: an object with a `personal_id`, or a list of such.
    pub of: FieldPath,
    pub when: Option<Expression>,
    pub asked: Asked,
    /// Working days that the person has.
    pub within: u32,
    pub lapse: Unconsented,
    pub decline: Unconsented,
    /// Where somebody has no account to be asked in.
    pub unreachable: Unconsented,
    /// The part of an entry that says who is asked in its place.
    pub represented_by: Option<String>,
    /// A kind of document that proves the consent as well.
    pub instead: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// With the application; the task waits.
    Submission,
    /// With the dispatch of the task; its clock stands.
    #[default]
    Dispatch,
}

/// What follows where a person does not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unconsented {
    /// The applicant is asked for the document that proves the consent instead.
    Supplement,
    /// The task is stopped.
    Stop,
    /// The agency goes on and decides.
    Continue,
}

/// What becomes of a task when a result that it uses is issued anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected {
    pub in_progress: Renewal,
    pub completed: Renewal,
}

impl Default for Corrected {
    fn default() -> Self {
        Self { in_progress: Renewal::Update, completed: Renewal::Review }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It goes on with the new version.
    Update,
    /// It begins anew, or issues its own result anew.
    Anew,
    /// Its agency looks whether what it has still stands.
    Review,
}

/// Why a task does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// The applicant did not choose it.
    NotChosen,
    /// The law does not apply it.
    NotApplicable,
}

impl Task {
    /// Why this task does not run on these facts; `None` if it does. `when` may rely on `chosen`,
    /// so it is only asked where that holds.
    ///
    /// # Errors
    /// If the facts are not what the guards were checked against.
    pub fn skipped(&self, facts: &Facts<'_>) -> Result<Option<Skipped>, EvaluationError> {
        let holds =
            |guard: &Option<Expression>| guard.as_ref().map_or(Ok(true), |it| it.evaluate(facts));
        if !holds(&self.chosen)? {
            return Ok(Some(Skipped::NotChosen));
        }
        Ok(if holds(&self.when)? { None } else { Some(Skipped::NotApplicable) })
    }

    /// Whether [`Task::skipped`] can only be told once results of earlier tasks exist.
    #[must_use]
    pub fn awaits_results(&self) -> bool {
        self.when.as_ref().is_some_and(Expression::reads_results)
    }

    /// The limit that applies when the task starts.
    ///
    /// # Errors
    /// If the facts are not what the guards were checked against.
    pub fn limit(&self, facts: &Facts<'_>) -> Result<&Limit, EvaluationError> {
        let (last, others) = self.limits.split_last().expect("a compiled task has a limit");
        for limit in others {
            if limit.when.as_ref().map_or(Ok(true), |it| it.evaluate(facts))? {
                return Ok(limit);
            }
        }
        Ok(last)
    }

    /// Every task that must have gone some way before this one starts.
    pub fn predecessors(&self) -> impl Iterator<Item = &str> {
        let waits = self.waits_for.iter().map(|it| it.task.as_str());
        let alternatives = self.any_of.iter().flat_map(|it| &it.of);
        self.needs
            .iter()
            .chain(alternatives)
            .map(String::as_str)
            .chain(waits)
            .chain(self.starts.iter().map(String::as_str))
    }

    /// The agency that does it, if one does.
    #[must_use]
    pub fn agency(&self) -> Option<&AgencyRule> {
        match &self.doer {
            Doer::Agency(rule) => Some(rule),
            Doer::Applicant { .. } | Doer::Person | Doer::Time(_) => None,
        }
    }
}

/// Which office of which area does a task.
#[derive(Clone, Debug)]
pub struct AgencyRule {
    /// A kind of office in the directory, e.g. `commune-police`.
    pub office: String,
    /// The field that holds the code of the area (commune or province).
    pub at: FieldPath,
}

/// A task that goes first if it runs, and what its failure means.
#[derive(Clone, Debug)]
pub struct Wait {
    pub task: String,
    pub failed: AfterFailure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// The waiting task starts all the same.
    Start,
    /// The waiting task never starts.
    Skip,
}

/// One thing that an agency is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Send {
    /// A field of the form with everything below it.
    Field(FieldPath),
    /// Attached documents of a kind.
    Document(String),
    /// A named result of an earlier task.
    Result { task: String, name: String },
}

/// How soon a dispatch must be acknowledged, and how soon it must be mended if it is not (Decree
/// 63/2024/NĐ-CP as amended, article 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Within this of the dispatch it reaches an office to which it is pushed, else all parties are
    /// told; absent: they are not.
    pub deliver: Option<Measure>,
    /// After this all parties are alerted, and again until it is acknowledged.
    pub acknowledge: Measure,
    /// Within this of the first alert whatever is in the way must be mended.
    pub repair: Measure,
    /// Within this data that does not agree must be mended; absent: nobody can report it.
    pub mismatch: Option<Measure>,
}

/// How long a task may take.
#[derive(Clone, Debug)]
pub struct Limit {
    pub when: Option<Expression>,
    /// None: no limit, but a reminder.
    pub is: Option<Measure>,
    pub from: LimitStart,
    /// With no limit: how often the agency is reminded.
    pub remind: Option<Measure>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LimitStart {
    /// Submission for the first task, dispatch for a later one.
    #[default]
    Received,
    Acknowledged,
    /// The last consent.
    Consent,
}

/// What happens when an agency asks for more.
#[derive(Clone, Debug)]
pub struct Supplement {
    /// Within this of the receipt the agency has to say that something is missing; a later request
    /// counts, and is marked as late.
    pub notice: Option<Measure>,
    /// Working days that the applicant has.
    pub within: u32,
    pub lapse: Lapse,
    pub clock: ClockPolicy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// The task is stopped at the end of the window.
    Stop,
    /// The officer is reminded and decides.
    Remind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPolicy {
    /// What was used stays used.
    Continue,
    /// The limit begins anew at the supply.
    Restart,
}

/// A value that a completed task brings.
#[derive(Clone, Debug)]
pub struct Return {
    pub title: Text,
    /// What it is called from some day on, the latest last.
    pub later: Vec<(NaiveDate, Text)>,
    pub kind: ReturnKind,
    /// Whether a completion may leave it out.
    pub optional: bool,
}

impl Return {
    /// What it is called when it is issued on a day.
    #[must_use]
    pub fn title_on(&self, day: NaiveDate) -> &Text {
        let later = self.later.iter().rev().find(|(from, _)| *from <= day);
        later.map_or(&self.title, |(_, title)| title)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnKind {
    /// A file, named by its digest.
    Document,
    /// Twelve digits.
    PersonalId,
    /// At most 500 characters.
    Text,
    /// `YYYY-MM-DD`.
    Date,
    /// A whole number of đồng, 0 or more.
    Money,
    /// True or false.
    Truth,
}

/// A total over several tasks.
#[derive(Clone, Debug)]
pub struct Watch {
    pub title: Text,
    /// The total ends when all of these have ended.
    pub of: Vec<String>,
    /// The first whose guard holds applies. The last has no guard.
    pub limits: Vec<WatchLimit>,
    pub counting: Counting,
}

/// How long the tasks of a total may take together.
#[derive(Clone, Debug)]
pub struct WatchLimit {
    pub when: Option<Expression>,
    pub is: Measure,
}

impl Watch {
    /// The limit that applies to an application, told when it is submitted.
    ///
    /// # Errors
    /// If the facts are not what the guards were checked against.
    pub fn limit(&self, facts: &Facts<'_>) -> Result<Measure, EvaluationError> {
        let (last, others) = self.limits.split_last().expect("a compiled total has a limit");
        for limit in others {
            if limit.when.as_ref().map_or(Ok(true), |it| it.evaluate(facts))? {
                return Ok(limit.is);
            }
        }
        Ok(last.is)
    }
}
