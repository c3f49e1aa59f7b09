use std::io::IsTerminal;

use bioserde_server::config::{Config, LogFormat, schema};
use tracing_subscriber::filter::LevelFilter;

use crate::args::ServeArgs;
use crate::exit_code::UsageError;
use crate::{configuration, plan, ui};

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    if args.config_schema {
        return super::print(&(schema() + "\n"));
    }
    let config = configuration::load(args.config.as_deref(), plan::serve(args))?;
    if args.print_config {
        return super::print(&config.to_toml()?);
    }
    if config.locations.is_empty() {
        let what = "there is nothing to serve: name a folder, or a configuration with `locations`";
        return Err(UsageError(what.to_owned()).into());
    }
    start_log(&config);
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    bioserde_server::serve(&config, |addr| ui::say(&format!("listening on {scheme}://{addr}")))?;
    Ok(())
}

/// Lines of the log go to standard error.
fn start_log(config: &Config) {
    let level = config.log.level.name().parse().unwrap_or(LevelFilter::INFO);
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_max_level(level)
        .with_target(false);
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
