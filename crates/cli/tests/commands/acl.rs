//! `tayori acl`.

use crate::common::server::Server;
use crate::store::Host;

#[test]
fn rights_are_given_and_taken() {
    let host = Host::with_rights();
    host.create("Team");
    let acl = |words: &str| host.run("acl", "Team").args(words).run();
    let all = "lrswipkxteacd";
    acl("").check(0, format!("who  rights\nann  {all}\n\nann may: {all}\n"), "");
    acl("--set bob=lrs").check(0, "", "note: bob has these rights to Team, and no others: lrs\n");
    acl("--add bob=w").check(0, "", "note: bob was given these rights to Team: w\n");
    acl("--remove bob=rs").check(0, "", "note: bob has lost these rights to Team: rs\n");
    acl("--set anyone=l --quiet").check(0, "", "");
    acl("--json").check(
        0,
        format!(
            "{{\"mailbox\":\"Team\",\"mine\":\"{all}\",\"entries\":[{{\"identifier\":\"ann\",\"rights\":\"{all}\"}},\
             {{\"identifier\":\"anyone\",\"rights\":\"l\"}},{{\"identifier\":\"bob\",\"rights\":\"lw\"}}]}}\n"
        ),
        "",
    );
    acl("--forget bob --json").check(
        0,
        "{\"event\":\"done\",\"action\":\"forget\",\"mailbox\":\"Team\",\"identifier\":\"bob\"}\n",
        "",
    );
    acl("--forget anyone").check(0, "", "note: anyone has no rights of their own to Team any more\n");
    acl("").check(0, format!("who  rights\nann  {all}\n\nann may: {all}\n"), "");
}

#[test]
fn what_would_be_given() {
    let host = Host::with_rights();
    let acl = |words: &str| host.run("acl", "").args(words).run();
    let said = "bob has these rights to INBOX, and no others: lr";
    acl("--set bob=lr --dry-run").check(
        0,
        "",
        &format!("note: nothing is changed; without --dry-run: {said}\n"),
    );
    acl("--add bob=lr --dry-run --json").check(
        0,
        "{\"event\":\"would\",\"action\":\"add\",\"mailbox\":\"INBOX\",\"identifier\":\"bob\",\"rights\":\"lr\"}\n",
        "",
    );
    acl("").check(0, "who  rights\nann  lrswipkxteacd\n\nann may: lrswipkxteacd\n", "");
}

/// There would be nobody left who could.
#[test]
fn nobody_gives_away_by_mistake_what_they_cannot_get_back() {
    let host = Host::with_rights();
    let acl = |words: &str| host.run("acl", "").args(words).run();
    let kept = "error: that takes the right a to INBOX from ann, who could not give it back\n\
                hint: if that is what is wanted, add --from-myself\n";
    for words in ["--set ann=lr", "--remove ann=a", "--forget ann", "--set ann="] {
        acl(words).check(2, "", kept);
    }
    acl("--remove ann=s").check(0, "", "note: ann has lost these rights to INBOX: s\n");
    acl("--remove ann=a --from-myself").check(0, "", "note: ann has lost these rights to INBOX: a\n");
    let told = "note: who else may do what is not told to this user\n";
    acl("").check(0, "ann may: lrwipkxtecd\n", told);
    acl("--json").check(0, "{\"mailbox\":\"INBOX\",\"mine\":\"lrwipkxtecd\",\"entries\":null}\n", "");
    acl("--set bob=l").check(
        8,
        "",
        "error: cannot change the rights of bob to INBOX: the server refused SETACL\n\
         the server said: \"you do not have the right to do that\"\n\
         hint: it takes the right a to change rights; tayori acl shows which you have\n",
    );
    let missing = "error: it would be refused: the right a to INBOX is missing\n";
    acl("--set bob=l --dry-run").check(8, "", missing);
}

/// Cyrus gives none, so nothing says that it is the mailbox that is missing.
#[test]
fn a_change_that_is_refused_without_a_code() {
    for (words, command) in [("--set bob=l", "SETACL INBOX bob l"), ("--forget bob", "DELETEACL INBOX bob")] {
        let server = Server::play(move |talk| {
            talk.log_in_with(" ACL");
            talk.expect(command);
            talk.tagged("NO cannot set ACL");
            talk.log_out();
        });
        let outcome = server.run("acl", "").args(words).run();
        server.finish();
        assert_eq!(outcome.code, 8, "{}", outcome.stderr);
        assert!(outcome.stderr.ends_with("\nthe server said: \"cannot set ACL\"\n"), "{}", outcome.stderr);
    }
}

#[test]
fn what_cannot_be_meant() {
    let host = Host::with_rights();
    let refused = |words: &str, what: &str| {
        let outcome = host.run("acl", "").args(words).run();
        let expected = format!("error: {what}\nhint: write it such as bob=lrs\n");
        assert!(outcome.stderr.starts_with(&expected), "{}", outcome.stderr);
        assert_eq!(outcome.code, 2);
    };
    refused("--set bob", "bob: it is not said which rights");
    refused("--add bob=l,r", "l,r: a right is a letter or a digit");
    refused("--remove =l", "nothing says whose rights are meant");
    host.run("acl", "Nowhere").run().check(
        6,
        "",
        "error: cannot ask for the rights to Nowhere: the server refused MYRIGHTS\n\
         the server said: \"there is no such mailbox\"\nhint: tayori list shows the mailboxes\n",
    );
    Host::start().run("acl", "").run().check(
        8,
        "",
        "error: cannot ask for the rights to INBOX: the server does not offer ACL\n",
    );
}
