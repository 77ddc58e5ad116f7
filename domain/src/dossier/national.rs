//! The ten statuses of the national portal (TrangThaiHoSo), mapped from ours. The mapping is
//! total: nothing is ever reported as something else.

use serde::{Deserialize, Serialize};

use super::state::Dossier;
use super::task::{TaskState, TaskStatus};
use crate::language::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
pub enum NationalStatus {
    Registered = 1,
    Accepted = 2,
    NotAccepted = 3,
    Processing = 4,
    SupplementRequested = 5,
    PaymentRequested = 6,
    WithdrawnByCitizen = 7,
    Stopped = 8,
    Decided = 9,
    Returned = 10,
}

impl NationalStatus {
    pub const ALL: [Self; 10] = [
        Self::Registered,
        Self::Accepted,
        Self::NotAccepted,
        Self::Processing,
        Self::SupplementRequested,
        Self::PaymentRequested,
        Self::WithdrawnByCitizen,
        Self::Stopped,
        Self::Decided,
        Self::Returned,
    ];

    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The national wording, and ours in English.
    #[must_use]
    pub fn words(self) -> Text {
        let (vi, en) = match self {
            Self::Registered => ("Mới đăng ký", "Newly registered"),
            Self::Accepted => ("Được tiếp nhận", "Accepted"),
            Self::NotAccepted => ("Không được tiếp nhận", "Not accepted"),
            Self::Processing => ("Đang xử lý", "In progress"),
            Self::SupplementRequested => ("Yêu cầu bổ sung giấy tờ", "More is asked for"),
            Self::PaymentRequested => ("Yêu cầu thực hiện nghĩa vụ tài chính", "Payment is due"),
            Self::WithdrawnByCitizen => ("Công dân yêu cầu rút hồ sơ", "Withdrawn"),
            Self::Stopped => ("Dừng xử lý", "Stopped"),
            Self::Decided => ("Đã xử lý xong", "Decided"),
            Self::Returned => ("Đã trả kết quả", "Result returned"),
        };
        Text::new(vi, en)
    }
}

impl From<NationalStatus> for u8 {
    fn from(status: NationalStatus) -> Self {
        status.number()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("national statuses are 1 to 10, not {0}")]
pub struct NotAStatus(u8);

impl TryFrom<u8> for NationalStatus {
    type Error = NotAStatus;

    fn try_from(number: u8) -> Result<Self, NotAStatus> {
        let found = Self::ALL.into_iter().find(|it| it.number() == number);
        found.ok_or(NotAStatus(number))
    }
}

impl TaskState {
    /// `None` for a task that has ended and that no agency was ever asked to do, or that only had to
    /// go before the application was received.
    #[must_use]
    pub fn national(&self) -> Option<NationalStatus> {
        let is_own = self.office.is_none();
        Some(match self.status {
            status if !status.has_ended() && self.awaits_payment() => {
                NationalStatus::PaymentRequested
            }
            TaskStatus::Elapsing => NationalStatus::Processing,
            TaskStatus::Completed if is_own || self.is_precondition => return None,
            TaskStatus::Waiting | TaskStatus::Dispatched => NationalStatus::Registered,
            TaskStatus::Acknowledged => NationalStatus::Accepted,
            TaskStatus::Supplied | TaskStatus::Reopened => NationalStatus::Processing,
            TaskStatus::SupplementRequested => NationalStatus::SupplementRequested,
            TaskStatus::Completed if self.delivered_at.is_some() => NationalStatus::Returned,
            TaskStatus::Completed => NationalStatus::Decided,
            TaskStatus::Refused => NationalStatus::NotAccepted,
            TaskStatus::Stopped => NationalStatus::Stopped,
            TaskStatus::Withdrawn => NationalStatus::WithdrawnByCitizen,
            TaskStatus::Skipped => return None,
        })
    }
}

impl Dossier {
    /// 5 or 6 while the applicant must act; 1, 2, 4 while any task is open; 9 and 10 once something was
    /// issued; 3, 7, 8 only if nothing was.
    #[must_use]
    pub fn national(&self) -> NationalStatus {
        if !self.has_ended() {
            return self.national_while_open();
        }
        let all = || self.tasks.iter().filter_map(TaskState::national);
        let any = |wanted: NationalStatus| all().any(|it| it == wanted);
        if any(NationalStatus::Decided) {
            NationalStatus::Decided
        } else if any(NationalStatus::Returned) {
            NationalStatus::Returned
        } else if any(NationalStatus::NotAccepted) {
            NationalStatus::NotAccepted
        } else if any(NationalStatus::Stopped) {
            NationalStatus::Stopped
        } else if any(NationalStatus::WithdrawnByCitizen) {
            NationalStatus::WithdrawnByCitizen
        } else {
            // What goes before found that it is not to be received.
            NationalStatus::NotAccepted
        }
    }

    fn national_while_open(&self) -> NationalStatus {
        let any = |wanted: fn(&TaskState) -> bool| self.tasks.iter().any(wanted);
        if any(|it| it.status == TaskStatus::SupplementRequested) {
            NationalStatus::SupplementRequested
        } else if any(|it| !it.status.has_ended() && it.awaits_payment()) {
            NationalStatus::PaymentRequested
        } else if any(|it| {
            let moves = [TaskStatus::Supplied, TaskStatus::Reopened, TaskStatus::Elapsing];
            let has_ended = it.ended_at.is_some() && it.dispatched_at.is_some();
            !it.is_precondition && (moves.contains(&it.status) || has_ended)
        }) {
            NationalStatus::Processing
        } else if any(|it| it.acknowledged_at.is_some() && !it.is_precondition) {
            NationalStatus::Accepted
        } else {
            NationalStatus::Registered
        }
    }
}
