//! That the files are what the PDF format says they are.

use super::document;

/// The byte offsets that the cross-reference table promises.
fn offsets(pdf: &str) -> Vec<usize> {
    let (_, table) = pdf.split_once("xref\n0 ").unwrap();
    let entries = table.lines().skip(2).take_while(|it| it.ends_with(" n "));
    entries.map(|it| it[..10].parse().unwrap()).collect()
}

#[test]
fn every_promised_offset_is_an_object() {
    let pdf = String::from_utf8(document("Giấy khai sinh", &["H01-1 (a\\b)".to_owned()])).unwrap();
    assert!(pdf.starts_with("%PDF-1.4\n") && pdf.ends_with("%%EOF\n"));
    let offsets = offsets(&pdf);
    assert_eq!(offsets.len(), 6);
    for (index, offset) in offsets.iter().enumerate() {
        assert!(pdf[*offset..].starts_with(&format!("{} 0 obj\n", index + 1)));
    }
    let (_, end) = pdf.split_once("startxref\n").unwrap();
    let start: usize = end.lines().next().unwrap().parse().unwrap();
    assert!(pdf[start..].starts_with("xref\n"));
}

#[test]
fn the_stream_is_as_long_as_it_says() {
    let pdf = String::from_utf8(document("A", &["b".to_owned(), "c".to_owned()])).unwrap();
    let (_, rest) = pdf.split_once("<< /Length ").unwrap();
    let (length, rest) = rest.split_once(" >>\nstream\n").unwrap();
    assert_eq!(rest.find("endstream"), length.parse().ok());
}

#[test]
fn vietnamese_loses_its_marks_on_the_page_and_keeps_them_in_the_title() {
    let pdf = String::from_utf8(document("Đăng ký", &["xã Gia Lâm (1)".to_owned()])).unwrap();
    assert!(pdf.contains("(Dang ky) Tj") && pdf.contains("(xa Gia Lam \\(1\\)) Tj"));
    assert!(pdf.contains("/Title <FEFF01100103"));
}

#[test]
fn same_input_same_bytes() {
    let lines = ["one".to_owned()];
    assert_eq!(document("A", &lines), document("A", &lines));
    assert_ne!(document("A", &lines), document("B", &lines));
}
