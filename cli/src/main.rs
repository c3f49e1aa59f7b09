//! The command-line program: what was typed (`args`), what it means (`plan`, `inputs`), what is done
//! (`commands`), what is said about it (`ui`).

mod allocator;
mod args;
mod commands;
mod configuration;
mod exit_code;
mod inputs;
mod keys;
mod plan;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use exit_code::Outcome;

fn main() -> ExitCode {
    allocator::keep_freed_pages();
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => Outcome::Success.into(),
        Err(error) => {
            let outcome = exit_code::of(&error);
            if outcome != Outcome::Success {
                ui::print_error(&error);
            }
            outcome.into()
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Convert(args) => commands::convert::run(args),
        Command::View(args) => commands::view::run(args),
        Command::Schema(args) => commands::schema::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Index(args) => commands::index::run(args),
        Command::Serve(args) => commands::serve::run(&args),
        Command::Completions { shell } => commands::docs::completions(shell),
        Command::Man { folder } => commands::docs::man(&folder),
        Command::Docs { page } => commands::docs::page(page),
    }
}
