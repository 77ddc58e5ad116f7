//! Every line that carries a rule of the law is needed: changed, its scenario fails.

use std::collections::BTreeSet;

use lienthong_domain::catalogue::SourceFile;
use lienthong_domain::scenario;

use crate::page;

struct Rule<'a> {
    definition: String,
    /// A task, or another key of the definition.
    place: &'a str,
    line: &'a str,
    changed: &'a str,
    scenario: String,
}

fn rules(text: &str) -> Vec<Rule<'_>> {
    let code = |cell| page::code(cell).first().copied().unwrap_or_default();
    let sections = ["## Births", "## Deaths"].map(|it| page::section(text, it));
    let rows = sections.into_iter().flat_map(page::rows);
    rows.map(|row| Rule {
        definition: format!("groups/{}", code(row[2])),
        place: code(row[3]),
        line: code(row[4]),
        changed: code(row[5]),
        scenario: format!("groups/{}", code(row[6])),
    })
    .collect()
}

/// The definition with the first such line of its place changed.
fn without(text: &str, rule: &Rule<'_>) -> String {
    let place = [format!("\n  {}:", rule.place), format!("\n{}:", rule.place)];
    let start = place.iter().find_map(|it| text.find(it));
    let start = start.unwrap_or_else(|| panic!("{} has no {}", rule.definition, rule.place));
    let at = text[start..].find(rule.line);
    let at = start + at.unwrap_or_else(|| panic!("{} has no {}", rule.place, rule.line));
    [&text[..at], rule.changed, &text[at + rule.line.len()..]].concat()
}

fn failures(rule: &Rule<'_>, change: bool) -> usize {
    let is_wanted = |path: &str| !path.contains("/scenarios/") || path == rule.scenario;
    let shipped = lienthong_workflows::files().into_iter().filter(|(path, _)| is_wanted(path));
    let files: Vec<SourceFile> = shipped
        .map(|(path, text)| {
            let is_changed = change && path == rule.definition;
            let text = if is_changed { without(&text, rule) } else { text };
            SourceFile { path, text }
        })
        .collect();
    let reports = scenario::run(&files);
    assert!(!reports.is_empty(), "{}", rule.scenario);
    reports.iter().filter(|it| !it.passed()).count()
}

#[test]
fn every_rule_of_the_law_is_needed_by_a_scenario() {
    let text = page::read("law.md");
    let rules = rules(&text);
    assert!(rules.len() >= 20, "{} rules", rules.len());
    let mut sound = BTreeSet::new();
    let wrong = rules.iter().filter_map(|rule| {
        let what = format!("`{}` of {} in {}", rule.line, rule.place, rule.definition);
        if sound.insert(&rule.scenario) && failures(rule, false) > 0 {
            return Some(format!("{what}: {} fails already", rule.scenario));
        }
        let is_missed = failures(rule, true) > 0;
        (!is_missed).then(|| format!("{what}: {} passes without it", rule.scenario))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
