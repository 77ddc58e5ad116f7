//! What has happened to a dossier, told to its applicant.

use chrono::{DateTime, FixedOffset};
use lienthong_domain::calendar::{StopKind, format_date, format_moment};
use lienthong_domain::dossier::{
    ClockAfterSupplement, Conclusion, Counted, Delivery, Fact, Item, RequestFault, SkipReason,
    StopReason,
};
use lienthong_domain::language::Language;
use lienthong_engine::runtime::RecordedEvent;
use serde::Serialize;
use utoipa::ToSchema;

use super::payment::money;
use super::result::method_words;
use super::{Words, item_title, office_name, task_title};
use crate::app::Opened;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    /// Its place among the events of the dossier, from 1.
    pub sequence: u64,
    pub at: DateTime<FixedOffset>,
    /// The kind of event, e.g. `task_dispatched`.
    pub kind: String,
    pub task: Option<String>,
    pub words: Words,
    /// Worth a line on the page.
    #[serde(skip)]
    pub told: bool,
}

pub(super) fn history(opened: &Opened, events: &[RecordedEvent]) -> Vec<Entry> {
    let entries = events.iter().map(|it| {
        let fact = &it.event.fact;
        Entry {
            sequence: it.sequence,
            at: it.event.at,
            kind: fact.name().to_owned(),
            task: fact.task().map(str::to_owned),
            words: words(opened, fact),
            told: is_told(fact),
        }
    });
    entries.collect()
}

/// The page leaves out what concerns nobody and what another line says.
fn is_told(fact: &Fact) -> bool {
    match fact {
        // Why a clock stands another line says, but for an outage.
        Fact::ClockStopped { by, .. } | Fact::ClockResumed { by, .. } => by.starts_with("outage/"),
        Fact::WatchStarted { .. }
        | Fact::WatchMoved { .. }
        | Fact::CalendarRenewed { .. }
        | Fact::StatusAnnounced { .. }
        | Fact::TaskSkipped { because: SkipReason::NotChosen | SkipReason::DoesNotApply, .. }
        | Fact::ResultDelivered { method: Delivery::Electronic, .. } => false,
        Fact::DossierSubmitted { .. }
        | Fact::TaskSkipped { .. }
        | Fact::ApplicationAmended { .. }
        | Fact::RulesAdopted { .. }
        | Fact::DueMoved { .. }
        | Fact::DraftSent { .. }
        | Fact::DraftAnswered { .. }
        | Fact::DraftLapsed { .. }
        | Fact::MismatchReported { .. }
        | Fact::MismatchOverdue { .. }
        | Fact::MismatchResolved { .. }
        | Fact::WatchOverdue { .. }
        | Fact::TaskDispatched { .. }
        | Fact::TaskAcknowledged { .. }
        | Fact::StopOverdue { .. }
        | Fact::HandoverAlerted { .. }
        | Fact::DeliveryOverdue { .. }
        | Fact::LimitExtended { .. }
        | Fact::TaskOverdue { .. }
        | Fact::ApologyDrafted { .. }
        | Fact::ApologySent { .. }
        | Fact::ApologyEscalated { .. }
        | Fact::TaskMoved { .. }
        | Fact::PaymentRequested { .. }
        | Fact::PaymentReceived { .. }
        | Fact::PaymentWaived { .. }
        | Fact::PaymentLapsed { .. }
        | Fact::RefundOrdered { .. }
        | Fact::RefundPaid { .. }
        | Fact::TaskBegun { .. }
        | Fact::ApplicantProvided { .. }
        | Fact::WaitBegun { .. }
        | Fact::TaskConcluded { .. }
        | Fact::SilenceReported { .. }
        | Fact::TaskReminded { .. }
        | Fact::ConsentAsked { .. }
        | Fact::ConsentReminded { .. }
        | Fact::ConsentGiven { .. }
        | Fact::ConsentDeclined { .. }
        | Fact::ConsentLapsed { .. }
        | Fact::ResultReturned { .. }
        | Fact::TaskReopened { .. }
        | Fact::ResultUpdated { .. }
        | Fact::ReviewRequested { .. }
        | Fact::ResultUpheld { .. }
        | Fact::ResultAnnulled { .. }
        | Fact::SupplementRequested { .. }
        | Fact::SupplementSupplied { .. }
        | Fact::SupplementLapsed { .. }
        | Fact::TaskCompleted { .. }
        | Fact::TaskRefused { .. }
        | Fact::TaskStopped { .. }
        | Fact::TaskWithdrawn { .. }
        | Fact::ResultDelivered { .. } => true,
    }
}

fn words(opened: &Opened, fact: &Fact) -> Words {
    let Some(name) = fact.task() else { return of_dossier(opened, fact) };
    let Words { vi: task, en: task_en } = task_title(opened, name);
    let office = opened.dossier.task(name).and_then(|it| it.office.as_deref());
    let Words { vi: office, en: office_en } =
        office.map(|it| office_name(opened, it)).unwrap_or_default();
    let (vi, en) = match fact {
        Fact::TaskDispatched { .. } => {
            (format!("{task}: đã chuyển đến {office}"), format!("{task_en}: sent to {office_en}"))
        }
        Fact::TaskAcknowledged { .. } => (
            format!("{office} đã tiếp nhận ({task})"),
            format!("{office_en} has taken it in ({task_en})"),
        ),
        Fact::TaskMoved { from, to, .. } => {
            let (from, to) = (office_name(opened, from), office_name(opened, to));
            (
                format!("{task}: {} tiếp nhận thay {}", to.vi, from.vi),
                format!("{task_en}: {} takes over from {}", to.en, from.en),
            )
        }
        Fact::TaskReminded { .. } => (
            format!("{office} được nhắc ({task})"),
            format!("{office_en} was reminded ({task_en})"),
        ),
        Fact::TaskCompleted { version: 2.., .. } => (
            format!("{task}: đã có kết quả mới thay kết quả cũ"),
            format!("{task_en}: a new result takes the place of the old one"),
        ),
        Fact::TaskCompleted { .. } => {
            (format!("{task}: đã có kết quả"), format!("{task_en}: done, with a result"))
        }
        Fact::TaskRefused { .. } => (
            format!("{office} từ chối giải quyết ({task})"),
            format!("{office_en} refused ({task_en})"),
        ),
        Fact::ResultDelivered { method, reference, .. } => {
            let how = method_words(*method);
            let number = reference.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
            (
                format!("{task}: đã trả kết quả, {}{number}", how.vi),
                format!("{task_en}: result delivered, {}{number}", how.en),
            )
        }
        Fact::SupplementRequested { items, faults, .. } => {
            return asked(opened, (items, faults), &office, &office_en);
        }
        other => {
            let names = Names { task: (&task, &task_en), office: (&office, &office_en) };
            return of_limit(other, &names)
                .or_else(|| of_correction(opened, other, &names))
                .or_else(|| of_consent(opened, other, &names))
                .or_else(|| of_payment(other, &names))
                .or_else(|| of_check(opened, other, &names))
                .or_else(|| of_shape(other, &names))
                .unwrap_or_else(|| of_applicant(other, &task, &task_en));
        }
    };
    Words::new(vi, en)
}

/// Each in Vietnamese and in English.
struct Names<'a> {
    task: (&'a str, &'a str),
    office: (&'a str, &'a str),
}

/// What moves the limit of a task.
fn of_limit(fact: &Fact, names: &Names<'_>) -> Option<Words> {
    let Names { task: (task, task_en), office: (office, office_en) } = names;
    let (vi, en) = match fact {
        Fact::DeliveryOverdue { .. } => (
            format!("Hồ sơ chưa đến được {office}; các bên đã được báo để khắc phục ({task})"),
            format!(
                "It has not reached {office_en}; all parties were told, to mend it ({task_en})"
            ),
        ),
        Fact::HandoverAlerted { repair, .. } => (
            format!(
                "{office} chưa xác nhận đã nhận {task}; các bên đã được báo, phải khắc phục trước {}",
                format_moment(*repair, Language::Vi)
            ),
            format!(
                "{office_en} has not confirmed that it has {task_en}; all parties were alerted, to be mended by {}",
                format_moment(*repair, Language::En)
            ),
        ),
        Fact::ApologyDrafted { send_by, .. } => (
            format!(
                "{office} phải xin lỗi và hẹn lại trước {} ({task})",
                format_moment(*send_by, Language::Vi)
            ),
            format!(
                "{office_en} has to apologise and give a new date by {} ({task_en})",
                format_moment(*send_by, Language::En)
            ),
        ),
        Fact::ApologySent { until, .. } => (
            format!(
                "{office} xin lỗi và hẹn trả kết quả ngày {} ({task})",
                format_date(*until, Language::Vi)
            ),
            format!(
                "{office_en} apologises; the new date is {} ({task_en})",
                format_date(*until, Language::En)
            ),
        ),
        Fact::ApologyEscalated { .. } => (
            format!("{office} chưa xin lỗi về việc quá hạn; đã báo cấp trên ({task})"),
            format!(
                "{office_en} has not apologised for being late; those above are told ({task_en})"
            ),
        ),
        Fact::LimitExtended { due, .. } => (
            format!(
                "{office} cần xác minh; hạn mới của {task}: {}",
                format_moment(due.at, Language::Vi)
            ),
            format!(
                "{office_en} needs to verify; {task_en} is now due {}",
                format_moment(due.at, Language::En)
            ),
        ),
        Fact::TaskOverdue { .. } => {
            (format!("{task}: quá hạn tại {office}"), format!("{task_en}: overdue at {office_en}"))
        }
        _ => return None,
    };
    Some(Words::new(vi, en))
}

/// What others were asked and said.
fn of_consent(opened: &Opened, fact: &Fact, names: &Names<'_>) -> Option<Words> {
    let Names { task: (task, task_en), .. } = names;
    let who = |number: &u32| super::task::asked_person(opened, fact.task(), *number);
    let (vi, en) = match fact {
        Fact::ConsentAsked { of, window, .. } => {
            let who = super::task::person_name(opened, of);
            (
                format!("Chờ {who} xác nhận đến {} ({task})", window.when(Language::Vi)),
                format!("{who} is asked to agree, until {} ({task_en})", window.when(Language::En)),
            )
        }
        Fact::ConsentReminded { consent, .. } => {
            let who = who(consent);
            (
                format!("Đã nhắc {who}: hôm nay là ngày cuối để xác nhận ({task})"),
                format!("{who} was reminded: today is the last day to agree ({task_en})"),
            )
        }
        Fact::ConsentGiven { consent, .. } => {
            let who = who(consent);
            (format!("{who} đã đồng ý ({task})"), format!("{who} agreed ({task_en})"))
        }
        Fact::ConsentDeclined { consent, .. } => {
            let who = who(consent);
            (format!("{who} không đồng ý ({task})"), format!("{who} did not agree ({task_en})"))
        }
        Fact::ConsentLapsed { consent, .. } => {
            let who = who(consent);
            (
                format!("Hết thời hạn, {who} chưa xác nhận ({task})"),
                format!("The time is over, and {who} has not answered ({task_en})"),
            )
        }
        _ => return None,
    };
    Some(Words::new(vi, en))
}

/// Drafts, data that does not agree, and due times that moved.
fn of_check(opened: &Opened, fact: &Fact, names: &Names<'_>) -> Option<Words> {
    let Names { task: (task, task_en), office: (office, office_en) } = names;
    let (vi, en) = match fact {
        Fact::DueMoved { due, counted: Counted::Notice, .. } => (
            format!(
                "Lịch làm việc được sửa đổi; cơ quan yêu cầu bổ sung chậm nhất {} ({task})",
                format_moment(due.at, Language::Vi)
            ),
            format!(
                "The working calendar was amended; more may be asked for until {} ({task_en})",
                format_moment(due.at, Language::En)
            ),
        ),
        Fact::DueMoved { due, .. } => (
            format!(
                "Lịch làm việc được sửa đổi; hạn mới: {} ({task})",
                format_moment(due.at, Language::Vi)
            ),
            format!(
                "The working calendar was amended; now due {} ({task_en})",
                format_moment(due.at, Language::En)
            ),
        ),
        Fact::DraftSent { window, .. } => (
            format!(
                "{office} gửi bản nháp để bạn kiểm tra đến {} ({task})",
                window.when(Language::Vi)
            ),
            format!(
                "{office_en} sent a draft for you to check until {} ({task_en})",
                window.when(Language::En)
            ),
        ),
        Fact::DraftAnswered { accepted: true, .. } => (
            format!("Bạn đã xác nhận bản nháp đúng ({task})"),
            format!("You said that the draft is right ({task_en})"),
        ),
        Fact::DraftAnswered { accepted: false, .. } => (
            format!("Bạn đã báo bản nháp có sai sót ({task})"),
            format!("You said what is wrong with the draft ({task_en})"),
        ),
        Fact::DraftLapsed { .. } => (
            format!("Hết thời hạn kiểm tra, bản nháp được coi là đúng ({task})"),
            format!("The time for checking is over; the draft counts as right ({task_en})"),
        ),
        Fact::MismatchReported { of, due, .. } => {
            let earlier = of.as_ref().map(|it| task_title(opened, it)).unwrap_or_default();
            (
                format!(
                    "{office} phát hiện dữ liệu không khớp{}; phải khắc phục trước {} ({task})",
                    of.as_ref().map(|_| format!(" với “{}”", earlier.vi)).unwrap_or_default(),
                    format_moment(*due, Language::Vi)
                ),
                format!(
                    "{office_en} found data that does not agree{}; to be mended by {} ({task_en})",
                    of.as_ref().map(|_| format!(" with “{}”", earlier.en)).unwrap_or_default(),
                    format_moment(*due, Language::En)
                ),
            )
        }
        Fact::MismatchOverdue { .. } => (
            format!("Sai lệch dữ liệu chưa được khắc phục; các bên đã được báo lại ({task})"),
            format!("The data still does not agree; its owners were told again ({task_en})"),
        ),
        Fact::MismatchResolved { .. } => (
            format!("Sai lệch dữ liệu đã được khắc phục ({task})"),
            format!("The data agrees again ({task_en})"),
        ),
        _ => return None,
    };
    Some(Words::new(vi, en))
}

/// What the applicant was asked to pay.
fn of_payment(fact: &Fact, names: &Names<'_>) -> Option<Words> {
    let Names { task: (task, task_en), .. } = names;
    let (vi, en) = match fact {
        Fact::PaymentRequested { amount, window, .. } => (
            format!("Cần nộp {} đến {} ({task})", money(*amount), window.when(Language::Vi)),
            format!(
                "{} is to be paid until {} ({task_en})",
                money(*amount),
                window.when(Language::En)
            ),
        ),
        Fact::PaymentReceived { amount, reference, .. } => (
            format!("Đã nộp {}, biên lai {reference} ({task})", money(*amount)),
            format!("{} was paid, receipt {reference} ({task_en})", money(*amount)),
        ),
        Fact::PaymentWaived { .. } => (
            format!("Được miễn phí, lệ phí ({task})"),
            format!("Nothing has to be paid ({task_en})"),
        ),
        Fact::PaymentLapsed { .. } => (
            format!("Hết thời hạn nộp phí, lệ phí ({task})"),
            format!("The time for paying has ended ({task_en})"),
        ),
        Fact::RefundOrdered { amount, .. } => (
            format!("{} sẽ được hoàn trả ({task})", money(*amount)),
            format!("{} is to be paid back ({task_en})", money(*amount)),
        ),
        Fact::RefundPaid { reference, .. } => (
            format!("Đã hoàn trả tiền, chứng từ {reference} ({task})"),
            format!("The money was paid back, receipt {reference} ({task_en})"),
        ),
        Fact::TaskStopped { because: StopReason::NotPaid, .. } => (
            format!("{task}: dừng xử lý vì chưa nộp phí, lệ phí"),
            format!("{task_en}: stopped, since the fee was not paid"),
        ),
        _ => return None,
    };
    Some(Words::new(vi, en))
}

/// What ends without a result, or is done by no agency.
fn of_shape(fact: &Fact, names: &Names<'_>) -> Option<Words> {
    let Names { task: (task, task_en), office: (office, office_en) } = names;
    let (vi, en) = match fact {
        Fact::TaskBegun { window, .. } => (
            format!("Bạn cần thực hiện đến {}: {task}", window.when(Language::Vi)),
            format!("This is for you to do until {}: {task_en}", window.when(Language::En)),
        ),
        Fact::ApplicantProvided { .. } => {
            (format!("Bạn đã thực hiện: {task}"), format!("You did this: {task_en}"))
        }
        Fact::WaitBegun { due, .. } => (
            format!("{task}: đến {}", format_moment(due.at, Language::Vi)),
            format!("{task_en}: until {}", format_moment(due.at, Language::En)),
        ),
        Fact::TaskConcluded { because: Conclusion::Answered, .. } => {
            (format!("{task}: đã xong"), format!("{task_en}: done"))
        }
        Fact::TaskConcluded { because: Conclusion::TimePassed, .. } => {
            (format!("{task}: đã hết thời hạn"), format!("{task_en}: the time has passed"))
        }
        Fact::TaskConcluded { because: Conclusion::Silence, .. } => (
            format!("{office} không trả lời trong thời hạn, được coi là đồng ý ({task})"),
            format!("{office_en} said nothing within the limit and so agrees ({task_en})"),
        ),
        Fact::TaskConcluded { because: Conclusion::Head, .. } => (
            format!("{office} không trả lời; hồ sơ tiếp tục không cần ý kiến ({task})"),
            format!("{office_en} did not answer; the dossier goes on without it ({task_en})"),
        ),
        Fact::SilenceReported { .. } => (
            format!("{office} chưa trả lời; đã báo cáo người đứng đầu để quyết định ({task})"),
            format!("{office_en} has not answered; the head was told, to decide ({task_en})"),
        ),
        Fact::TaskStopped { because: StopReason::Head, .. } => (
            format!("{task}: không có câu trả lời, người đứng đầu quyết định dừng"),
            format!("{task_en}: there was no answer, and the head ended it"),
        ),
        Fact::TaskConcluded { because: Conclusion::Acknowledged, .. } => {
            (format!("{office} đã biết ({task})"), format!("{office_en} knows now ({task_en})"))
        }
        Fact::TaskStopped { because: StopReason::NoLongerNeeded, .. } => (
            format!("{task}: không còn cần, vì đã đủ câu trả lời"),
            format!("{task_en}: no longer needed, since enough others have answered"),
        ),
        _ => return None,
    };
    Some(Words::new(vi, en))
}

/// What becomes of a result that is faulty.
fn of_correction(opened: &Opened, fact: &Fact, names: &Names<'_>) -> Option<Words> {
    let Names { task: (task, task_en), office: (office, office_en) } = names;
    let (vi, en) = match fact {
        Fact::ResultReturned { of, .. } => {
            let earlier = task_title(opened, of);
            (
                format!("{office} phát hiện sai sót và trả lại kết quả “{}”", earlier.vi),
                format!("{office_en} found a mistake and sent back the result of “{}”", earlier.en),
            )
        }
        Fact::TaskReopened { .. } => (
            format!("{office} đính chính và cấp lại kết quả ({task})"),
            format!("{office_en} is correcting its result ({task_en})"),
        ),
        Fact::ResultUpdated { .. } => (
            format!("{office} đã nhận bản kết quả mới ({task})"),
            format!("{office_en} got the corrected result ({task_en})"),
        ),
        Fact::ReviewRequested { .. } => (
            format!("{office} xem lại kết quả đã cấp ({task})"),
            format!("{office_en} looks at its result again ({task_en})"),
        ),
        Fact::ResultUpheld { .. } => (
            format!("{task}: kết quả đã cấp vẫn có giá trị"),
            format!("{task_en}: the result still stands"),
        ),
        Fact::ResultAnnulled { .. } => (
            format!("{office} hủy kết quả đã cấp ({task})"),
            format!("{office_en} annulled its result ({task_en})"),
        ),
        _ => return None,
    };
    Some(Words::new(vi, en))
}

fn of_dossier(opened: &Opened, fact: &Fact) -> Words {
    let total = |index: usize| {
        opened.group.watches.get(index).map(|it| Words::from(&it.title)).unwrap_or_default()
    };
    match fact {
        Fact::WatchStarted { watch, .. } => {
            let title = total(*watch);
            Words::new(
                format!("Bắt đầu theo dõi tổng thời hạn: {}", title.vi),
                format!("The total time is watched: {}", title.en),
            )
        }
        Fact::WatchMoved { watch, .. } => {
            let title = total(*watch);
            Words::new(
                format!("Tổng thời hạn được tính lại: {}", title.vi),
                format!("The total time was counted anew: {}", title.en),
            )
        }
        Fact::WatchOverdue { watch } => {
            let title = total(*watch);
            Words::new(
                format!("Quá tổng thời hạn: {}", title.vi),
                format!("The total time is over: {}", title.en),
            )
        }
        Fact::StatusAnnounced { .. } => Words::new(
            "Đã báo trạng thái cho Cổng Dịch vụ công quốc gia",
            "The national portal was told how it stands",
        ),
        Fact::ApplicationAmended { .. } => {
            Words::new("Bạn đã sửa nội dung hồ sơ", "You corrected the application")
        }
        Fact::RulesAdopted { .. } => Words::new(
            "Theo yêu cầu của bạn, hồ sơ chuyển sang quy định mới",
            "On your request the dossier goes on by the newer rules",
        ),
        _ => Words::new("Bạn đã nộp hồ sơ", "You submitted the application"),
    }
}

fn asked(
    opened: &Opened,
    (items, faults): (&[Item], &[RequestFault]),
    office: &str,
    office_en: &str,
) -> Words {
    let titles: Vec<Words> = items.iter().map(|it| item_title(opened, it)).collect();
    let list = |of: fn(&Words) -> &str| titles.iter().map(of).collect::<Vec<_>>().join(", ");
    let remark = |of: fn(&RequestFault) -> &'static str| -> String {
        faults.iter().map(|it| format!(" ({})", of(it))).collect()
    };
    let vi = |it: &RequestFault| match it {
        RequestFault::Late => "yêu cầu quá thời hạn thông báo",
        RequestFault::Avoidable => "lẽ ra phải yêu cầu ngay lần đầu",
    };
    let en = |it: &RequestFault| match it {
        RequestFault::Late => "asked later than the law allows",
        RequestFault::Avoidable => "could have been asked the first time",
    };
    Words::new(
        format!("{office} yêu cầu bổ sung: {}{}", list(|it| &it.vi), remark(vi)),
        format!("{office_en} asks for: {}{}", list(|it| &it.en), remark(en)),
    )
}

/// What the applicant did or left undone, and what follows from that.
fn of_applicant(fact: &Fact, task: &str, task_en: &str) -> Words {
    let (vi, en) = match fact {
        Fact::SupplementSupplied { clock: ClockAfterSupplement::Continued, .. } => {
            (format!("Bạn đã bổ sung ({task})"), format!("You supplied what was asked ({task_en})"))
        }
        Fact::SupplementSupplied { clock: ClockAfterSupplement::Restarted, .. } => (
            format!("Bạn đã bổ sung; thời hạn tính lại từ đầu ({task})"),
            format!("You supplied what was asked; the limit begins anew ({task_en})"),
        ),
        Fact::StopOverdue { .. } => (
            format!("Sự cố chưa được khắc phục trong 24 giờ ({task})"),
            format!("The outage was not mended within 24 hours ({task_en})"),
        ),
        Fact::ClockStopped { kind: StopKind::Outage, .. } => (
            format!("Hệ thống của cơ quan giải quyết gặp sự cố; thời hạn tạm dừng ({task})"),
            format!(
                "The agency's system is down, as announced; the limit stands still ({task_en})"
            ),
        ),
        Fact::ClockStopped { .. } => {
            (format!("Thời hạn tạm dừng ({task})"), format!("The limit stands still ({task_en})"))
        }
        Fact::ClockResumed { .. } => (
            format!("Thời hạn lại tiếp tục tính ({task})"),
            format!("The limit runs on ({task_en})"),
        ),
        Fact::SupplementLapsed { .. } => (
            format!("Hết thời hạn bổ sung ({task})"),
            format!("The time for supplying has ended ({task_en})"),
        ),
        Fact::TaskStopped { because: StopReason::SupplementLapsed, .. } => (
            format!("{task}: dừng xử lý vì chưa nhận được bổ sung"),
            format!("{task_en}: stopped, since nothing was supplied"),
        ),
        Fact::TaskStopped { because: StopReason::NoConsent, .. } => (
            format!("{task}: dừng xử lý vì người có quyền chưa đồng ý"),
            format!("{task_en}: stopped, since somebody who must agree did not"),
        ),
        Fact::TaskStopped { because: StopReason::ResultAnnulled, .. } => (
            format!("{task}: dừng xử lý vì kết quả cần dùng đã bị hủy"),
            format!("{task_en}: stopped, since a result that it needed was annulled"),
        ),
        Fact::TaskStopped { because: StopReason::Agency, .. } => {
            (format!("{task}: cơ quan dừng xử lý"), format!("{task_en}: stopped by the agency"))
        }
        Fact::TaskWithdrawn { with: None, .. } => {
            (format!("Bạn đã rút: {task}"), format!("You withdrew: {task_en}"))
        }
        Fact::TaskWithdrawn { with: Some(_), .. } => {
            (format!("Rút kèm theo: {task}"), format!("Withdrawn with it: {task_en}"))
        }
        _ => (format!("Không thực hiện: {task}"), format!("Not carried out: {task_en}")),
    };
    Words::new(vi, en)
}
