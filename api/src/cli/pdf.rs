//! A small PDF (1.4, one page) that states a few lines: what the simulated agencies issue and the
//! demonstration's applicant attaches. No layout, no fonts of its own, no compression.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

const LINES_MAX: usize = 40;
/// A line of 11 points in Helvetica fits on the page.
const LINE_CHARACTERS_MAX: usize = 90;

/// A page with a heading and lines below it. The page shows Vietnamese without its marks, since the
/// fonts that every reader has do not hold them; the document's title has them. Same input, same
/// bytes.
pub(crate) fn document(heading: &str, lines: &[String]) -> Vec<u8> {
    let contents = contents(heading, lines);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{contents}endstream", contents.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        format!("<< /Title {} /Producer (lienthong) >>", unicode_string(heading)),
    ];
    assemble(&objects).into_bytes()
}

fn assemble(objects: &[String]) -> String {
    let mut text = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", text.len());
        let _ = write!(text, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let (start, size) = (text.len(), objects.len() + 1);
    let _ = write!(
        text,
        "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R /Info 6 0 R >>\n\
         startxref\n{start}\n%%EOF\n"
    );
    text
}

fn contents(heading: &str, lines: &[String]) -> String {
    let mut contents = format!("BT\n/F1 16 Tf\n56 780 Td\n({}) Tj\n", literal(heading));
    contents.push_str("/F1 11 Tf\n0 -14 Td\n");
    for line in lines.iter().take(LINES_MAX) {
        let _ = write!(contents, "0 -16 Td\n({}) Tj\n", literal(line));
    }
    contents + "ET\n"
}

/// The inside of a PDF literal string, in ASCII.
fn literal(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars().take(LINE_CHARACTERS_MAX).map(without_marks) {
        if matches!(character, '(' | ')' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A PDF text string with every letter: UTF-16, big-endian, in hex.
fn unicode_string(text: &str) -> String {
    let units = text.encode_utf16().take(LINE_CHARACTERS_MAX);
    units.fold("<FEFF".to_owned(), |hex, unit| hex + &format!("{unit:04X}")) + ">"
}

/// The Latin letter below a Vietnamese one; a question mark for what is neither.
fn without_marks(character: char) -> char {
    const LETTERS: [(char, &str); 7] = [
        ('a', "àáảãạăằắẳẵặâầấẩẫậ"),
        ('d', "đ"),
        ('e', "èéẻẽẹêềếểễệ"),
        ('i', "ìíỉĩị"),
        ('o', "òóỏõọôồốổỗộơờớởỡợ"),
        ('u', "ùúủũụưừứửữự"),
        ('y', "ỳýỷỹỵ"),
    ];
    if matches!(character, ' '..='~') {
        return character;
    }
    let lower = character.to_lowercase().next().unwrap_or(character);
    let found = LETTERS.iter().find(|(_, marked)| marked.contains(lower));
    match found {
        Some((letter, _)) if lower == character => *letter,
        Some((letter, _)) => letter.to_ascii_uppercase(),
        None => '?',
    }
}
