//! The few pieces of SVG text that pictures are made of.

use std::fmt::Write;

/// Style shared by every picture, in a page and alone. Text inherits its family and colour.
pub const STYLE: &str = include_str!("picture.css");

/// [`STYLE`] for a file that stands alone: always light, and without variables, which not every program that draws SVG knows.
pub fn light_style() -> String {
    let mut variables: Vec<(&str, &str)> = Vec::new();
    let mut out = String::new();
    for line in STYLE.lines().filter(|line| !line.starts_with("@media")) {
        let Some((selector, body)) = line.strip_prefix(".picture{").map(|body| (".picture", body)) else {
            out += line;
            out.push('\n');
            continue;
        };
        let (own, rest): (Vec<_>, Vec<_>) = body.trim_end_matches('}').split(';').partition(|d| d.starts_with("--"));
        variables.extend(own.iter().filter_map(|d| d.trim_start_matches("--").split_once(':')));
        let _ = writeln!(out, "{selector}{{{}}}", rest.join(";"));
    }
    variables.iter().fold(out, |style, (name, value)| style.replace(&format!("var(--{name})"), value))
}

/// Text made safe for HTML and XML, in element content and in quoted attributes.
///
/// Control characters that XML forbids become the replacement character.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate with at most two decimals: a hundredth of a unit is below what any screen shows.
pub fn coordinate(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// A picture of `width` × `height` units that scales with its place and says what it shows to who cannot see it.
pub fn picture(width: f64, height: f64, description: &str, body: &str) -> String {
    let description = escape(description);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-label=\"{description}\">\n<title>{description}</title>\n{body}</svg>\n",
        coordinate(width),
        coordinate(height)
    )
}

/// Several pictures side by side as one SVG file with its own style: each is `(width, height, picture)`.
pub fn standalone(pictures: &[(f64, f64, String)], description: &str) -> String {
    const GAP: f64 = 16.0;
    let height = pictures.iter().map(|p| p.1).fold(0.0, f64::max);
    let mut x = 0.0;
    let style = light_style();
    let mut body = format!("<style>{style}.sheet{{fill:#fff}}svg{{font-family:system-ui,sans-serif}}</style>\n");
    let total = pictures.iter().map(|p| p.0 + GAP).sum::<f64>() - GAP;
    let _ = writeln!(
        body,
        "<rect class=\"sheet\" x=\"-12\" y=\"-12\" width=\"{}\" height=\"{}\"/>",
        coordinate(total + 24.0),
        coordinate(height + 24.0)
    );
    for (w, h, text) in pictures {
        let at = format!("<svg x=\"{}\" width=\"{}\" height=\"{}\" ", coordinate(x), coordinate(*w), coordinate(*h));
        body.push_str(&text.replacen("<svg ", &at, 1));
        x += w + GAP;
    }
    let description = escape(description);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 {} {}\" width=\"{}\" height=\"{}\" role=\"img\" \
         aria-label=\"{description}\">\n{body}</svg>\n",
        coordinate(total + 24.0),
        coordinate(height + 24.0),
        coordinate(total + 24.0),
        coordinate(height + 24.0)
    )
}

/// A line of text. `class` picks size, weight and anchor from the style.
pub fn text(x: f64, y: f64, class: &str, content: &str) -> String {
    format!("<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>\n", coordinate(x), coordinate(y), escape(content))
}

/// A straight line.
pub fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    format!("<path class=\"{class}\" d=\"{}\"/>\n", path(&[from, to]))
}

/// Path data through points; it breaks where a coordinate is not finite.
pub fn path(points: &[(f64, f64)]) -> String {
    let mut data = String::new();
    let mut pen_down = false;
    for &(x, y) in points {
        if x.is_finite() && y.is_finite() {
            let _ = write!(data, "{}{} {}", if pen_down { 'L' } else { 'M' }, coordinate(x), coordinate(y));
            pen_down = true;
        } else {
            pen_down = false;
        }
    }
    data
}

/// A rough width of a text in units, for layout: no font is measured, so it errs on the wide side.
pub fn text_width(content: &str, font_size: f64) -> f64 {
    0.62 * font_size * content.chars().count() as f64
}

/// The text without its embedded rasters and numbers, in which any short word can turn up by chance.
#[cfg(test)]
pub(crate) fn without_rasters(text: &str) -> String {
    let without = |text: &str, start: &str, end: &str| {
        let mut parts = text.split(start);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |out, part| out + part.split_once(end).map_or("", |(_, rest)| rest))
    };
    let plain = without(text, "data:image/png;base64,", "\"");
    without(&plain, "<script type=\"application/json\"", "</script>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escape("<b a=\"x\">'&'"), "&lt;b a=&quot;x&quot;&gt;&#39;&amp;&#39;");
        assert_eq!(escape("a\u{0}b\n"), "a\u{fffd}b\n");
        assert!(!picture(1.0, 1.0, "<script>", "").contains("<script"));
    }

    #[test]
    fn coordinates_are_short_and_never_minus_zero() {
        assert_eq!(coordinate(1.0), "1");
        assert_eq!(coordinate(-0.001), "0");
        assert_eq!(coordinate(2.345_678), "2.35");
    }

    #[test]
    fn a_path_breaks_at_what_is_not_finite() {
        let data = path(&[(0.0, 0.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 3.0)]);
        assert_eq!(data, "M0 0L1 1M3 3");
        assert_eq!(path(&[(f64::NAN, 0.0)]), "");
    }

    #[test]
    fn a_style_alone_is_light_and_has_no_variables() {
        let style = light_style();
        assert!(!style.contains("var(") && !style.contains("--") && !style.contains("@media"), "{style}");
        assert!(style.contains(".blue{stroke:#0072b2}") && style.contains(".fill-ramp7{fill:#a3a818}"));
        assert!(style.contains(".picture{overflow:visible}"));
    }

    #[test]
    fn pictures_stand_alone_side_by_side() {
        let one = picture(100.0, 50.0, "one", "");
        let sheet = standalone(&[(100.0, 50.0, one.clone()), (100.0, 80.0, one)], "both");
        assert!(sheet.contains("viewBox=\"-12 -12 240 104\""), "{sheet}");
        assert!(sheet.contains("x=\"116\" width=\"100\""));
        assert_eq!(sheet.matches("<svg ").count(), 3);
        assert_eq!(sheet.matches("</svg>").count(), 3);
    }
}
