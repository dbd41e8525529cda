use super::SampleMail;
use super::charset::{HeaderForm, Letter, Transfer};
use super::people::{BASTIEN, HANA, IMKE, JORG, ODILE, Person, RUBEN};

/// Letters in other languages than English and Japanese, in the charsets that were usual for them.
pub(super) fn mails() -> Vec<SampleMail> {
    LETTERS.iter().map(Letter::mail).collect()
}

const VERA: Person = Person { name: "Вера Подольникова", address: "vera@example.com" };
const TARAS: Person = Person { name: "Тарас Вільшаний", address: "taras@example.com" };
const ELENI: Person = Person { name: "Ελένη Θαλασσινού", address: "eleni@example.com" };
const QING: Person = Person { name: "林清", address: "qing@example.com" };
const YU: Person = Person { name: "葉雨", address: "yu@example.com" };
const SORA: Person = Person { name: "한소라", address: "sora@example.com" };
const NOAM: Person = Person { name: "נועם שדה", address: "noam@example.com" };
const DANUTA: Person = Person { name: "Danuta Źródłowska", address: "danuta@example.com" };
const DENIZ: Person = Person { name: "Deniz Işıkgöl", address: "deniz@example.com" };
const MALAI: Person = Person { name: "มาลัย ริมน้ำ", address: "malai@example.com" };

const LETTERS: &[Letter] = &[
    Letter {
        date: "9-Jan-2025 08:31:00 +0100",
        from: JORG,
        to: HANA,
        subject: "Grüße aus dem verschneiten Norden",
        body: "Liebe Hana,\n\nder Deich ist weiß, die Schafe sind es auch, man sieht sie erst,\nwenn sie blöken. Der Schlüssel für das Bootshaus hängt über der Tür.\n\nHerzliche Grüße\nJörg\n",
        charset: "iso-8859-1",
        header: HeaderForm::Quoted,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "17-Jan-2025 19:02:00 +0100",
        from: ODILE,
        to: HANA,
        subject: "La répétition de jeudi est déplacée",
        body: "Chère Hana,\n\nla salle est occupée jeudi, nous répétons donc vendredi à 19 h.\nApporte ta flûte, et si possible la deuxième page de la partition,\nque personne ne retrouve.\n\nÀ bientôt,\nOdile\n",
        charset: "iso-8859-1",
        header: HeaderForm::Base64,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "3-Feb-2025 10:47:00 +0100",
        from: BASTIEN,
        to: HANA,
        subject: "Facture du cœur de bœuf : 12 €",
        body: "Bonjour Hana,\n\nles graines de tomate « cœur de bœuf » coûtent 12 € le sachet.\nJe les ai payées, tu me rembourseras en confiture.\n\nBastien\n",
        charset: "iso-8859-15",
        header: HeaderForm::Quoted,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "12-Feb-2025 21:15:00 +0100",
        from: IMKE,
        to: HANA,
        subject: "„Möwe“ – der Anstrich trocknet",
        body: "Moin Hana,\n\ndie „Möwe“ liegt kieloben und trocknet – zwei Tage noch, dann kommt\ndie zweite Schicht. Die Rechnung über 84,50 € liegt im Büro…\n\nImke\n",
        charset: "windows-1252",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "1-Mar-2025 12:00:00 +0100",
        from: RUBEN,
        to: HANA,
        subject: "¿Vienes a la excursión del sábado?",
        body: "Hola, Hana:\n\nel sábado subimos al mirador. Salimos a las ocho de la mañana desde la\nplaza. ¿Te apuntas? Hay que llevar agua, algo de queso y mucha paciencia\ncon el señor del teleférico.\n\nRubén\n",
        charset: "utf-8",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "20-Mar-2025 16:40:00 +0300",
        from: VERA,
        to: HANA,
        subject: "Рукопись получена, спасибо",
        body: "Здравствуйте, Хана!\n\nРукопись дошла, все страницы на месте. Отвечу подробно на следующей\nнеделе, а пока только одно: маяк в третьей главе чудесный.\n\nВера\n",
        charset: "koi8-r",
        header: HeaderForm::Base64,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "22-Mar-2025 09:05:00 +0200",
        from: TARAS,
        to: HANA,
        subject: "Ноти для флейти",
        body: "Вітаю!\n\nНоти відсканував, надсилаю окремим листом. Їх сім сторінок, остання\nтрохи залита кавою, але читається.\n\nТарас\n",
        charset: "windows-1251",
        header: HeaderForm::Base64,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "4-Apr-2025 18:22:00 +0300",
        from: ELENI,
        to: HANA,
        subject: "Το πλοίο φεύγει στις επτά",
        body: "Καλησπέρα,\n\nτο πλοίο φεύγει στις επτά το πρωί και όχι στις οκτώ. Θα σε περιμένω\nστην προβλήτα με καφέ.\n\nΕλένη\n",
        charset: "iso-8859-7",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "18-Apr-2025 14:09:00 +0200",
        from: DANUTA,
        to: HANA,
        subject: "Zażółcone zdjęcia ze strychu",
        body: "Droga Hano,\n\nna strychu znalazłam pudełko pożółkłych zdjęć. Na jednym jest łódź,\nktórej szukałaś. Wyślę pocztą, żeby się nie pogięły.\n\nDanuta\n",
        charset: "iso-8859-2",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "2-May-2025 11:30:00 +0300",
        from: DENIZ,
        to: HANA,
        subject: "Çay için teşekkürler",
        body: "Merhaba Hana,\n\nçay için teşekkürler. Annem en çok ıhlamuru beğendi, kutuyu da sakladı.\n\nSevgiler,\nDeniz\n",
        charset: "iso-8859-9",
        header: HeaderForm::Quoted,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "19-May-2025 20:00:00 +0800",
        from: QING,
        to: HANA,
        subject: "茶叶已经寄出",
        body: "你好，\n\n茶叶昨天已经寄出，大约两个星期到。\n请放在阴凉干燥的地方。\n\n林清\n",
        charset: "gb2312",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "6-Jun-2025 09:45:00 +0800",
        from: QING,
        to: HANA,
        subject: "关于瓷器的问题（含生僻字：㐂）",
        body: "你好，\n\n盘底的字是“㐂”，就是“喜”的另一种写法。\n这件东西应该不太旧，但是很好看。\n\n林清\n",
        charset: "gb18030",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "11-Jul-2025 17:20:00 +0800",
        from: YU,
        to: HANA,
        subject: "颱風停課，一切平安",
        body: "妳好：\n\n昨天颱風，學校停課一天，大家都平安。\n陽台上的花盆全部搬進浴室，現在浴室像個小花園。\n\n葉雨\n",
        charset: "big5",
        header: HeaderForm::Base64,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "24-Aug-2025 13:13:00 +0900",
        from: SORA,
        to: HANA,
        subject: "등산 사진을 보냅니다",
        body: "안녕하세요.\n\n지난주 등산 사진을 정리했습니다. 구름 때문에 정상은 안 보이지만\n우리 표정은 아주 잘 보입니다.\n\n소라\n",
        charset: "euc-kr",
        header: HeaderForm::Base64,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "15-Sep-2025 22:41:00 +0300",
        from: NOAM,
        to: HANA,
        subject: "תודה על הספר",
        body: "שלום חנה,\n\nהספר הגיע היום. קראתי כבר את הפרק הראשון במרפסת, עד שהחשיך.\n\nנועם\n",
        charset: "utf-8",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "8-Oct-2025 10:10:00 +0700",
        from: MALAI,
        to: HANA,
        subject: "สูตรแกงที่ขอไว้",
        body: "สวัสดีค่ะ\n\nส่งสูตรแกงมาให้แล้วนะคะ อย่าใส่พริกเกินสามเม็ด เพื่อนบ้านจะตกใจ\n\nมาลัย\n",
        charset: "tis-620",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
];

#[cfg(test)]
mod tests {
    use super::super::charset::tests::check;
    use super::*;

    #[test]
    fn letters_are_read_as_they_were_written() {
        LETTERS.iter().for_each(check);
    }
}
