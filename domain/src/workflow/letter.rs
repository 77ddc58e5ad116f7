//! The receipts and slips that an office owes an applicant (Circular 01/2018/TT-VPCP, article 9).

use crate::language::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LetterKind {
    /// Received, and when the result is to be had.
    Receipt,
    Supplement,
    Refusal,
    Apology,
    /// Who had it when.
    Control,
    /// What others are told of the result.
    Notice,
}

impl LetterKind {
    pub const ALL: [Self; 6] = [
        Self::Receipt,
        Self::Supplement,
        Self::Refusal,
        Self::Apology,
        Self::Control,
        Self::Notice,
    ];

    /// As definitions and addresses write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Supplement => "supplement",
            Self::Refusal => "refusal",
            Self::Apology => "apology",
            Self::Control => "control",
            Self::Notice => "notice",
        }
    }

    /// The number of its form, where a definition names no other.
    #[must_use]
    pub fn form(self) -> &'static str {
        match self {
            Self::Receipt => "Mẫu số 01",
            Self::Supplement => "Mẫu số 02",
            Self::Refusal => "Mẫu số 03",
            Self::Apology => "Mẫu số 04",
            Self::Control => "Mẫu số 05",
            Self::Notice => "Thông báo",
        }
    }

    #[must_use]
    pub fn title(self) -> Text {
        let (vi, en) = match self {
            Self::Receipt => {
                ("Giấy tiếp nhận hồ sơ và hẹn trả kết quả", "Receipt, and when the result is due")
            }
            Self::Supplement => {
                ("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ", "What is still to be supplied")
            }
            Self::Refusal => ("Phiếu từ chối giải quyết hồ sơ", "Refusal"),
            Self::Apology => {
                ("Phiếu xin lỗi và hẹn lại ngày trả kết quả", "Apology, and a new date")
            }
            Self::Notice => ("Thông báo kết quả giải quyết", "Notice of a result"),
            Self::Control => ("Phiếu kiểm soát quá trình giải quyết hồ sơ", "Who had it when"),
        };
        Text::new(vi, en)
    }
}
