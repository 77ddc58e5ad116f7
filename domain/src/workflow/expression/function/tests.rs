//! What the functions answer.

use super::{days_between, plain, years_between};

#[test]
fn a_plain_name_is_what_a_bank_writes() {
    for (name, bank) in [
        ("Trần Thị Lan", "TRAN THI LAN"),
        ("Hoàng  Văn\u{a0}Páo ", "HOANG VAN PAO"),
        ("Đỗ Đức Ưởng", "DO DUC UONG"),
        ("Nguyễn Quỳnh Ý Nhi", "NGUYEN QUYNH Y NHI"),
        // The same name, each mark a character of its own.
        ("Nguye\u{302}\u{303}n Thu\u{31b}\u{323}", "NGUYEN THU"),
        ("H'Hen Niê", "H'HEN NIE"),
        ("Łukasz", "ŁUKASZ"),
        ("", ""),
    ] {
        assert_eq!(plain(name), bank, "{name}");
    }
}

#[test]
fn every_vietnamese_letter_is_made_plain() {
    for letters in super::LETTERS {
        let base: String = letters.chars().take(1).collect();
        for letter in letters.chars() {
            assert_eq!(plain(&letter.to_lowercase().to_string()), base, "{letter}");
        }
    }
    assert_eq!(super::LETTERS.iter().map(|it| it.chars().count() - 1).sum::<usize>(), 67);
}

#[test]
fn years_are_whole() {
    for (from, until, years) in [
        ("2020-11-20", "2026-11-19", Some(5)),
        ("2020-11-19", "2026-11-19", Some(6)),
        ("2020-02-29", "2026-02-28", Some(5)),
        ("2020-02-29", "2026-03-01", Some(6)),
        ("2026-11-19", "2020-11-20", Some(-5)),
        ("2026-11-19T08:00", "2026-11-19", Some(0)),
        ("2026-02-30", "2026-11-19", None),
        ("phở phở phở", "2026-11-19", None),
        ("", "2026-11-19", None),
    ] {
        assert_eq!(years_between(from, until), years, "{from} {until}");
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    for (from, until, days) in [
        ("2026-09-20", "2026-11-19", Some(60)),
        ("2026-09-19", "2026-11-19", Some(61)),
        ("2028-02-28", "2028-03-01", Some(2)),
        ("2026-11-19", "2026-11-18", Some(-1)),
        ("2026-11-18T23:59", "2026-11-19T00:01", Some(1)),
        ("2026-02-30", "2026-11-19", None),
    ] {
        assert_eq!(days_between(from, until), days, "{from} {until}");
    }
}
