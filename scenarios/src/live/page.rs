//! The page and what belongs to it, compiled in.

use crate::picture::svg;
use crate::report::PAGE_STYLE;

pub(super) const PAGE: &str = include_str!("page.html");
pub(super) const SCRIPT: &str = include_str!("page.js");

/// The report's style and what the live page has beyond it.
pub(super) fn style() -> String {
    format!("{}{PAGE_STYLE}{}", svg::STYLE, include_str!("page.css"))
}
