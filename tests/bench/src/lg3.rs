//! The group that is measured, and what people and offices send in it: an application of 1 KiB,
//! results of 300 bytes. All of it is made up, and follows from a number.

use lienthong_domain::catalogue::{self, Reference, SourceFile};
use lienthong_domain::dossier::Citizen;
use lienthong_domain::personal::Personal;
use serde_json::{Value as Json, json};

use crate::error::Error;

pub(crate) const GROUP: &str = "lg3";
/// Events of a dossier from its submission to its last result: one submission, and of each of the
/// three tasks dispatch, acknowledgement, completion, delivery.
pub(crate) const EVENTS: u32 = 13;
/// Bytes of an application as JSON.
const APPLICATION_BYTES: usize = 1_024;
/// Bytes of a task's results as JSON.
const RESULT_BYTES: usize = 300;
/// Dossiers are spread over this many accounts, not in their order.
const ACCOUNTS: u64 = 10_000;
/// A number without a common divisor with [`ACCOUNTS`].
const STRIDE: u64 = 7_919;

pub(crate) const COMMUNES: [&str; 4] = ["90001", "90002", "90003", "90004"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    A,
    B,
    C,
}

impl Task {
    pub(crate) const ALL: [Self; 3] = [Self::A, Self::B, Self::C];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
        }
    }

    /// The office of this task in a commune.
    pub(crate) fn office(self, commune: &str) -> String {
        format!("office-{}.{commune}", self.name())
    }

    /// What a completion brings, [`RESULT_BYTES`] long.
    pub(crate) fn results(self) -> Json {
        let number = format!("1024/2026/QĐ-{}", self.name());
        let with = |decision: &str| match self {
            Self::A => {
                json!({ "number": number, "decided_on": "2026-11-25", "decision": decision })
            }
            Self::B | Self::C => json!({ "number": number, "decision": decision }),
        };
        filled(RESULT_BYTES, "Chấp thuận đề nghị. ", with)
    }
}

/// The definition's files.
pub(crate) fn files() -> Vec<SourceFile> {
    let files = [
        ("calendar.yaml", include_str!("../definition/calendar.yaml")),
        ("directory.yaml", include_str!("../definition/directory.yaml")),
        ("form.yaml", include_str!("../definition/form.yaml")),
        ("lg3.yaml", include_str!("../definition/lg3.yaml")),
    ];
    let file = |(path, text): (&str, &str)| SourceFile { path: path.into(), text: text.into() };
    files.into_iter().map(file).collect()
}

/// The definition, checked.
pub(crate) fn references() -> Result<Vec<Reference>, Error> {
    let reading = catalogue::read(&files());
    match reading.diagnostics.first() {
        None => Ok(reading.references),
        Some(fault) => Err(Error::Definition(fault.message.clone())),
    }
}

pub(crate) fn account(n: u64) -> String {
    format!("applicant-{:05}", n.wrapping_mul(STRIDE) % ACCOUNTS)
}

fn personal_id(n: u64) -> String {
    format!("001{:09}", n.wrapping_mul(STRIDE) % ACCOUNTS)
}

pub(crate) fn citizen(n: u64) -> Citizen {
    Citizen { account: account(n), personal_id: Personal::new(personal_id(n)), identity_level: 2 }
}

pub(crate) fn commune(n: u64) -> &'static str {
    let place = n % COMMUNES.len() as u64;
    COMMUNES[usize::try_from(place).unwrap_or_default()]
}

/// The application of the dossier with this number, [`APPLICATION_BYTES`] long.
pub(crate) fn application(n: u64) -> Json {
    filled(APPLICATION_BYTES, "Vì những lý do nêu trong hồ sơ. ", |reasons| {
        json!({
            "applicant": {
                "full_name": "Nguyễn Văn Đo",
                "personal_id": personal_id(n),
                "address": format!("Số {n}, đường Bằng, phường Thước"),
            },
            "commune": commune(n),
            "request": { "subject": format!("Đề nghị số {n}"), "reasons": reasons },
        })
    })
}

/// What `with` makes of a text that is as long as it takes to come to this many bytes.
fn filled(bytes: usize, sentence: &str, with: impl Fn(&str) -> Json) -> Json {
    let missing = bytes.saturating_sub(with("").to_string().len());
    let mut text = String::with_capacity(missing);
    for letter in sentence.chars().cycle() {
        if text.len() + letter.len_utf8() > missing {
            break;
        }
        text.push(letter);
    }
    text.extend(std::iter::repeat_n('.', missing - text.len()));
    with(&text)
}

#[cfg(test)]
mod tests {
    //! The definition has no fault, and the sizes are those that figures are given for.

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        let kinds: Vec<_> = references().unwrap().iter().map(|it| it.kind.name()).collect();
        assert_eq!(kinds, ["calendar", "directory", "group"]);
    }

    #[test]
    fn an_application_has_a_kibibyte_and_a_result_300_bytes() {
        for n in [0, 7, 123_456, 1_000_000] {
            assert_eq!(application(n).to_string().len(), APPLICATION_BYTES);
        }
        for task in Task::ALL {
            assert_eq!(task.results().to_string().len(), RESULT_BYTES);
        }
    }

    #[test]
    fn accounts_are_all_used() {
        let used: std::collections::BTreeSet<_> = (0..ACCOUNTS).map(account).collect();
        assert_eq!(used.len() as u64, ACCOUNTS);
    }
}
