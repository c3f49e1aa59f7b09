//! What the program tells of itself: completions, manual pages, docs/cli.md.

use std::path::Path;

use anyhow::Context;
use clap::{Command, CommandFactory};

use crate::args::{Cli, Page};

pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bioserde", &mut script);
    super::print(&String::from_utf8_lossy(&script))
}

pub(crate) fn man(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot create", folder.display()))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .with_context(|| format!("{}: cannot write", folder.display()))
}

pub(crate) fn page(page: Page) -> anyhow::Result<()> {
    match page {
        Page::Cli => super::print(&cli_page()),
    }
}

fn cli_page() -> String {
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut text = String::from(
        "# The commands\n\nMade by `cargo run -p bioserde-cli -- docs cli > docs/cli.md`; do not edit.\n",
    );
    text.push_str(&section(&mut root, "##"));
    let names: Vec<String> =
        root.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect();
    for name in names.iter().filter(|n| *n != "help") {
        if let Some(command) = root.find_subcommand_mut(name) {
            text.push_str(&section(command, "##"));
        }
    }
    text
}

fn section(command: &mut Command, level: &str) -> String {
    let title = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    format!("\n{level} {title}\n\n```text\n{}\n```\n", help.join("\n").trim_end())
}
