//! In which language somebody reads: what they chose, else what their browser prefers, else
//! Vietnamese.

use axum::http::{HeaderMap, Uri, header};
use lienthong_domain::language::Language;

use crate::http::cookie;

/// The cookie that remembers a choice.
pub(crate) const COOKIE: &str = "lang";
const PARAMETER: &str = "lang";
/// A header that lists more languages than this is not read further.
const PREFERENCES_MAX: usize = 32;

/// The language of a page.
#[must_use]
pub(crate) fn of_reader(uri: &Uri, headers: &HeaderMap) -> Language {
    chosen(uri)
        .or_else(|| cookie(headers, COOKIE).and_then(tagged))
        .unwrap_or_else(|| preferred(headers))
}

/// The language that the address asks for.
#[must_use]
pub(crate) fn chosen(uri: &Uri) -> Option<Language> {
    let pairs = uri.query()?.split('&').filter_map(|it| it.split_once('='));
    pairs.into_iter().find(|(name, _)| *name == PARAMETER).and_then(|(_, tag)| tagged(tag))
}

/// The language of a program's messages, by `Accept-Language`.
#[must_use]
pub(crate) fn preferred(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
    let wanted = header.unwrap_or_default().split(',').take(PREFERENCES_MAX).filter_map(|it| {
        let (tag, parameters) = it.split_once(';').unwrap_or((it, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |it| it.parse().ok());
        let weight: f32 = weight.filter(|it| *it > 0.0)?;
        Some((tagged(tag.trim().split('-').next()?)?, weight))
    });
    let best = wanted.fold(None, |best: Option<(Language, f32)>, next| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    });
    best.map_or(Language::Vi, |(language, _)| language)
}

/// The same address in another language.
#[must_use]
pub(crate) fn switched(uri: &Uri, to: Language) -> String {
    let kept = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|it| !it.is_empty() && it.split('=').next() != Some(PARAMETER));
    let query: String = kept.map(|it| format!("{it}&")).collect();
    // A path that begins with two slashes would lead to another site.
    let path = uri.path().trim_start_matches('/');
    format!("/{path}?{query}{PARAMETER}={}", to.tag())
}

fn tagged(tag: &str) -> Option<Language> {
    [Language::Vi, Language::En].into_iter().find(|it| it.tag().eq_ignore_ascii_case(tag))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn preferring(header: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(header))])
    }

    #[test]
    fn the_heaviest_known_language_wins_and_the_first_of_equals() {
        for (header, expected) in [
            ("", Language::Vi),
            ("fr", Language::Vi),
            ("en-GB,en;q=0.9,vi;q=0.8", Language::En),
            ("vi;q=0.4, en;q=0.7", Language::En),
            ("vi,en", Language::Vi),
            ("en;q=0", Language::Vi),
            ("fr, en;q=x, vi;q=0.1", Language::Vi),
        ] {
            assert_eq!(preferred(&preferring(header)), expected, "{header}");
        }
    }

    #[test]
    fn a_choice_goes_before_the_cookie_and_the_cookie_before_the_browser() {
        let mut headers = preferring("vi");
        let uri = Uri::from_static("/dossiers?lang=fr");
        assert_eq!(of_reader(&uri, &headers), Language::Vi);
        headers.append(header::COOKIE, HeaderValue::from_static("lang=en"));
        assert_eq!(of_reader(&uri, &headers), Language::En);
        assert_eq!(of_reader(&Uri::from_static("/?lang=vi"), &headers), Language::Vi);
    }

    #[test]
    fn the_other_language_keeps_the_rest_of_the_address() {
        let uri = Uri::from_static("/dossiers?cursor=abc&lang=vi");
        assert_eq!(switched(&uri, Language::En), "/dossiers?cursor=abc&lang=en");
        assert_eq!(switched(&Uri::from_static("/"), Language::Vi), "/?lang=vi");
        let elsewhere = Uri::from_static("//elsewhere.example/x");
        assert_eq!(switched(&elsewhere, Language::En), "/elsewhere.example/x?lang=en");
    }
}
