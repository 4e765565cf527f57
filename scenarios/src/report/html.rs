//! The few pieces of HTML that pages are made of.

use crate::picture::{ColourMap, Picture};
use crate::report::looks;
use std::fmt::Write;

pub(crate) use crate::picture::svg::escape;

/// How every page looks; pictures have a style of their own.
pub(crate) const PAGE_STYLE: &str = include_str!("page.css");

/// A whole page around `body`, which is already HTML.
pub(crate) fn page(title: &str, body: &str) -> String {
    page_with(title, body, ColourMap::Gold)
}

/// [`page`] with heights in other colours.
pub(super) fn page_with(title: &str, body: &str, heights: ColourMap) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n\
         <body class=\"themed\">\n<main>\n{body}</main>\n{}</body>\n</html>\n",
        escape(title),
        looks::style(),
        looks::scripts(heights)
    )
}

/// A picture with a caption, which is already HTML; the page offers it as a file, and its numbers.
pub(crate) fn panel(picture: &dyn Picture, caption: &str) -> String {
    let (numbers, elsewhere) = match picture.numbers() {
        Some(n) => (format!("<script type=\"application/json\" class=\"data\">{}</script>\n", n.json()), ""),
        None => (String::new(), " Its numbers, too many for this page, are in the files beside it."),
    };
    let picture = picture.svg();
    format!("<figure>\n{picture}<figcaption><span>{caption}{elsewhere}</span></figcaption>\n{numbers}</figure>\n")
}

/// A picture with a caption and nothing else; `picture` and `caption` are already HTML.
pub(crate) fn figure(picture: &str, caption: &str) -> String {
    format!("<figure>\n{picture}<figcaption>{caption}</figcaption>\n</figure>\n")
}

/// Figures side by side; nothing for none.
pub(crate) fn grid(figures: &str) -> String {
    if figures.is_empty() { String::new() } else { format!("<div class=\"figures\">\n{figures}</div>\n") }
}

/// A section with a heading; `body` is already HTML. An empty body gives no section.
pub(crate) fn section(heading: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("<section>\n<h2>{}</h2>\n{body}</section>\n", escape(heading))
}

/// A table from texts that are not yet HTML. The first column is text, the others are numbers.
pub(crate) fn table<const N: usize>(caption: &str, head: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<&[String]> = rows.iter().map(<[String; N]>::as_slice).collect();
    wide_table(caption, &head, &rows)
}

/// [`table`] of any number of columns.
pub(crate) fn wide_table(caption: &str, head: &[&str], rows: &[&[String]]) -> String {
    let mut out = format!("<div class=\"scroll\"><table>\n<caption>{}</caption>\n<thead><tr>", escape(caption));
    for cell in head {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(cell));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            let (open, close) = if i == 0 { ("<th scope=\"row\">", "</th>") } else { ("<td>", "</td>") };
            let _ = write!(out, "{open}{}{close}", escape(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
    out
}

/// A list of names and values that are not yet HTML.
pub(crate) fn definitions(pairs: &[(String, String)]) -> String {
    let mut out = String::from("<dl>\n");
    for (name, value) in pairs {
        let _ = writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    }
    out.push_str("</dl>\n");
    out
}

/// A part that is closed until somebody opens it; `body` is already HTML.
pub(crate) fn details(summary: &str, body: &str) -> String {
    format!("<details>\n<summary>{}</summary>\n{body}</details>\n", escape(summary))
}

/// A name such as `max_current` for people.
///
/// A unit at the end of an array's name, as in `amplitude_m`, is left out: axes carry units of their own.
pub(crate) fn words(name: &str) -> String {
    const UNITS: [&str; 12] = ["m", "um", "nm", "pm", "v", "mv", "a", "ua", "na", "pa", "deg", "si"];
    let bare = match name.rsplit_once('_') {
        Some((bare, unit)) if UNITS.contains(&unit) => bare,
        _ => name,
    };
    bare.replace(['_', '-'], " ")
}
