//! Offices are found by kind, area and date; what is wrong with a directory is said where it stands.

use chrono::NaiveDate;

use super::{AreaKind, Directory, Error};
use crate::language::{Language, Text};

const SHIPPED: &str = include_str!("../../../workflows/directories/vn.yaml");

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn shipped() -> Directory {
    let (directory, diagnostics) = Directory::parse("vn.yaml", SHIPPED);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    directory.unwrap()
}

/// Parses the shipped directory with one text replaced; gives the codes and lines of the faults.
fn faults(replace: &str, with: &str) -> Vec<(&'static str, usize)> {
    assert_eq!(SHIPPED.matches(replace).count(), 1, "{replace}");
    let (directory, diagnostics) = Directory::parse("vn.yaml", &SHIPPED.replace(replace, with));
    assert!(directory.is_none());
    diagnostics.into_iter().map(|it| (it.code, it.span.line)).collect()
}

fn line_of(text: &str) -> usize {
    SHIPPED.lines().position(|it| it.contains(text)).unwrap() + 1
}

#[test]
fn an_office_is_found_by_kind_area_and_day() {
    let directory = shipped();
    let on = day("2026-11-19");
    let office = directory.office_for("commune-civil-status", "00565", on).unwrap();
    assert_eq!(office.id, "civil-status.00565");
    assert_eq!(office.code, "000.05.65.H26");
    assert_eq!(office.name, Text::new("UBND xã Gia Lâm", "Gia Lâm Commune People's Committee"));
    let police = directory.office_for("commune-police", "00565", on).unwrap();
    assert_eq!(police.name.get(Language::Vi), "Công an xã Gia Lâm");
    assert_eq!(directory.office("police.00565"), Some(police));
    assert_eq!(directory.area("00565").unwrap().kind, AreaKind::Commune);
}

#[test]
fn a_commune_is_served_by_its_province() {
    let directory = shipped();
    let office = directory.office_for("social-insurance", "00565", day("2026-11-19")).unwrap();
    assert_eq!(office.name.vi, "BHXH thành phố Hà Nội");
}

#[test]
fn what_ended_names_its_successor() {
    let directory = shipped();
    let ended = day("2025-06-30");
    let office = |on| directory.office_for("commune-police", "10528", on);
    assert_eq!(office(ended).unwrap().id, "police.10528");
    assert_eq!(
        office(day("2025-07-01")),
        Err(Error::AreaEnded { area: "10528".into(), to: ended, successor: Some("10525".into()) })
    );
    assert!(directory.area_in_force("30", ended));
    assert!(!directory.area_in_force("30", day("2025-07-01")));
}

#[test]
fn there_is_no_guessing() {
    let directory = shipped();
    let on = day("2026-11-19");
    assert_eq!(
        directory.office_for("commune-police", "99999", on),
        Err(Error::UnknownArea { area: "99999".into() })
    );
    assert_eq!(
        directory.office_for("commune-police", "00565", day("2025-06-30")),
        Err(Error::AreaNotBegun { area: "00565".into(), from: day("2025-07-01") })
    );
    assert_eq!(
        directory.office_for("lottery", "00565", on),
        Err(Error::NoOffice { kind: "lottery".into(), area: "00565".into() })
    );
}

#[test]
fn every_area_in_force_has_every_kind_of_office() {
    let directory = shipped();
    let on = day("2026-09-01");
    for area in directory.areas().filter(|it| directory.area_in_force(&it.code, on)) {
        for kind in directory.kinds() {
            let served = directory.office_for(kind, &area.code, on).is_ok();
            let wanted =
                directory.kind(kind).unwrap().area == area.kind || area.kind == AreaKind::Commune;
            assert_eq!(served, wanted, "{kind} {}", area.code);
        }
    }
}

#[test]
fn faults_are_found_where_they_stand() {
    let police = line_of("  police.00565:");
    for (replace, with, expected) in [
        (
            "police.00565: { kind: commune-police",
            "police.00565: { kind: comune-police",
            vec![("unknown-name", police)],
        ),
        (
            r#"["00565"], code: 000.05.65.H26.G01"#,
            r#"["00566"], code: 000.05.65.H26.G01"#,
            vec![("unknown-name", police)],
        ),
        (
            r#"["00565"], code: 000.05.65.H26.G01"#,
            r#"["01"], code: 000.05.65.H26.G01"#,
            vec![("wrong-area", police)],
        ),
        ("000.05.65.H26.G01", "000.05.65.h26", vec![("shape", police)]),
        ("000.05.65.H26.G01", "000.05.77.H26.G01", vec![("duplicate", line_of("  police.00577:"))]),
        ("police.00565: {", "police.00565: { form: 2025-07-01,", vec![("unknown-name", police)]),
        ("police.00565: {", "police.00565: { to: 2025-06-01,", vec![("period", police)]),
        (", en: Gia Lâm Commune", "", vec![("missing", line_of(r#"  "00565":"#))]),
        (
            "\"00565\": {",
            "\"0565\": {",
            vec![
                ("shape", line_of(r#"  "00565":"#)),
                ("unknown-name", line_of("  civil-status.00565:")),
                ("unknown-name", line_of("  economy.00565:")),
                ("unknown-name", police),
            ],
        ),
    ] {
        assert_eq!(faults(replace, with), expected, "{with}");
    }
}

#[test]
fn a_successor_must_exist_and_take_over() {
    let ended = line_of("  police.10528:");
    let (from, code) = ("successor: police.10525", "unknown-name");
    assert_eq!(faults(from, "successor: police.99999"), [(code, ended)]);
    assert_eq!(faults(from, "successor: civil-status.10525"), [("wrong-kind", ended)]);
    let area = line_of("  \"30\":");
    assert_eq!(faults("successor: \"31\"", "successor: \"10525\""), [("wrong-area", area)]);
    assert_eq!(
        faults("to: 2025-06-30, successor: \"31\"", "successor: \"31\""),
        [("period", area)]
    );
}

#[test]
fn two_offices_do_not_do_the_same_work() {
    let second = "  police.00577: { kind: commune-police, areas: [\"00577\"]";
    let doubled = "  police.00577: { kind: commune-police, areas: [\"00577\", \"00565\"]";
    assert_eq!(faults(second, doubled), [("duplicate", line_of(second))]);
}

#[test]
fn all_faults_come_at_once() {
    let source = "directory: x\nfrom: soon\nkinds: {}\nareas: [a]\nofices: {}\n";
    let (directory, diagnostics) = Directory::parse("x.yaml", source);
    assert!(directory.is_none());
    let found: Vec<_> = diagnostics.iter().map(|it| (it.code, it.span.line)).collect();
    assert_eq!(found, [("missing", 1), ("wrong-type", 2), ("wrong-type", 4), ("unknown-name", 5)]);
    assert_eq!(diagnostics[3].hint.as_deref(), Some("did you mean `offices`?"));
}
