/// Somebody who writes or gets mail here. All are invented.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
}

const fn person(name: &'static str, address: &'static str) -> Person {
    Person { name, address }
}

/// To whom the mailboxes belong.
pub(super) const HANA: Person = person("Hana Lindqvist", "hana@example.org");

pub(super) const ASTA: Person = person("Åsta Brunnholm", "asta@example.org");
pub(super) const BASTIEN: Person = person("Bastien Orrelle", "bastien@example.com");
pub(super) const IMKE: Person = person("Imke Deichgräber", "imke@harbour.example");
pub(super) const JORG: Person = person("Jörg Weidenstätt", "joerg@example.org");
pub(super) const MAREK: Person = person("Marek Dobrusek", "marek@workshop.example");
pub(super) const ODILE: Person = person("Odile Fennimore", "odile@example.com");
pub(super) const PAVLA: Person = person("Pavla Říčanová", "pavla@example.com");
pub(super) const RUBEN: Person = person("Rubén Ibarrola", "ruben@example.com");
pub(super) const SOREN: Person = person("Søren Kjelstrup", "soeren@harbour.example");
pub(super) const TOVE: Person = person("Tove Aldermann", "tove@example.com");
pub(super) const ZENO: Person = person("Zeno Vantongel", "zeno@example.org");

pub(super) const BOOKSHOP: Person = person("The Paper Lantern, books", "news@lantern.example");
pub(super) const BUILDS: Person = person("Nightly builds", "builds@workshop.example");
pub(super) const POWER: Person = person("Harbour Power Cooperative", "billing@power.example");
pub(super) const SHOP: Person = person("Kettle & Thread", "orders@kettle.example");
pub(super) const STATION: Person = person("Weather station, roof", "station@harbour.example");

pub(super) const KAEDE: Person = person("水沢 楓", "kaede@example.jp");
pub(super) const REN: Person = person("北見 蓮", "ren@example.jp");
pub(super) const CHIHIRO: Person = person("若宮 千尋", "chihiro@example.jp");
pub(super) const MINATO: Person = person("みなと書店", "mise@minato.example");
pub(super) const RYOKAN: Person = person("山の宿 しらかば", "yado@shirakaba.example");
