//! How a page looks and what its script must know about that.

use crate::picture::{ColourMap, svg};
use crate::report::html::PAGE_STYLE;
use std::fmt::Write;

const SCRIPT: &str = include_str!("page.js");
const DARK: &str = "@media (prefers-color-scheme:dark){";

/// The style of a page: dark where the reader's system is, unless the reader chose; what is printed is always light.
pub(super) fn style() -> String {
    format!("{}{}", with_choice(svg::STYLE), with_choice(PAGE_STYLE))
}

/// Each rule for dark systems becomes one for systems and one for who chose: `data-theme` at the root goes before the system.
fn with_choice(style: &str) -> String {
    let mut out = String::with_capacity(style.len() + 1024);
    for line in style.lines() {
        let dark =
            line.strip_prefix(DARK).and_then(|rule| rule.strip_suffix('}')).and_then(|rule| rule.split_once('{'));
        let Some((selector, body)) = dark else {
            out += line;
            out.push('\n');
            continue;
        };
        let below = selector.strip_prefix(":root").map_or(format!(" {selector}"), str::to_owned);
        let system = "@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light])";
        let chosen = "@media screen{:root[data-theme=dark]";
        let _ = writeln!(out, "{system}{below}{{{body}}}\n{chosen}{below}{{{body}}}");
    }
    out
}

/// What the script is told, and the script.
pub(super) fn scripts(shown: ColourMap) -> String {
    let name = |map: ColourMap| if map == ColourMap::Gwyddion { "Gwyddion" } else { "Gold" };
    let heights: serde_json::Map<String, serde_json::Value> =
        ColourMap::HEIGHTS.iter().map(|map| (name(*map).to_owned(), map.hex(255).into())).collect();
    let told = serde_json::json!({"style": svg::light_style(), "heights": heights, "shown": name(shown)});
    let told = told.to_string().replace('<', "\\u003c");
    format!("<script type=\"application/json\" id=\"looks\">{told}</script>\n<script>\n{SCRIPT}</script>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_goes_before_the_system_and_print_is_light() {
        let style = style();
        assert!(!style.contains(DARK), "every rule for dark systems asks for the choice");
        for rule in [
            ":root:not([data-theme=light]){color-scheme:dark;--back:",
            ":root[data-theme=dark]{color-scheme:dark;--back:",
            ":root[data-theme=dark] .themed .picture{--blue:",
        ] {
            assert_eq!(style.matches(rule).count(), 1, "{rule}");
        }
        assert_eq!(style.matches('{').count(), style.matches('}').count());
    }
}
