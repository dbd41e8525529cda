//! The tayori program: words, settings, exit codes. Everything else is in the libraries.

mod accounts;
mod capabilities;
mod caret;
mod cli;
mod commands;
mod connect;
mod count;
mod digest;
mod download;
mod envelope;
mod escape;
mod exit;
mod failure;
mod first_use;
mod login;
mod mailbox;
mod mailboxes;
mod manifest;
mod memory;
mod order;
mod output;
mod overview;
mod password;
mod place;
mod progress;
mod query;
mod question;
mod rehearsal;
mod selection;
mod sets;
mod settings;
mod signal;
mod stdout;
mod table;
mod target;
mod trace;
mod transcript;
mod visit;
mod way;
mod wrap;

use std::process::ExitCode;

use cli::Invocation;
use commands::{
    account, acl, append, change, check, completions, config, demo, fetch, list, man, manage, metadata,
    namespace, quota, search, shell, status, thread,
};
use exit::Exit;
use failure::Failure;
use tayori_account::config::Environment;

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(err) => {
            // A closed pipe is no reason to complain about a mistake that was made elsewhere.
            let _ = err.print();
            return u8::try_from(err.exit_code()).map_or(Exit::Failed.into(), ExitCode::from);
        }
    };
    let exit = run(invocation).unwrap_or_else(|failure| {
        failure.print();
        failure.exit
    });
    exit.into()
}

fn run(invocation: Invocation) -> Result<Exit, Failure> {
    // Two threads: while one looks at files, the other serves the socket, and while the connection has much to do,
    // signals are still heard.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|err| Failure::new(Exit::Failed, format!("cannot start: {err}")))?;
    let outcome = match invocation {
        Invocation::Account(options) => runtime.block_on(beside(account::run(*options))),
        Invocation::Acl(options) => runtime.block_on(beside(acl::run(*options))),
        Invocation::Append(options) => runtime.block_on(beside(append::run(*options))),
        Invocation::Change(options) => runtime.block_on(beside(change::run(*options))),
        Invocation::Check(options) => runtime.block_on(beside(check::run(*options))),
        Invocation::Completions(options) => completions::run(&options),
        Invocation::Config(options) => config::run(&options, &Environment::process()),
        Invocation::Demo(options) => runtime.block_on(demo::run(options)),
        Invocation::Fetch(options) | Invocation::Show(options) => {
            runtime.block_on(beside(fetch::run(*options)))
        }
        Invocation::List(options) => runtime.block_on(beside(list::run(*options))),
        Invocation::Manage(options) => runtime.block_on(beside(manage::run(*options))),
        Invocation::Man(options) => man::run(&options),
        Invocation::Metadata(options) => runtime.block_on(beside(metadata::run(*options))),
        Invocation::Namespace(options) => runtime.block_on(beside(namespace::run(options))),
        Invocation::Quota(options) => runtime.block_on(beside(quota::run(options))),
        Invocation::Search(options) => runtime.block_on(beside(search::run(*options))),
        Invocation::Shell(options) => runtime.block_on(beside(shell::run(*options))),
        Invocation::Thread(options) => runtime.block_on(beside(thread::run(*options))),
        Invocation::Status(options) => runtime.block_on(beside(status::run(options))),
    };
    // Not waited for: a thread that still looks up a name or waits at a password prompt that nobody will answer any
    // more. Nothing that has to be finished runs on those threads.
    runtime.shutdown_background();
    outcome
}

/// Runs it on a thread of the runtime, as the connection is: what comes from the server need not wake the main thread
/// for each piece.
async fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        // It is not cancelled, so it has panicked.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
