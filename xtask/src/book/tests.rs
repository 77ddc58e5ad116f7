//! The book: missing, forgotten and doubled chapters and dead links are each reported.

use super::*;

const CONTENTS_TEXT: &str = "# Summary\n\n[Start](start.md)\n- [Why](why/first.md)\n";

#[test]
fn contents_and_pages_that_agree_pass() {
    let files = BTreeSet::from(["SUMMARY.md", "start.md", "why/first.md", "images/a.png"]);
    assert_eq!(chapters(CONTENTS_TEXT, &files), Vec::<String>::new());
}

#[test]
fn missing_forgotten_and_doubled_chapters_are_reported() {
    let files = BTreeSet::from(["SUMMARY.md", "start.md", "lost.md"]);
    let found = chapters(&format!("{CONTENTS_TEXT}- [Again](start.md)\n"), &files);
    assert_eq!(
        found,
        [
            "docs/src/SUMMARY.md: `why/first.md` does not exist",
            "docs/src/SUMMARY.md: `start.md` is listed twice",
            "docs/src/lost.md: not in SUMMARY.md",
        ]
    );
}

#[test]
fn a_draft_without_a_page_is_no_chapter() {
    let found = chapters("- [Later]()\n", &BTreeSet::from(["SUMMARY.md"]));
    assert_eq!(found, ["docs/src/SUMMARY.md: `` does not exist"]);
}

#[test]
fn links_lead_somewhere() {
    let files = BTreeSet::from(["docs/src/start.md", "docs/src/why/first.md", "LICENSE"]);
    let good = "[a](first.md#part) [b](../start.md) [c](https://example.vn) [d](#here)\n\
                `[e](nowhere.md)`\n```\n[f](nowhere.md)\n```\n";
    assert_eq!(dead_links("docs/src/why/first.md", good, &files), Vec::<String>::new());
    assert_eq!(dead_links("README.md", "[g](docs/src/start.md) [h](LICENSE)", &files).len(), 0);
    let bad = "[a](start.md)\n[b](../../../../LICENSE)\n![c](images/dossier.png)\n";
    assert_eq!(dead_links("docs/src/why/first.md", bad, &files).len(), 3);
}
