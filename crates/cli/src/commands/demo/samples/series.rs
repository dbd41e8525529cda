//! Mails that come again and again, as machines and shops send them.

use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;

use super::SampleMail;
use super::compose::{begin, crlf, finish, html, moment_in_series, multipart, text};
use super::files::pdf;
use super::noise::Noise;
use super::people::{BOOKSHOP, BUILDS, HANA, POWER, SHOP, STATION};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A bill each month, with a PDF.
pub(super) fn invoices(year: u16) -> Vec<SampleMail> {
    let mut noise = Noise::new(u64::from(year));
    (1..=12_u8)
        .zip(MONTHS)
        .map(|(month, name)| {
            let date = moment_in_series(year, month, 3, 6, 30);
            let (used, number) = (90 + noise.below(110), format!("HP-{year}-{month:02}-0417"));
            let (whole, cents) = (used * 31 / 100, used * 31 % 100);
            let subject = format!("Your electricity bill for {name} {year}");
            let body = text(&format!(
                "Dear member,\n\nin {name} you used {used} kWh. Your bill {number} over {whole}.{cents:02} EUR is \
                 attached;\nit will be collected on the 15th. You need not do anything.\n\nOf this power, {} % came \
                 from the wind turbine on the mole.\n\nHarbour Power Cooperative\n",
                40 + noise.below(45),
            ));
            let page = [
                "Harbour Power Cooperative".to_owned(),
                format!("Bill {number}"),
                String::new(),
                format!("Power used in {name} {year}: {used} kWh at 0.31 EUR"),
                format!("Total: {whole}.{cents:02} EUR"),
            ];
            let bill =
                MimePart::new("application/pdf", pdf(&page)).attachment(format!("bill-{year}-{month:02}.pdf"));
            let body = multipart("multipart/mixed", "=_bill", vec![body, bill]);
            finish(date, begin(&POWER, &[&HANA], &subject, date), body)
        })
        .collect()
}

/// A letter of the bookshop each month, as text and as HTML, with the fields of a mailing list.
pub(super) fn newsletters(year: u16) -> Vec<SampleMail> {
    let books = BOOKS.iter().skip(if year.is_multiple_of(2) { 0 } else { 12 });
    (1..=12_u8)
        .zip(MONTHS)
        .zip(books)
        .map(|((month, name), (title, author, blurb))| {
            let date = moment_in_series(year, month, 18, 17, 0);
            let subject = format!("The Paper Lantern in {name}: {title}");
            let plain = text(&format!(
                "Book of the month\n=================\n\n{title}\nby {author}\n\n{blurb}\n\nOpen Tuesday to Saturday, \
                 ten to seven. The kettle is always on.\n\nNo more letters: https://lantern.example/leave\n"
            ));
            let rich = html(&format!(
                "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>The Paper Lantern</title></head>\n\
                 <body style=\"font-family: serif; background: #fdf6e3\">\n<h1>Book of the month</h1>\n\
                 <h2>{title}</h2>\n<p><i>by {author}</i></p>\n<p>{blurb}</p>\n<hr>\n<p>Open Tuesday to Saturday, ten \
                 to seven. The kettle is always on.</p>\n<p><small><a href=\"https://lantern.example/leave\">No more \
                 letters</a></small></p>\n</body></html>\n"
            ));
            let builder = begin(&BOOKSHOP, &[&HANA], &subject, date)
                .header("List-Id", Raw::new("Letters of The Paper Lantern <letters.lantern.example>"))
                .header("List-Unsubscribe", Raw::new("<https://lantern.example/leave>"))
                .header("Precedence", Raw::new("bulk"));
            finish(date, builder, multipart("multipart/alternative", "=_lantern", vec![plain, rich]))
        })
        .collect()
}

/// What the weather station on the roof has measured, each fortnight of 2025, as CSV.
pub(super) fn weather() -> Vec<SampleMail> {
    let mut noise = Noise::new(14);
    (1..=12_u8)
        .flat_map(|month| [(month, 1_u8), (month, 15)])
        .zip(REMARKS)
        .map(|((month, day), remark)| {
            let date = moment_in_series(2025, month, day, 0, 5);
            let subject = format!("Readings up to 2025-{month:02}-{day:02}");
            let mut rows = String::from("day;hour;temperature_c;humidity_percent;wind_m_s\n");
            // A year is warm in its middle and a day is warm at noon, more or less.
            let season = 6 - (i64::from(month) - 7).abs();
            for past in 1..=14 {
                for hour in [6_i64, 12, 18] {
                    let tenths = season * 35 + (6 - (hour - 12).abs()) * 6 + below(&mut noise, 60) - 40;
                    rows.push_str(&format!(
                        "{past};{hour};{:.1};{};{}\n",
                        tenths as f64 / 10.0,
                        50 + noise.below(50),
                        noise.below(18),
                    ));
                }
            }
            let note =
                text(&format!("{remark}\n\n-- \nThe station on the roof. It does not read answers.\n"));
            let table = MimePart::new("text/csv", crlf(&rows))
                .attachment(format!("readings-2025-{month:02}-{day:02}.csv"));
            let body = multipart("multipart/mixed", "=_readings", vec![note, table]);
            let builder = begin(&STATION, &[&HANA], &subject, date)
                .header("Auto-Submitted", Raw::new("auto-generated"));
            finish(date, builder, body)
        })
        .collect()
}

fn below(noise: &mut Noise, bound: u64) -> i64 {
    i64::try_from(noise.below(bound)).expect("the bounds here are below a hundred")
}

/// What a machine says each night about a program of Hana's.
pub(super) fn nightly_builds() -> Vec<SampleMail> {
    let mut noise = Noise::new(3);
    (1..=20_u8)
        .map(|night| {
            let date = moment_in_series(2026, 3, night, 3, 30);
            let (tests, failed) = (400 + u64::from(night), noise.below(7) / 6);
            let seconds = 80 + noise.below(40);
            let state = if failed == 0 { "ok" } else { "FAILED" };
            let subject = format!("[nightly] tide-tables #{}: {state}", 1_200 + u64::from(night));
            let mut report = format!("tide-tables, branch main, night {night}\n\n");
            for (step, share) in [("check", 3), ("build", 40), ("test", 57)] {
                report.push_str(&format!("  {step:<8} {:>4} s\n", seconds * share / 100));
            }
            report.push_str(&format!("\n{} passed; {failed} failed\n", tests - failed));
            if failed > 0 {
                report.push_str("\nfailed: tides::spring::the_moon_is_never_late\n");
            }
            let builder = begin(&BUILDS, &[&HANA], &subject, date)
                .header("Auto-Submitted", Raw::new("auto-generated"))
                .header("X-Build-State", Raw::new(state));
            finish(date, builder, text(&report))
        })
        .collect()
}

/// Receipts of a shop that sends nothing but HTML.
pub(super) fn receipts() -> Vec<SampleMail> {
    WARES
        .iter()
        .zip(1..)
        .map(|(&(ware, euros), number)| {
            let date = moment_in_series(2026, 1 + number / 3, 2 + number * 2, 13, 45);
            let subject = format!("Thank you for your order {}", 88_100 + u32::from(number));
            let body = html(&format!(
                "<html><body bgcolor=\"#ffffff\"><table width=\"600\" cellpadding=\"8\">\n<tr><td colspan=\"2\">\
                 <h2>Kettle &amp; Thread</h2>Hello Hana,<br>thank you for your order.</td></tr>\n\
                 <tr><td>1 &times; {ware}</td><td align=\"right\">{euros},00&nbsp;&euro;</td></tr>\n\
                 <tr><td>Postage</td><td align=\"right\">4,50&nbsp;&euro;</td></tr>\n\
                 <tr><td><b>Sum</b></td><td align=\"right\"><b>{euros_and},50&nbsp;&euro;</b></td></tr>\n\
                 </table></body></html>\n",
                euros_and = euros + 4,
            ));
            finish(date, begin(&SHOP, &[&HANA], &subject, date), body)
        })
        .collect()
}

const WARES: &[(&str, u32)] = &[
    ("Teapot, grey, 0.7 l", 38),
    ("Wool, undyed, 500 g", 29),
    ("Strainer with a handle of beech", 11),
    ("Darning needles, a set of six", 7),
    ("Cups, two, nearly alike", 24),
    ("Tea cosy “Hedgehog”", 19),
    ("Linen thread, black, waxed", 6),
    ("Caddy, tin, green", 15),
    ("Lid for teapot, grey, 0.7 l", 12),
];

/// Title, author, and what the bookseller says.
const BOOKS: &[(&str, &str, &str)] = &[
    (
        "The Second Lighthouse",
        "Maren Oltwick",
        "Two islands, two lights, one keeper with a rowing boat. You will want soup.",
    ),
    (
        "A Short History of String",
        "Pell Ondaro",
        "Not so short, in fact. But every chapter is tied to the next one, and none is wound up too early.",
    ),
    (
        "Winter Arithmetic",
        "Ilka Saarvoinen",
        "A teacher counts the days until the ferry goes again, and gets a different sum each time.",
    ),
    (
        "Le Jardin à l’envers",
        "Maëlle Coudrignac",
        "A garden that grows downwards, told by a gardener who is not surprised by it. In French, and easy to read.",
    ),
    (
        "The Cartographer’s Umbrella",
        "Jonas Fennwick-Ayre",
        "Maps, rain, and a long quarrel over where exactly the coast is. There are forty plates in colour.",
    ),
    (
        "Bread at Four",
        "Nadja Korvin",
        "Night work in a bakery: flour, radio, and the people who come for the first loaves.",
    ),
    (
        "Small Engines",
        "Taro Minakuchi",
        "Eleven stories about repairs. The one with the moped made our accountant cry.",
    ),
    (
        "Das Haus am Siel",
        "Wiebke Harlesand",
        "Vier Generationen, ein Deich und ein Klavier, das niemand stimmen will. Auf Deutsch.",
    ),
    (
        "An Atlas of Quiet Places",
        "Corin Bellhanger",
        "Read it on a train. It does not help against the train, but you will know where to get off.",
    ),
    (
        "The Apprentice Bell",
        "Sunniva Tveitdal",
        "A bell is cast too small and sent out to find its village. For children and for bell founders.",
    ),
    (
        "Correspondence with a Heron",
        "Elias Maplethorn",
        "The heron does not answer. The letters get better all the same.",
    ),
    (
        "Twelve Candles",
        "Rosalind Achterberg",
        "An advent story that ends in January, when the last guest at last arrives.",
    ),
    ("Salt Roads", "Idris Quennell", "By mule, barge and handcart along the old salt roads, with recipes."),
    (
        "The Understudy’s Coat",
        "Lotte van Zwaluw",
        "She has waited seven years in the wings. Tonight the lead has missed the tram.",
    ),
    (
        "Notes on Rust",
        "Henrike Allgaard",
        "About iron, rain and bridges. Programmers have bought it too, and only one has brought it back.",
    ),
    (
        "Kite Weather",
        "Anselm Greycoat",
        "A father, a daughter, four hundred metres of line. It is over too soon, like the season.",
    ),
    (
        "El puente de papel",
        "Inés Valdarrama",
        "Una ingeniera, un río y un concurso que nadie debía ganar. En español.",
    ),
    (
        "The Museum of Lost Umbrellas",
        "Piet Oosterlinck",
        "A night watchman’s catalogue, item by item. The author has given us three of the umbrellas.",
    ),
    (
        "High Water Marks",
        "Dagny Sørvik",
        "Lines on a wall, and what was going on in the house when each of them was drawn.",
    ),
    (
        "The Slow Post",
        "Aurelio Tamarindo",
        "A postman delivers one letter in three hundred pages. We did not skip a single one.",
    ),
    (
        "Lanterns, and How to Mend Them",
        "Yuki Hoshigaki",
        "We could not resist it, for the name alone. But the drawings are clear, and our lantern burns again.",
    ),
    (
        "The Orchard Vote",
        "Milena Hrušková",
        "A village must decide over nine apple trees and finds out everything about itself.",
    ),
    (
        "November Swimming",
        "Freya Holmqvane",
        "Cold, short, and one feels wonderful afterwards. So does the reader.",
    ),
    (
        "Paper Stars",
        "Mirabel Thistlewood",
        "To fold along with the story: thirty sheets are in the back of the book.",
    ),
];

/// What the station has to say of a fortnight.
const REMARKS: [&str; 24] = [
    "Calm and cold. The sensor for rain was bored.",
    "Frost on every morning. Fog on the 9th until noon.",
    "Snow on the gauge: readings of rain are too low.",
    "Thaw. The gauge caught up in one afternoon.",
    "First day above ten degrees.",
    "Wind from all sides, sometimes at once.",
    "A gull sat on the anemometer for two hours on the 4th.",
    "Showers and sunshine in fair shares.",
    "Dry. The barrel is empty.",
    "A thunderstorm on the 11th, one reading lost.",
    "Warm, steady, nothing to report.",
    "The longest day: sixteen hours and fifty minutes.",
    "Two tropical nights, by the standards of this roof.",
    "Haze. Visibility is not measured, but it was poor.",
    "Heavy rain on the 8th: 31 mm in an hour.",
    "Cooler, with northerly winds.",
    "The battery was changed on the 2nd.",
    "Dew in the mornings again.",
    "First gale of the autumn.",
    "Nine from the north-west on the 7th. The station held.",
    "Leaves in the gauge, taken out on the 20th.",
    "Grey. The sun was seen on three days.",
    "First night of frost.",
    "Ice on the cups; the wind was stronger than it looks here.",
];
