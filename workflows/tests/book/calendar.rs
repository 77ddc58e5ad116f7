//! The sentences about due times in the book are those that the calendar tells.

use lienthong_domain::calendar::{Calendar, Counting, Due, Measure, Stop, StopKind};
use lienthong_domain::language::Language;

use crate::page;

#[test]
fn every_due_time_is_explained_as_the_book_says() {
    let page = page::read("legal-time.md");
    let mut count = 0;
    for block in page::blocks(&page) {
        let Some(case) = block.notes.get("due") else { continue };
        count += 1;
        let due = due(case);
        let told = [due.explain(Language::En), due.explain(Language::Vi)];
        assert_eq!(block.text.lines().collect::<Vec<_>>(), told, "{case}");
    }
    assert!(count >= 8, "{count} due times");
}

/// From `24 hours; from 2026-11-16T10:00:00+07:00; supplement 2026-… 2026-…`.
fn due(case: &str) -> Due {
    let shipped = lienthong_workflows::files();
    let (path, text) = shipped.iter().find(|(path, _)| path == "calendars/vn.yaml").unwrap();
    let calendar = Calendar::parse(path, text).0.unwrap();
    let mut parts = case.split("; ");
    let measure = parts.next().unwrap();
    let from = parts.next().and_then(|it| it.strip_prefix("from ")).unwrap().parse().unwrap();
    if let Some(days) = measure.strip_prefix("window of ") {
        return calendar.window(days.split(' ').next().unwrap().parse().unwrap(), from).unwrap();
    }
    let stops: Vec<Stop> = parts
        .map(|it| {
            let [kind, from, until] = it.split(' ').collect::<Vec<_>>()[..] else { panic!("{it}") };
            let kind = match kind {
                "supplement" => StopKind::Supplement,
                "consent" => StopKind::Consent,
                "correction" => StopKind::Correction,
                "outage" => StopKind::Outage,
                other => panic!("{other}"),
            };
            Stop { kind, from: from.parse().unwrap(), until: until.parse().unwrap() }
        })
        .collect();
    let measure = Measure::parse(measure).unwrap();
    calendar.due(measure, &Counting::default(), from, &stops).unwrap()
}
