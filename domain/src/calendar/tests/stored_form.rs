//! Due times are kept in events for ever: their stored form may not change.

use super::super::Due;
use super::{StopKind, at, due, stop, vn};

fn golden() -> [(Due, &'static str); 4] {
    let correction = [stop(StopKind::Correction, "2026-11-25 10:00", "2026-11-25 16:00")];
    let outage = [stop(StopKind::Outage, "2026-11-19 10:00", "2026-11-19 10:30")];
    [
        (
            due("24 hours", "2026-11-19 09:12", &outage),
            r#"{"at":"2026-11-20T09:42:00+07:00","basis":{"kind":"limit","measure":"24 hours","received":"2026-11-19T09:12:00+07:00","stops":[{"kind":"outage","from":"2026-11-19T10:00:00+07:00","until":"2026-11-19T10:30:00+07:00"}],"stopped":{"seconds":1800}}}"#,
        ),
        (
            due("2 working days", "2026-11-20 16:00", &correction),
            r#"{"at":"2026-11-27T17:00:00+07:00","basis":{"kind":"limit","measure":"2 working days","received":"2026-11-20T16:00:00+07:00","moved":{"to":"2026-11-23T07:30:00+07:00","because":{"cut_off":"15:00:00"}},"days":[{"holiday":{"from":"2026-11-24","until":"2026-11-24","name":{"vi":"Ngày Văn hóa Việt Nam","en":"Vietnam Culture Day"}}}],"stops":[{"kind":"correction","from":"2026-11-25T10:00:00+07:00","until":"2026-11-25T16:00:00+07:00"}],"stopped":{"days":1}}}"#,
        ),
        (
            due("35 days", "2026-12-05 10:00", &[]),
            r#"{"at":"2027-01-11T17:00:00+07:00","basis":{"kind":"limit","measure":"35 days","received":"2026-12-05T10:00:00+07:00","moved":{"to":"2026-12-07T07:30:00+07:00","because":{"day_off":{"name":null}}},"provisional":[2027]}}"#,
        ),
        (
            vn().window(8, at("2026-08-20 16:00")).unwrap(),
            r#"{"at":"2026-09-04T00:00:00+07:00","basis":{"kind":"window","measure":"8 working days","received":"2026-08-20T16:00:00+07:00","days":[{"swapped_working":{"date":"2026-08-22","instead_of":"2026-08-31"}},{"swapped_off":{"date":"2026-08-31","worked_on":"2026-08-22"}},{"holiday":{"from":"2026-09-01","until":"2026-09-02","name":{"vi":"Quốc khánh","en":"National Day"}}}]}}"#,
        ),
    ]
}

#[test]
fn the_stored_form_stays() {
    for (due, stored) in golden() {
        assert_eq!(serde_json::to_string(&due).unwrap(), stored);
    }
}

#[test]
fn a_stored_due_time_explains_itself() {
    use crate::language::Language;
    for (due, stored) in golden() {
        let read: Due = serde_json::from_str(stored).unwrap();
        assert_eq!(read, due);
        assert_eq!(read.at.offset(), due.at.offset());
        for language in [Language::Vi, Language::En] {
            assert_eq!(read.explain(language), due.explain(language));
        }
    }
}
