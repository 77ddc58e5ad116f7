//! What people are told about a fault in an application, in both languages.

use crate::language::Text;

/// What is wrong with a value, with the bound that it breaks.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    TooLarge,
    UnknownField,
    Required,
    WrongType(&'static str),
    Pattern,
    InvalidDate,
    InvalidTime,
    InvalidDateTime,
    InvalidEmail,
    TooShort(u64),
    TooLong(u64),
    TooFew(u64),
    TooMany(u64),
    TooSmall(String),
    TooBig(String),
    NotAnOption,
    MustBeTrue,
    Repeated,
    NotAllowed,
    FutureDate,
    UnknownArea,
    OtherProvince,
    Invalid,
}

impl Problem {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::UnknownField => "unknown-field",
            Self::Required => "required",
            Self::WrongType(_) => "wrong-type",
            Self::Pattern => "pattern",
            Self::InvalidDate => "invalid-date",
            Self::InvalidTime => "invalid-time",
            Self::InvalidDateTime => "invalid-date-time",
            Self::InvalidEmail => "invalid-email",
            Self::TooShort(_) => "too-short",
            Self::TooLong(_) => "too-long",
            Self::TooFew(_) => "too-few",
            Self::TooMany(_) => "too-many",
            Self::TooSmall(_) => "too-small",
            Self::TooBig(_) => "too-big",
            Self::NotAnOption => "not-an-option",
            Self::MustBeTrue => "must-be-true",
            Self::Repeated => "repeated",
            Self::NotAllowed => "not-allowed",
            Self::FutureDate => "future-date",
            Self::UnknownArea => "unknown-area",
            Self::OtherProvince => "other-province",
            Self::Invalid => "invalid",
        }
    }

    pub(super) fn text(&self) -> Text {
        let (vi, en) = match self {
            Self::TooLarge => {
                ("Hồ sơ quá lớn hoặc lồng quá sâu.", "The application is too large or too deep.")
            }
            Self::UnknownField => {
                ("Biểu mẫu không có mục này; hãy bỏ đi.", "The form has no such field; remove it.")
            }
            Self::Required => ("Hãy điền mục này.", "Fill in this field."),
            Self::WrongType(name) => return wrong_type(name),
            Self::Pattern => ("Nội dung chưa đúng dạng quy định.", "This has not the right form."),
            Self::InvalidDate => (
                "Hãy nhập một ngày có thật, dạng NĂM-THÁNG-NGÀY, ví dụ 2026-09-01.",
                "Enter a real date as YEAR-MONTH-DAY, for example 2026-09-01.",
            ),
            Self::InvalidTime => (
                "Hãy nhập giờ dạng GIỜ:PHÚT, ví dụ 03:40.",
                "Enter a time as HOURS:MINUTES, for example 03:40.",
            ),
            Self::InvalidDateTime => (
                "Hãy nhập ngày và giờ có thật, ví dụ 2026-12-05T21:15.",
                "Enter a real date and time, for example 2026-12-05T21:15.",
            ),
            Self::InvalidEmail => (
                "Hãy nhập địa chỉ thư điện tử, ví dụ ten@example.vn.",
                "Enter an e-mail address, for example name@example.vn.",
            ),
            Self::TooShort(_)
            | Self::TooLong(_)
            | Self::TooFew(_)
            | Self::TooMany(_)
            | Self::TooSmall(_)
            | Self::TooBig(_) => return self.bound(),
            Self::NotAnOption => {
                ("Hãy chọn một trong các giá trị của mục này.", "Choose one of the values given.")
            }
            Self::MustBeTrue => {
                ("Mục này phải được xác nhận thì mới nộp được.", "This must be confirmed.")
            }
            Self::Repeated => ("Có dòng bị lặp lại.", "An entry is repeated."),
            Self::NotAllowed => (
                "Mục này không dùng cùng với những gì đã chọn.",
                "This does not go with what was chosen.",
            ),
            Self::FutureDate => {
                ("Ngày này không được ở tương lai.", "This date must not be in the future.")
            }
            Self::UnknownArea => (
                "Không có đơn vị hành chính với mã này, hoặc mã đã hết hiệu lực.",
                "No area has this code, or the code is no longer in force.",
            ),
            Self::OtherProvince => (
                "Nơi này không thuộc tỉnh, thành phố ghi bên cạnh.",
                "This does not lie in the province named beside it.",
            ),
            Self::Invalid => ("Nội dung chưa đúng.", "This is not right."),
        };
        Text::new(vi, en)
    }

    fn bound(&self) -> Text {
        let (vi, en) = match self {
            Self::TooShort(it) => {
                (format!("Cần ít nhất {it} ký tự."), format!("Enter at least {it} characters."))
            }
            Self::TooLong(it) => {
                (format!("Không quá {it} ký tự."), format!("Enter at most {it} characters."))
            }
            Self::TooFew(it) => {
                (format!("Cần ít nhất {it} dòng."), format!("Give at least {it} entries."))
            }
            Self::TooMany(it) => {
                (format!("Không quá {it} dòng."), format!("Give at most {it} entries."))
            }
            Self::TooSmall(it) => {
                (format!("Giá trị nhỏ nhất là {it}."), format!("The least value is {it}."))
            }
            Self::TooBig(it) => {
                (format!("Giá trị lớn nhất là {it}."), format!("The greatest value is {it}."))
            }
            _ => return Self::Invalid.text(),
        };
        Text::new(vi, en)
    }
}

fn wrong_type(name: &str) -> Text {
    let (vi, en) = match name {
        "string" => ("một đoạn văn bản", "a text"),
        "integer" => ("một số nguyên", "a whole number"),
        "number" => ("một số", "a number"),
        "boolean" => ("đúng hoặc sai", "true or false"),
        "array" => ("một danh sách", "a list"),
        _ => ("một nhóm mục", "a group of fields"),
    };
    Text::new(format!("Mục này phải là {vi}."), format!("This must be {en}."))
}
