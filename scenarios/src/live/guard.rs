//! Who is answered: a browser on this machine that was given the address, and nobody else.
//!
//! The server listens on the loopback interface alone. Pages of other sites still run in browsers of this machine, so every request
//! must name this server as its host (against names that are rebound to 127.0.0.1), must not come from another page, and must carry the
//! token, which only the person who started the run has seen.

use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode, Uri};
use rand::Rng;
use std::fmt;

/// What makes an address unguessable: 128 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one from the system's randomness; it has no part in any result.
    pub fn draw() -> Self {
        let mut system = rand::rng();
        Self(format!("{:016x}{:016x}", system.next_u64(), system.next_u64()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes as long for a nearly right guess as for a wrong one.
    fn is(&self, guess: &str) -> bool {
        let (a, b) = (self.0.as_bytes(), guess.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a request is refused.
pub(super) type Refusal = (StatusCode, &'static str);

/// Whether a request may be answered.
pub(super) fn admit(token: &Token, port: u16, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let ours = |value: &str| hosts.iter().any(|host| host == value);
    let text = |name: HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or("unreadable"));
    let mut named = headers.get_all(header::HOST).iter().map(|v| v.to_str().unwrap_or("unreadable"));
    let authority = uri.authority().is_none_or(|a| ours(a.as_str()));
    if !authority || !named.next().is_some_and(ours) || named.next().is_some() {
        return Err((StatusCode::FORBIDDEN, "this server answers to 127.0.0.1 and localhost with its port"));
    }
    let foreign = text(header::ORIGIN).is_some_and(|o| o.strip_prefix("http://").is_none_or(|host| !ours(host)));
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if foreign || site.is_some_and(|site| site != "same-origin" && site != "none") {
        return Err((StatusCode::FORBIDDEN, "pages of other origins are not answered"));
    }
    match uri.path().split('/').nth(1) {
        Some(guess) if token.is(guess) => Ok(()),
        _ => Err((StatusCode::NOT_FOUND, "nothing is here")),
    }
}

/// What every answer carries: nothing is stored, framed, sniffed, or fetched from anywhere else, and no address leaks.
pub(super) fn protect(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                          base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(uri: &str, headers: &[(&'static str, &str)]) -> u16 {
        let map = headers.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().expect("value"))).collect();
        let token = Token("00ff".into());
        admit(&token, 8080, &uri.parse().expect("uri"), &map).map_or_else(|(status, _)| status.as_u16(), |()| 200)
    }

    #[test]
    fn only_this_machine_with_the_token_is_answered() {
        let good = ("host", "127.0.0.1:8080");
        assert_eq!(judged("/00ff/", &[good]), 200);
        assert_eq!(judged("/00ff/view?step=3", &[("host", "localhost:8080")]), 200);
        assert_eq!(
            judged("/00ff/", &[good, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]),
            200
        );
        for host in
            ["evil.example", "evil.example:8080", "127.0.0.1", "127.0.0.1:8081", "127.0.0.1:8080.evil.example", ""]
        {
            assert_eq!(judged("/00ff/", &[("host", host)]), 403, "{host}");
        }
        assert_eq!(judged("/00ff/", &[]), 403);
        assert_eq!(judged("http://evil.example/00ff/", &[good]), 403);
        for origin in ["http://evil.example", "https://127.0.0.1:8080", "http://127.0.0.1:8081", "null", ""] {
            assert_eq!(judged("/00ff/", &[good, ("origin", origin)]), 403, "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert_eq!(judged("/00ff/", &[good, ("sec-fetch-site", site)]), 403, "{site}");
        }
        for path in ["/", "/00fe/", "/00f/", "/00fff/", "//00ff/", "/view", "/00FF/"] {
            assert_eq!(judged(path, &[good]), 404, "{path}");
        }
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (a, b) = (Token::draw(), Token::draw());
        assert!(a != b && a.as_str().len() == 32 && a.is(a.as_str()) && !a.is(b.as_str()));
        assert!(!format!("{a:?}").contains(a.as_str()), "a log must not give it away");
    }
}
