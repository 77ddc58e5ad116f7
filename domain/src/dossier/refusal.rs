//! Why a command is not done. A refusal is an answer, not a failure: it has a stable code and a
//! sentence that helps, in both languages.

use crate::language::Text;
use crate::workflow::FieldFault;

use super::task::TaskStatus;

/// What comes of a command that is not done. Nothing has changed in any case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong, at these fields.
    #[error("the request is invalid in {} place(s)", .0.len())]
    Invalid(Vec<FieldFault>),
    /// The request is sound and the dossier does not allow it.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// Reference data is missing or can't decide the case; an operator must look.
    #[error("can't be decided: {0}")]
    Undecidable(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No version of the group is in force.
    NotInForce,
    AlreadySubmitted,
    /// Another dossier stands for the same; its code, for its own applicant alone.
    Duplicate(Option<String>),
    /// There is no such dossier, or it is not the asker's.
    NoSuchDossier,
    NoSuchTask,
    /// The task has not been sent to an agency yet.
    NotDispatched,
    /// The answer names a dispatch that is not this task's.
    OtherDispatch,
    /// The task has already ended.
    Ended(TaskStatus),
    AlreadyAcknowledged,
    AlreadyRequested,
    /// The definition lets this agency ask for nothing.
    NoSupplement,
    /// The definition gives this agency no longer limit.
    NoExtension,
    AlreadyExtended,
    /// The limit that was to be extended has ended.
    LimitEnded,
    /// No limit runs that could be extended.
    ClockStands,
    /// Another office took the task over.
    Moved(String),
    /// There is no such office that could take work over.
    NoSuchOffice,
    /// Nothing is late that one would apologise for.
    NotLate,
    /// One apologises, and gives a new date, once.
    AlreadyApologised,
    /// The definition does not let this agency send that result back.
    MayNotReturn,
    /// The result was issued anew since.
    AlreadyReplaced,
    /// It was sent back as often as it may be.
    TooManyReturns,
    /// Nothing is to be looked at again.
    NothingToReview,
    /// What was issued is not withdrawn.
    Issued,
    /// Nothing is being asked for.
    NothingAsked,
    WindowClosed,
    /// The definition lets this agency ask for no payment.
    NoFee,
    PaymentAlreadyRequested,
    AlreadyPaid,
    PaymentWindowClosed,
    /// Nothing is to be paid back.
    NoRefund,
    AlreadyRefunded,
    /// The newest edition of the calendar is the dossier's.
    SameCalendar,
    /// Somebody has decided on what is to be corrected.
    AlreadyDecided,
    /// A correction would lead the dossier another way.
    ChangesCourse,
    /// No newer version takes this dossier over.
    NoNewerRules,
    /// The task has no draft, or none that is looked at.
    NoDraft,
    /// The applicant is still looking at a draft.
    DraftOpen,
    /// No mismatch can be reported here, or it is mended.
    NoMismatch,
    /// Data of the same task that does not agree is being mended.
    MismatchAlreadyReported,
    /// It has not been reported that its agency is silent, or that is over.
    NotSilent,
    /// There is no result to deliver.
    NoResult,
    AlreadyDelivered,
    /// No task is open any more.
    NothingOpen,
}

impl Refusal {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotInForce => "group-not-in-force",
            Self::AlreadySubmitted => "already-submitted",
            Self::Duplicate(_) => "duplicate-application",
            Self::NoSuchDossier => "no-such-dossier",
            Self::NoSuchTask => "no-such-task",
            Self::NotDispatched => "task-not-dispatched",
            Self::OtherDispatch => "other-dispatch",
            Self::Ended(_) => "task-ended",
            Self::AlreadyAcknowledged => "already-acknowledged",
            Self::AlreadyRequested => "supplement-already-requested",
            Self::NoSupplement => "no-supplement-here",
            Self::NoExtension => "no-longer-limit-here",
            Self::AlreadyExtended => "already-extended",
            Self::LimitEnded => "limit-ended",
            Self::ClockStands => "clock-stands",
            Self::Moved(_) => "task-moved",
            Self::NoSuchOffice => "no-such-office",
            Self::NotLate => "not-late",
            Self::AlreadyApologised => "already-apologised",
            Self::MayNotReturn => "may-not-return",
            Self::AlreadyReplaced => "already-replaced",
            Self::TooManyReturns => "too-many-returns",
            Self::NothingToReview => "nothing-to-review",
            Self::Issued => "already-issued",
            Self::NothingAsked => "nothing-asked",
            Self::WindowClosed => "window-closed",
            Self::NoFee => "no-fee-here",
            Self::PaymentAlreadyRequested => "payment-already-requested",
            Self::AlreadyPaid => "already-paid",
            Self::PaymentWindowClosed => "payment-window-closed",
            Self::NoRefund => "no-refund",
            Self::AlreadyRefunded => "already-refunded",
            Self::SameCalendar => "same-calendar",
            Self::AlreadyDecided => "already-decided",
            Self::ChangesCourse => "changes-course",
            Self::NoNewerRules => "no-newer-rules",
            Self::NoDraft => "no-draft",
            Self::DraftOpen => "draft-open",
            Self::NoMismatch => "no-mismatch",
            Self::MismatchAlreadyReported => "mismatch-already-reported",
            Self::NotSilent => "not-silent",
            Self::NoResult => "no-result",
            Self::AlreadyDelivered => "already-delivered",
            Self::NothingOpen => "nothing-open",
        }
    }

    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a line for each refusal")]
    pub fn sentence(&self) -> Text {
        let (vi, en) = match self {
            Self::NotInForce => (
                "Hiện không có phiên bản nào của nhóm thủ tục này đang có hiệu lực.",
                "No version of this procedure group is in force today.",
            ),
            Self::AlreadySubmitted => {
                ("Hồ sơ này đã được nộp.", "This application has already been submitted.")
            }
            Self::Duplicate(code) => return duplicate(code.as_deref()),
            Self::NoSuchDossier => ("Không tìm thấy hồ sơ.", "There is no such dossier."),
            Self::NoSuchTask => {
                ("Hồ sơ không có thủ tục này.", "The dossier has no such procedure.")
            }
            Self::NotDispatched => (
                "Thủ tục này chưa được chuyển đến cơ quan giải quyết.",
                "This procedure has not been sent to an agency yet.",
            ),
            Self::OtherDispatch => (
                "Câu trả lời dẫn chiếu một lần chuyển khác. Hãy lấy lại danh sách việc đang mở.",
                "The answer names another dispatch. Fetch your open tasks again.",
            ),
            Self::Ended(status) => return ended(*status),
            Self::AlreadyAcknowledged => {
                ("Thủ tục này đã được tiếp nhận.", "This task has already been acknowledged.")
            }
            Self::AlreadyRequested => (
                "Đang chờ người dân bổ sung; không thể yêu cầu thêm lần nữa lúc này.",
                "A supplement is already being waited for; no second one can be asked now.",
            ),
            Self::NoSupplement => (
                "Quy trình không cho phép cơ quan này yêu cầu bổ sung.",
                "The definition does not let this agency ask for a supplement.",
            ),
            Self::NoExtension => (
                "Quy trình không có thời hạn dài hơn cho thủ tục này.",
                "The definition has no longer limit for this procedure.",
            ),
            Self::AlreadyExtended => (
                "Thời hạn đã được kéo dài một lần và không thể kéo dài thêm.",
                "The limit has been extended once and can't be extended again.",
            ),
            Self::LimitEnded => (
                "Thời hạn đã hết nên không thể kéo dài. Hãy xin lỗi và hẹn lại ngày trả kết quả.",
                "The limit has ended and can't be extended any more. Apologise and give a new date.",
            ),
            Self::ClockStands => (
                "Thời hạn đang tạm dừng hoặc chưa bắt đầu tính nên chưa thể kéo dài.",
                "The limit stands still or has not begun, so it can't be extended now.",
            ),
            Self::Moved(office) => {
                return Text::new(
                    format!("Thủ tục này đã được chuyển sang cơ quan {office}."),
                    format!("The office {office} has taken this task over."),
                );
            }
            Self::NoSuchOffice => (
                "Không có cơ quan nào như vậy có thể tiếp nhận công việc.",
                "There is no such office that could take the work over.",
            ),
            Self::NotLate => (
                "Thủ tục này chưa quá hạn nên không có gì phải xin lỗi.",
                "This task is not late, so there is nothing to apologise for.",
            ),
            Self::AlreadyApologised => (
                "Chỉ được xin lỗi và hẹn lại một lần.",
                "An apology with a new date is given once only.",
            ),
            Self::MayNotReturn => (
                "Quy trình không cho phép cơ quan này trả lại kết quả đó.",
                "The definition does not let this agency send that result back.",
            ),
            Self::AlreadyReplaced => (
                "Kết quả này đã được thay bằng bản mới. Hãy lấy lại hồ sơ.",
                "That result has been replaced by a newer version. Fetch the task again.",
            ),
            Self::TooManyReturns => (
                "Kết quả này đã bị trả lại đủ số lần cho phép; cơ quan đang giữ hồ sơ phải quyết định.",
                "That result was sent back as often as it may be; the agency that has the task decides now.",
            ),
            Self::NothingToReview => {
                ("Không có kết quả nào phải xem xét lại.", "No result is to be looked at again.")
            }
            Self::Issued => {
                ("Kết quả đã cấp nên không thể rút.", "What has been issued can't be withdrawn.")
            }
            Self::NothingAsked => (
                "Không có yêu cầu bổ sung nào đang chờ cho thủ tục này.",
                "Nothing is being asked for in this procedure.",
            ),
            Self::WindowClosed => {
                ("Đã hết thời hạn bổ sung.", "The time for supplying this has ended.")
            }
            Self::NoFee => (
                "Quy trình không cho phép cơ quan này yêu cầu nộp phí, lệ phí.",
                "The definition does not let this agency ask for a payment.",
            ),
            Self::PaymentAlreadyRequested => (
                "Đang chờ người dân nộp phí, lệ phí; không thể yêu cầu thêm lần nữa lúc này.",
                "A payment is already being waited for; no second one can be asked now.",
            ),
            Self::AlreadyPaid => (
                "Khoản này đã được nộp hoặc được miễn.",
                "This has already been paid, or need not be paid.",
            ),
            Self::PaymentWindowClosed => (
                "Đã hết thời hạn nộp khoản này; số tiền phải được trả lại.",
                "The time for paying this has ended; the money has to be given back.",
            ),
            Self::NoRefund => {
                ("Không có khoản nào phải hoàn trả.", "Nothing is to be paid back here.")
            }
            Self::AlreadyRefunded => {
                ("Khoản này đã được hoàn trả.", "This has already been paid back.")
            }
            Self::SameCalendar => (
                "Hồ sơ đã theo lịch làm việc mới nhất.",
                "The dossier is on the newest edition of its calendar already.",
            ),
            Self::AlreadyDecided => (
                "Đã có cơ quan quyết định theo nội dung này; hãy liên hệ cơ quan đó.",
                "An agency has decided on what this says; please contact that agency.",
            ),
            Self::ChangesCourse => (
                "Nội dung sửa làm thay đổi cơ quan hoặc thủ tục; hãy rút và nộp hồ sơ mới.",
                "This would lead to other agencies or procedures: withdraw and apply anew.",
            ),
            Self::NoNewerRules => (
                "Không có quy định mới nào áp dụng được cho hồ sơ này.",
                "There are no newer rules that this dossier could move to.",
            ),
            Self::NoDraft => (
                "Không có bản nháp nào đang chờ kiểm tra.",
                "There is no draft to be looked at here.",
            ),
            Self::DraftOpen => {
                ("Người dân đang kiểm tra bản nháp.", "The applicant is still looking at a draft.")
            }
            Self::MismatchAlreadyReported => (
                "Sai lệch dữ liệu này đã được báo và đang chờ khắc phục.",
                "This was reported already and waits to be mended.",
            ),
            Self::NoMismatch => (
                "Không có sai lệch dữ liệu nào đang chờ khắc phục.",
                "There is no mismatch of data to be mended here.",
            ),
            Self::NotSilent => (
                "Cơ quan được lấy ý kiến chưa quá hạn trả lời, hoặc việc này đã xong.",
                "The agency that was asked is not late with its answer, or this is over.",
            ),
            Self::NoResult => ("Thủ tục này chưa có kết quả.", "This procedure has no result yet."),
            Self::AlreadyDelivered => {
                ("Kết quả này đã được trả.", "This result has already been delivered.")
            }
            Self::NothingOpen => (
                "Hồ sơ không còn thủ tục nào đang mở.",
                "No procedure of this dossier is open any more.",
            ),
        };
        Text::new(vi, en)
    }
}

fn duplicate(code: Option<&str>) -> Text {
    match code {
        Some(code) => Text::new(
            format!("Bạn đã nộp hồ sơ {code} cho việc này; hãy theo dõi hồ sơ đó."),
            format!("You have applied for this before: follow the dossier {code}."),
        ),
        None => Text::new(
            "Đã có người nộp hồ sơ cho việc này.",
            "Somebody has already applied for this.",
        ),
    }
}

fn ended(status: TaskStatus) -> Text {
    let vi = status.words().vi.to_lowercase();
    let en = status.words().en.to_lowercase();
    Text::new(
        format!("Thủ tục này đã kết thúc ({vi}); câu trả lời không làm thay đổi gì."),
        format!("This task has already ended ({en}); the answer changed nothing."),
    )
}
