//! The commands in groups, for the help of the whole program.

/// Each command once, in the order in which people come upon them.
pub(super) const GROUPS: &[(&str, &[&str])] = &[
    ("Get", &["fetch"]),
    ("Look", &["list", "search", "show", "thread", "status", "namespace", "quota"]),
    (
        "Change",
        &[
            "store", "read", "unread", "star", "unstar", "copy", "move", "delete", "append", "mailbox",
            "acl", "metadata",
        ],
    ),
    ("Set up", &["account", "check", "config", "completions", "man"]),
    ("Speak", &["shell"]),
    ("Try", &["demo"]),
];

/// The list of commands as it stands in the help.
pub(super) fn help(command: &clap::Command) -> String {
    let about = |name: &str| {
        let about = command.find_subcommand(name).and_then(clap::Command::get_about);
        about.map(ToString::to_string).unwrap_or_default()
    };
    let widest = GROUPS.iter().flat_map(|(_, names)| names.iter()).map(|name| name.len()).max().unwrap_or(0);
    let mut help = String::new();
    for (group, names) in GROUPS {
        help += &format!("{group}:\n");
        for name in *names {
            help += &format!("  {name:widest$}  {}\n", about(name));
        }
        help.push('\n');
    }
    help
}
