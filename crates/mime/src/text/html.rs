//! HTML as text for a person to read.

use std::collections::HashMap;
use std::convert::Infallible;

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

/// The text of an HTML document, or of a piece of one, as lines that end with LF.
///
/// Paragraphs are set apart by a blank line, items of lists have `-` or their number in front, quotations `>`, cells of
/// a table ` | ` between them. A link has a number behind it, `[1]`, and what it leads to stands at the end, unless the
/// text says it already; only links that lead to the web, to mail or to a telephone are told. An image is its
/// alternative text in brackets. Scripts, styles and what is hidden by `hidden` or `display:none` are left out. Lines
/// are not wrapped. Nothing is ever fetched.
///
/// HTML is read token by token, without a tree, so time is linear and nesting costs nothing, whatever the document
/// holds. The text is at most some ten times as long as the document. Control characters that the document holds are
/// in the text too.
///
/// ```
/// let html = "<p>See <a href='https://example.org/'>our site</a>.</p><ul><li>one<li>two</ul>";
/// let text = "See our site [1].\n\n- one\n- two\n\n[1] https://example.org/\n";
/// assert_eq!(tayori_mime::html_to_text(html), text);
/// ```
pub fn html_to_text(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    // So that what stands in a script or a style is not taken for tags.
    emitter.naively_switch_states(true);
    let mut writer = Writer::default();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let token = token.unwrap_or_else(|never: Infallible| match never {});
        match token {
            Token::StartTag(tag) => writer.start(&tag),
            Token::EndTag(tag) => writer.end(&tag.name),
            Token::String(text) => writer.string(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    writer.finish()
}

/// Levels of quotations that are shown. Each costs two characters in every line.
const QUOTES: usize = 5;

/// Levels of lists that are shown, likewise.
const LISTS: usize = 5;

/// More blank lines than these say no more.
const NEWLINES: u8 = 3;

#[derive(Default)]
struct Writer {
    text: String,
    /// What has to stand between the text so far and what comes.
    gap: Gap,
    quotes: usize,
    /// Those around the last line that was written.
    quotes_before: usize,
    lists: Vec<List>,
    /// Lists inside more than [`LISTS`] others.
    deeper_lists: usize,
    /// What stands in front of the next text, since a new item begins there.
    marker: Option<String>,
    preformatted: usize,
    link: Option<Link>,
    links: Links,
    /// What is left out: the element, and how many of its name are open.
    hidden: Option<(HtmlString, usize)>,
}

/// The larger of two gaps holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    /// Between the cells of a row.
    Cell,
    /// Line ends, at least one.
    Lines(u8),
}

const LINE: Gap = Gap::Lines(1);
const PARAGRAPH: Gap = Gap::Lines(2);

enum List {
    Bullets,
    /// The number of the next item.
    Numbers(u64),
}

struct Link {
    target: String,
    /// Where its text begins.
    start: usize,
}

#[derive(Default)]
struct Links {
    targets: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Links {
    fn number(&mut self, target: String) -> usize {
        let next = self.targets.len() + 1;
        let number = *self.numbers.entry(target.clone()).or_insert(next);
        if number == next {
            self.targets.push(target);
        }
        number
    }
}

impl Writer {
    fn start(&mut self, tag: &StartTag<()>) {
        if let Some((name, open)) = &mut self.hidden {
            *open += usize::from(*name == tag.name && !tag.self_closing);
            return;
        }
        let name = &tag.name[..];
        if !is_void(name) && (is_never_text(name) || is_hidden(tag)) {
            self.at_least(around(name));
            self.hidden = Some((tag.name.clone(), 1));
            return;
        }
        match name {
            b"br" => self.line_break(),
            b"hr" => {
                self.at_least(LINE);
                self.push_str("----");
                self.at_least(LINE);
            }
            b"img" => {
                let alternative = tag.attributes.get(&b"alt"[..]);
                let alternative = alternative.map(|text| String::from_utf8_lossy(text).trim().to_owned());
                if let Some(text) = alternative.filter(|text| !text.is_empty()) {
                    self.string(&format!("[{text}]"));
                }
            }
            b"a" => {
                self.end_link();
                let target = tag.attributes.get(&b"href"[..]).and_then(|target| target_of(target));
                self.link = target.map(|target| Link { target, start: self.text.len() });
            }
            b"td" | b"th" => self.at_least(Gap::Cell),
            b"li" => {
                self.at_least(LINE);
                self.marker = Some(match self.lists.last_mut() {
                    Some(List::Numbers(next)) => {
                        let marker = format!("{next}. ");
                        *next = next.saturating_add(1);
                        marker
                    }
                    Some(List::Bullets) | None => "- ".to_owned(),
                });
            }
            b"ul" => self.start_list(List::Bullets),
            b"ol" => {
                let start = tag.attributes.get(&b"start"[..]).and_then(|text| std::str::from_utf8(text).ok());
                self.start_list(List::Numbers(start.and_then(|text| text.trim().parse().ok()).unwrap_or(1)));
            }
            b"blockquote" => {
                self.at_least(PARAGRAPH);
                self.quotes = self.quotes.saturating_add(1);
            }
            b"pre" => {
                self.at_least(PARAGRAPH);
                self.preformatted += 1;
            }
            name => self.at_least(around(name)),
        }
    }

    fn end(&mut self, name: &HtmlString) {
        if let Some((hidden, open)) = &mut self.hidden {
            *open -= usize::from(hidden == name);
            if *open == 0 {
                self.hidden = None;
                self.at_least(around(name));
            }
            return;
        }
        match &name[..] {
            b"a" => self.end_link(),
            b"ul" | b"ol" => {
                if self.deeper_lists > 0 {
                    self.deeper_lists -= 1;
                } else {
                    self.lists.pop();
                }
                self.marker = None;
                self.at_least(if self.lists.is_empty() { PARAGRAPH } else { LINE });
            }
            b"blockquote" => {
                self.at_least(PARAGRAPH);
                self.quotes = self.quotes.saturating_sub(1);
            }
            b"pre" => {
                self.at_least(PARAGRAPH);
                self.preformatted = self.preformatted.saturating_sub(1);
            }
            // Browsers read `</br>` so.
            b"br" => self.line_break(),
            name => self.at_least(around(name)),
        }
    }

    fn string(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        for character in text.chars() {
            match character {
                '\n' if self.preformatted > 0 => self.line_break(),
                '\r' if self.preformatted > 0 => {}
                ' ' | '\t' if self.preformatted > 0 => self.push(character),
                ' ' | '\t' | '\n' | '\r' | '\x0c' | '\u{a0}' => self.at_least(Gap::Space),
                // Invisible: where a word may be divided, and what fills up the preview of a list of messages.
                '\u{ad}' | '\u{34f}' | '\u{200b}' | '\u{feff}' => {}
                _ => self.push(character),
            }
        }
    }

    fn finish(mut self) -> String {
        self.end_link();
        (self.quotes, self.preformatted, self.marker) = (0, 0, None);
        self.lists.clear();
        if !self.links.targets.is_empty() {
            self.at_least(PARAGRAPH);
            for (index, target) in std::mem::take(&mut self.links.targets).iter().enumerate() {
                self.push_str(&format!("[{}] {target}", index + 1));
                self.gap = LINE;
            }
        }
        self.text.truncate(self.text.trim_end().len());
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text
    }

    fn at_least(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn line_break(&mut self) {
        self.gap = match self.gap {
            Gap::Lines(lines) => Gap::Lines(lines.saturating_add(1).min(NEWLINES)),
            Gap::None | Gap::Space | Gap::Cell => LINE,
        };
    }

    fn start_list(&mut self, list: List) {
        self.at_least(if self.lists.is_empty() { PARAGRAPH } else { LINE });
        self.marker = None;
        if self.lists.len() < LISTS {
            self.lists.push(list);
        } else {
            self.deeper_lists += 1;
        }
    }

    fn end_link(&mut self) {
        let Some(Link { target, start }) = self.link.take() else { return };
        let shown = self.text[start..].trim();
        let bare = target.strip_prefix("mailto:").or(target.strip_prefix("tel:")).unwrap_or(&target);
        if shown == target || shown == bare || format!("{shown}/") == target {
            return;
        }
        let number = self.links.number(target);
        // Behind the last word of its text, whatever was to stand between that and what follows.
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        if self.text.len() > start {
            self.gap = Gap::Space;
        } else {
            self.gap = gap;
        }
        self.push_str(&format!("[{number}]"));
        if gap != Gap::None {
            self.gap = gap;
        }
    }

    fn push_str(&mut self, text: &str) {
        text.chars().for_each(|character| self.push(character));
    }

    fn push(&mut self, character: char) {
        let gap = std::mem::take(&mut self.gap);
        if self.text.is_empty() {
            self.begin_line();
        } else {
            match gap {
                Gap::None => {}
                Gap::Space => self.text.push(' '),
                Gap::Cell => self.text.push_str(" | "),
                Gap::Lines(lines) => {
                    for _ in 1..lines {
                        self.text.push('\n');
                        let quotes = "> ".repeat(self.quotes.min(self.quotes_before).min(QUOTES));
                        self.text.push_str(quotes.trim_end());
                    }
                    self.text.push('\n');
                    self.begin_line();
                }
            }
        }
        self.text.push(character);
    }

    fn begin_line(&mut self) {
        self.quotes_before = self.quotes;
        for _ in 0..self.quotes.min(QUOTES) {
            self.text.push_str("> ");
        }
        for _ in 1..self.lists.len() {
            self.text.push_str("  ");
        }
        match self.marker.take() {
            Some(marker) => self.text.push_str(&marker),
            None if self.lists.is_empty() => {}
            None => self.text.push_str("  "),
        }
    }
}

/// What an element keeps between itself and its neighbours.
fn around(name: &[u8]) -> Gap {
    match name {
        b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"dl" | b"figure" => PARAGRAPH,
        b"address" | b"article" | b"aside" | b"body" | b"caption" | b"center" | b"dd" | b"details"
        | b"div" | b"dt" | b"fieldset" | b"figcaption" | b"footer" | b"form" | b"header" | b"legend"
        | b"li" | b"main" | b"nav" | b"option" | b"section" | b"summary" | b"table" | b"tbody" | b"tfoot"
        | b"thead" | b"tr" => LINE,
        _ => Gap::None,
    }
}

fn is_never_text(name: &[u8]) -> bool {
    matches!(name, b"script" | b"style" | b"title" | b"template" | b"object" | b"svg" | b"textarea")
}

/// Elements that have no end, so that nothing can be inside them.
fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"area"
            | b"base"
            | b"br"
            | b"col"
            | b"embed"
            | b"hr"
            | b"img"
            | b"input"
            | b"link"
            | b"meta"
            | b"param"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

/// Whether its author wants an element not to be seen: most often a second beginning of the text, for lists of
/// messages.
fn is_hidden(tag: &StartTag<()>) -> bool {
    if tag.self_closing {
        return false;
    }
    let style = tag.attributes.get(&b"style"[..]).map(|style| {
        let kept = style.iter().filter(|octet| !octet.is_ascii_whitespace());
        kept.map(u8::to_ascii_lowercase).collect::<Vec<u8>>()
    });
    tag.attributes.contains_key(&b"hidden"[..])
        || style.is_some_and(|style| memchr::memmem::find(&style, b"display:none").is_some())
}

/// Where a link leads, if it leads out of the document; in one line.
fn target_of(href: &HtmlString) -> Option<String> {
    const SCHEMES: [&str; 5] = ["http:", "https:", "mailto:", "ftp:", "tel:"];
    let target: String =
        String::from_utf8_lossy(href).chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let leads_out = SCHEMES
        .iter()
        .any(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    leads_out.then_some(target)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(html_to_text(html), expected, "{html}");
    }

    #[test]
    fn paragraphs_and_lines() {
        check("", "");
        check(" \n ", "");
        check("plain\n text ", "plain text\n");
        check("<p>a</p><p>b</p>", "a\n\nb\n");
        check("<div>a</div><div>b<div>c</div></div>d", "a\nb\nc\nd\n");
        check("a<br>b<br/><br>c</br>d", "a\nb\n\nc\nd\n");
        check("a<br><br><br><br><br>b", "a\n\n\nb\n");
        check("<h1>Title</h1>text<hr>more", "Title\n\ntext\n----\nmore\n");
        check("<b>a</b><i>b</i> <u>c</u>&nbsp;d", "ab c d\n");
        check("日本語の<b>メール</b>です。<br>次の行。", "日本語のメールです。\n次の行。\n");
        check("&lt;b&gt; &amp; &#x2764; &copy;&unknown;", "<b> & ❤ ©&unknown;\n");
        check("<pre>\n a\n  b\r\n\nc</pre>d", " a\n  b\n\nc\n\nd\n");
    }

    #[test]
    fn lists_and_quotations() {
        check("a<ul><li>b</li><li>c</li></ul>d", "a\n\n- b\n- c\n\nd\n");
        check("<ol start=3><li>a<li>b<br>c</ol>", "3. a\n4. b\n  c\n");
        check("<ul><li>a<ol><li>b<li>c</ol><li>d</ul>", "- a\n  1. b\n  2. c\n- d\n");
        check("<ul><li><p>a</p><li></ul>b", "- a\n\nb\n");
        check(
            "a<blockquote>b<p>c<blockquote>d</blockquote></blockquote>e",
            "a\n\n> b\n>\n> c\n>\n> > d\n\ne\n",
        );
        check("</ul></ol></blockquote></pre></a></td>a", "a\n");
    }

    #[test]
    fn links_and_images() {
        check(
            "<a href='https://a.org/'>here</a>, <a href=https://b.org/x>there </a>and <a href='https://a.org/'>again</a>",
            "here [1], there [2] and again [1]\n\n[1] https://a.org/\n[2] https://b.org/x\n",
        );
        check(
            "<a href='https://a.org/'>https://a.org</a> <a href='mailto:a@b.org'>a@b.org</a>",
            "https://a.org a@b.org\n",
        );
        check(
            "<a href='javascript:x()'>a</a> <a href='#b'>b</a> <a name=c>c</a> <a href='data:text/html,x'>d</a>",
            "a b c d\n",
        );
        check("<img alt='Our logo' src='https://a.org/track'><img src=x><img alt=' '>", "[Our logo]\n");
        check("a <a href='https://a.org/'><img src=x></a> b", "a [1] b\n\n[1] https://a.org/\n");
        check(
            "<a href='https://a.org/'>a<p>b <a href='https://b.org/'>c",
            "a\n\nb [1] c [2]\n\n[1] https://a.org/\n[2] https://b.org/\n",
        );
        check("<a href=' https://a.org/\nx\u{7} '>a</a>", "a [1]\n\n[1] https://a.org/x\n");
    }

    #[test]
    fn tables() {
        check(
            "<table><tr><th>Name<th>Price<tr><td>Tea</td>\n<td>2 €</td></tr></table>",
            "Name | Price\nTea | 2 €\n",
        );
        check("<table><tr><td></td><td>only</td><td></td></tr></table>after", "only\nafter\n");
        check("<table><tr><td><table><tr><td>a</table></td><td><p>b</table>", "a\n\nb\n");
    }

    #[test]
    fn what_is_not_to_be_seen() {
        check(
            "<head><title>t</title><style>p > a {}</style><script>if (a < b) '<p>x'</script><body>a",
            "a\n",
        );
        check("<div style='color:red; DISPLAY : none'>x<div>y</div>z</div>a<p hidden>b</p>c", "a\n\nc\n");
        check("<!-- <p>x --> a <![if !mso]>b<![endif]>", "a b\n");
        check("a\u{ad}b\u{200b}c", "abc\n");
        check("<br hidden>a<img style='display:none' alt=x>", "a[x]\n");
    }

    #[test]
    fn time_is_linear_in_what_is_opened() {
        let start = Instant::now();
        for piece in [
            "<div>",
            "<b><p>",
            "<a href=http:x>",
            "<ul><li>",
            "<blockquote>a",
            "<table><tr><td>",
            "<!--",
            "<a b='",
            "&",
            "&#",
            "<",
            "</",
            "<script>",
            "<p hidden>",
            "<li>a",
            "<br>",
            "<pre>\na",
            "<x a=b c=d>",
            "<x ",
            "a=b ",
            "<title>",
            "<![CDATA[",
        ] {
            let html = piece.repeat((1 << 17) / piece.len());
            let text = html_to_text(&html);
            assert!(text.len() <= 11 * html.len(), "{piece}");
        }
        let html = "<x ".to_owned() + &(0..10_000).map(|number| format!("a{number}=b ")).collect::<String>();
        html_to_text(&html);
        assert!(start.elapsed() < Duration::from_secs(60), "minutes, if it is quadratic");
    }

    proptest! {
        #[test]
        fn noise_is_text(html in "(<|>|/|&|;|#|'|\"|=| |a|p|li|ul|pre|br|td|href|style|hidden|http:|script|!--|--|x){0,40}", other in any::<String>()) {
            for html in [&html, &other] {
                let text = html_to_text(html);
                prop_assert!(text.is_empty() || text.ends_with('\n'));
                prop_assert!(!text.contains("\n\n\n\n"));
            }
        }
    }
}
