use super::SampleMail;
use super::charset::{HeaderForm, Letter, Transfer};
use super::people::{CHIHIRO, HANA, KAEDE, MINATO, REN, RYOKAN};

/// Letters in Japanese: four charsets, each in the header and the body in every way that is seen.
pub(super) fn mails() -> Vec<SampleMail> {
    LETTERS.iter().map(Letter::mail).collect()
}

const LETTERS: &[Letter] = &[
    Letter {
        date: "6-Apr-2023 09:12:00 +0900",
        from: KAEDE,
        to: HANA,
        subject: "桜が満開です",
        body: "ハナさん\n\nお元気ですか。こちらは桜が満開になりました。\n川沿いの道を毎朝歩いています。風が吹くと花びらが\n水の上に流れて、とてもきれいです。\n\n写真は週末に送りますね。\n\n楓\n",
        charset: "iso-2022-jp",
        header: HeaderForm::Base64,
        transfer: Transfer::SevenBit,
    },
    Letter {
        date: "9-Apr-2023 20:30:00 +0900",
        from: KAEDE,
        to: HANA,
        subject: "Re: 桜が満開です（写真のこと）",
        body: "ハナさん\n\n写真は容量が大きかったので、次の便で分けて送ります。\n昨日の雨で花はだいぶ散ってしまいました。\n来年はぜひ一緒に見ましょう。\n\n楓\n",
        charset: "ISO-2022-JP",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "2-May-2023 18:05:00 +0900",
        from: REN,
        to: HANA,
        subject: "連休の予定",
        body: "連休は祖父の家で畑を手伝います。\n茶摘みは八十八夜のころが一番忙しいそうです。\n新茶ができたら少し送ります。\n\n蓮\n",
        charset: "iso-2022-jp",
        header: HeaderForm::Raw,
        transfer: Transfer::SevenBit,
    },
    Letter {
        date: "21-Jun-2023 07:45:00 +0900",
        from: CHIHIRO,
        to: HANA,
        subject: "梅雨の便り",
        body: "毎日雨ばかりです。\n庭の紫陽花は青から紫へ、少しずつ色が変わっています。\n雨の音を聞きながら手紙を書くのも悪くありません。\n\n千尋\n",
        charset: "shift_jis",
        header: HeaderForm::Base64,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "3-Jul-2023 12:00:00 +0900",
        from: MINATO,
        to: HANA,
        subject: "【みなと書店】ご注文の本が入荷しました",
        body: "いつもご利用ありがとうございます。\n\nご注文の本が入荷いたしました。\n  書名　：『海辺の郵便局』\n  冊数　：１冊\n  お取置：二週間\n\nご来店をお待ちしております。\nみなと書店\n",
        charset: "Shift_JIS",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "17-Jul-2023 10:20:00 +0900",
        from: MINATO,
        to: HANA,
        subject: "夏の古本市のお知らせ",
        body: "七月二十二日より三日間、店の前で古本市を開きます。\n地図、絵葉書、古い時刻表もあります。\n能登半島の表紙の旅行案内は一点限りです。\n\nみなと書店\n",
        charset: "shift_jis",
        header: HeaderForm::Raw,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "15-Aug-2023 22:10:00 +0900",
        from: REN,
        to: HANA,
        subject: "花火大会",
        body: "今夜は港の花火大会でした。\n最後の一発は、音が山に当たって二度聞こえました。\n\n蓮\n",
        charset: "euc-jp",
        header: HeaderForm::Base64,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "2-Sep-2023 08:00:00 +0900",
        from: REN,
        to: HANA,
        subject: "サーバーの引っ越し作業について（長い件名が何行にも折り返される場合の確認を兼ねています。ご容赦ください）",
        body: "古い計算機の電源をようやく切りました。\n二十年間、一度もファンの掃除をしていなかったそうです。\n\n蓮\n",
        charset: "EUC-JP",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "30-Sep-2023 19:00:00 +0900",
        from: CHIHIRO,
        to: HANA,
        subject: "お月見",
        body: "昨夜は中秋の名月でした。\n団子を十五個作って、十四個食べました。\n残りの一個は月の分です。\n\n千尋\n",
        charset: "euc-jp",
        header: HeaderForm::Raw,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "12-Oct-2023 16:40:00 +0900",
        from: RYOKAN,
        to: HANA,
        subject: "ご予約の確認（11月3日より2泊）",
        body: "ハナ様\n\nこのたびはご予約いただき、誠にありがとうございます。\n\n  到着　　11月3日（金）\n  出発　　11月5日（日）\n  お部屋　「かえで」 二階、川側\n  お食事　朝・夕\n\n駅からの送迎は15時と17時にございます。\n心よりお待ち申し上げております。\n\n山の宿 しらかば\n",
        charset: "utf-8",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "25-Oct-2023 11:15:00 +0900",
        from: RYOKAN,
        to: HANA,
        subject: "紅葉の様子",
        body: "ハナ様\n\n今年の紅葉は例年より一週間ほど遅れております。\nご到着のころがちょうど見頃かと存じます。\n朝晩は冷えますので、暖かい上着をお持ちください。\n\n山の宿 しらかば\n",
        charset: "UTF-8",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "6-Nov-2023 21:00:00 +0900",
        from: HANA,
        to: RYOKAN,
        subject: "ありがとうございました",
        body: "しらかばの皆様\n\n三日間、大変お世話になりました。\n朝の霧と、川の音と、きのこの炊き込みご飯が忘れられません。\nまた必ず伺います。\n\nハナ\n",
        charset: "utf-8",
        header: HeaderForm::Raw,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "1-Jan-2024 00:05:00 +0900",
        from: KAEDE,
        to: HANA,
        subject: "あけましておめでとうございます 🎍",
        body: "あけましておめでとうございます。\n今年もどうぞよろしくお願いいたします。\n\nことしは辰年です 🐉\n良い一年になりますように。\n\n楓\n",
        charset: "utf-8",
        header: HeaderForm::Base64,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "3-Feb-2024 18:30:00 +0900",
        from: CHIHIRO,
        to: HANA,
        subject: "節分",
        body: "鬼は外、福は内。\n豆は年の数だけ食べるはずが、数えるのが面倒になって\n一袋食べてしまいました。\n\n千尋\n",
        charset: "iso-2022-jp",
        header: HeaderForm::Quoted,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "20-Mar-2024 09:00:00 +0900",
        from: REN,
        to: KAEDE,
        subject: "春の遠足のご相談",
        body: "楓さん\n\n四月の遠足ですが、次の案ではいかがでしょうか。\n\n  一　灯台まで歩く（往復八キロ）\n  二　渡し船で島へ行く\n  三　雨なら紙の博物館\n\n三が当たらないことを祈ります。\n\n蓮\n",
        charset: "shift_jis",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "22-Mar-2024 13:45:00 +0900",
        from: KAEDE,
        to: REN,
        subject: "Re: 春の遠足のご相談",
        body: "蓮さん\n\n> 　二　渡し船で島へ行く\n\n賛成です。お弁当は私が作ります。\n島の猫の分も要るでしょうか。\n\n楓\n",
        charset: "euc-jp",
        header: HeaderForm::Base64,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "5-Jun-2024 06:50:00 +0900",
        from: CHIHIRO,
        to: HANA,
        subject: "表示と能力と予定の「ソ」",
        body: "表、能、予、ソ。\nどの字にも、後ろの半分に逆斜線と同じ符号が隠れています。\n古いプログラムはここで転びます。面白いので書き留めておきます。\n\n千尋\n",
        charset: "shift_jis",
        header: HeaderForm::Quoted,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "7-Jul-2024 19:07:00 +0900",
        from: CHIHIRO,
        to: HANA,
        subject: "七夕の短冊",
        body: "今年の短冊には「字が上手になりますように」と書きました。\nその字がもう読めないと弟に言われました。\n\n千尋\n",
        charset: "utf-8",
        header: HeaderForm::Base64,
        transfer: Transfer::EightBit,
    },
    Letter {
        date: "18-Sep-2024 15:30:00 +0900",
        from: MINATO,
        to: HANA,
        subject: "『灯台守の手帖』再入荷のお知らせ",
        body: "お待たせいたしました。\n『灯台守の手帖』が再入荷いたしました。\n今回は函入りの特装版も三部ございます。\n\nみなと書店\n",
        charset: "windows-31j",
        header: HeaderForm::Base64,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "10-Dec-2024 08:20:00 +0900",
        from: REN,
        to: HANA,
        subject: "初雪",
        body: "今朝、初雪が降りました。\n犬は喜び、私は自転車を押して帰りました。\n\n蓮\n",
        charset: "iso-2022-jp",
        header: HeaderForm::Base64,
        transfer: Transfer::QuotedPrintable,
    },
    Letter {
        date: "14-Feb-2025 12:12:00 +0900",
        from: KAEDE,
        to: HANA,
        subject: "本日のおやつ",
        body: "チョコレートを溶かして、固めて、食べました。\nそれだけの日ですが、良い日でした。\n\n楓\n",
        charset: "utf-8",
        header: HeaderForm::Quoted,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "28-May-2025 17:55:00 +0900",
        from: RYOKAN,
        to: HANA,
        subject: "夏のご案内",
        body: "ハナ様\n\n蛍の季節が近づいてまいりました。\n六月中旬より、夕食の後に川辺までご案内いたします。\n懐中電灯はこちらでご用意しております。\n\n山の宿 しらかば\n",
        charset: "EUC-JP",
        header: HeaderForm::Base64,
        transfer: Transfer::Base64,
    },
    Letter {
        date: "3-Nov-2025 10:10:00 +0900",
        from: CHIHIRO,
        to: HANA,
        subject: "便りのないのは良い便り",
        body: "しばらくご無沙汰しておりました。\n便りのないのは良い便り、と申しますが、\n便りがあるのはもっと良いことだと思います。\n\n千尋\n",
        charset: "iso-2022-jp",
        header: HeaderForm::Base64,
        transfer: Transfer::SevenBit,
    },
    Letter {
        date: "1-Apr-2026 07:30:00 +0900",
        from: KAEDE,
        to: HANA,
        subject: "今年も咲きました",
        body: "ハナさん\n\n約束の春です。川沿いの桜が今年も咲きました。\n来週の土曜日、駅の改札で十時に待っています。\n\n楓\n",
        charset: "utf-8",
        header: HeaderForm::Base64,
        transfer: Transfer::EightBit,
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

    #[test]
    fn every_charset_is_there_in_every_form_of_header_and_body() {
        for charset in ["iso-2022-jp", "shift_jis", "euc-jp", "utf-8"] {
            let of_charset = || LETTERS.iter().filter(|letter| letter.charset.eq_ignore_ascii_case(charset));
            for form in [HeaderForm::Base64, HeaderForm::Quoted, HeaderForm::Raw] {
                assert!(of_charset().any(|letter| letter.header == form), "{charset}");
            }
            let unencoded = if charset == "iso-2022-jp" { Transfer::SevenBit } else { Transfer::EightBit };
            for transfer in [unencoded, Transfer::QuotedPrintable, Transfer::Base64] {
                assert!(of_charset().any(|letter| letter.transfer == transfer), "{charset}");
            }
        }
    }
}
