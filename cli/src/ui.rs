//! Words and progress, on standard error.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bioserde_convert::{HeaderOddities, Observer, Summary, Truncated};
use bioserde_htsget_client::Error as RemoteError;
use bioserde_server::ServeError;
use bioserde_server::config::ConfigError;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde_json::json;

/// Prints an error with its causes, and its hints.
pub(crate) fn print_error(error: &anyhow::Error) {
    let mut text = format!("error: {error}");
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let words = cause.to_string();
        if !said.contains(&words) {
            text.push_str(&format!(": {words}"));
        }
        said = words;
    }
    say(&text);
    let hint = error.downcast_ref::<bioserde_convert::Error>().and_then(bioserde_convert::Error::hint);
    let hint =
        hint.or_else(|| error.downcast_ref::<bioserde_read::Error>().and_then(bioserde_read::Error::hint));
    let hint = hint.or_else(|| error.downcast_ref::<ServeError>().and_then(ServeError::hint));
    let hint = hint.or_else(|| error.downcast_ref::<ConfigError>().and_then(|e| e.hint().map(str::to_owned)));
    let hint = hint.or_else(|| error.chain().find_map(remote_hint).map(str::to_owned));
    if let Some(hint) = hint {
        say(&format!("hint: {hint}"));
    }
}

/// That of an htsget server's failure, which comes alone or out of a stream.
fn remote_hint(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let within = || cause.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref::<RemoteError>();
    cause.downcast_ref::<RemoteError>().or_else(within)?.hint()
}

/// Prints a line to standard error. When even that is closed there is nobody left to tell.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Shows how the work goes: a bar on a terminal, nothing elsewhere.
#[derive(Debug)]
pub(crate) struct Ui {
    bar: Option<ProgressBar>,
    quiet: bool,
    cancelled: Arc<AtomicBool>,
    rows: u64,
}

impl Ui {
    /// Watches for Ctrl-C from now on.
    pub(crate) fn new(quiet: bool) -> Self {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        // Without a handler the process ends at once and leaves its partial file; nothing worse.
        let _ = ctrlc::set_handler(move || {
            // The second one means at once.
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        Self { bar: None, quiet, cancelled, rows: 0 }
    }

    /// Ends the bar.
    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Ui {
    fn started(&mut self, total_bytes: Option<u64>) {
        if self.quiet || !std::io::stderr().is_terminal() {
            return;
        }
        let bar = match total_bytes {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        let template = match total_bytes {
            Some(_) => "{wide_bar} {bytes}/{total_bytes} {percent}% {msg} ETA {rest}",
            None => "{spinner} {bytes} {bytes_per_sec} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rest = |state: &ProgressState, w: &mut dyn std::fmt::Write| {
                let _ = write!(w, "{}s", state.eta().as_secs());
            };
            bar.set_style(style.with_key("rest", rest));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bar = Some(bar);
    }

    fn progress(&mut self, bytes: u64, rows: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
            if rows != self.rows {
                self.rows = rows;
                bar.set_message(format!("{} rows/s", per_second(rows, bar.elapsed())));
            }
        }
    }

    fn notice(&mut self, text: &str) {
        if !self.quiet {
            say(&format!("notice: {text}"));
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

fn per_second(rows: u64, elapsed: Duration) -> String {
    let millis = elapsed.as_millis().max(1);
    thousands(u64::try_from(u128::from(rows) * 1000 / millis).unwrap_or(u64::MAX))
}

/// A number with commas between its thousands.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// Bytes in millions, or in thousands where there are fewer.
pub(crate) fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 {
        return format!("{}.{} kB", bytes / 1000, bytes / 100 % 10);
    }
    format!("{}.{} MB", thousands(bytes / 1_000_000), bytes / 100_000 % 10)
}

fn count_warnings(summary: &Summary) -> u64 {
    summary.oddities.iter().map(|(_, n)| n).sum::<u64>()
        + u64::try_from(summary.truncated.len()).unwrap_or(u64::MAX)
}

/// Tells of each input that ended too early.
fn print_truncated(summary: &Summary) {
    for Truncated { input, records } in &summary.truncated {
        say(&format!(
            "warning: {input}: it is truncated; {} records were read before its end",
            thousands(*records)
        ));
    }
}

/// So many oddities of a header are told one by one.
const MAX_HEADER_WARNINGS: usize = 5;

/// What is told of a header: a handful of its oddities, and where the others are found.
fn header_warnings(HeaderOddities { input, texts }: &HeaderOddities) -> Vec<String> {
    let warning = |text: &String| format!("warning: {input}: header {text}");
    let mut warnings: Vec<String> = texts.iter().take(MAX_HEADER_WARNINGS).map(warning).collect();
    if let Some(more) = texts.len().checked_sub(MAX_HEADER_WARNINGS).filter(|n| *n > 0) {
        let more = thousands(u64::try_from(more).unwrap_or(u64::MAX));
        warnings.push(format!("warning: {input}: and {more} more; `bioserde inspect {input}` lists them"));
    }
    warnings
}

/// Tells of truncated inputs, of odd headers and of each kind of oddity.
pub(crate) fn print_warnings(summary: &Summary) {
    print_truncated(summary);
    summary.header_oddities.iter().flat_map(header_warnings).for_each(|text| say(&text));
    for (kind, n) in summary.oddities.iter() {
        say(&format!("warning: {}: {}", kind, thousands(n)));
    }
}

/// The warnings, and the summary in one line.
pub(crate) fn print_summary(summary: &Summary) {
    print_warnings(summary);
    let seconds = summary.elapsed.as_secs_f64();
    say(&format!(
        "{} rows in {seconds:.2} s ({} rows/s), {} in, {} out, {} warning{}",
        thousands(summary.rows),
        per_second(summary.rows, summary.elapsed),
        megabytes(summary.bytes_in),
        megabytes(summary.bytes_out),
        thousands(count_warnings(summary)),
        if count_warnings(summary) == 1 { "" } else { "s" },
    ));
}

/// The summary as one line of JSON.
pub(crate) fn summary_json(summary: &Summary) -> String {
    let oddities: serde_json::Map<String, serde_json::Value> =
        summary.oddities.iter().map(|(kind, n)| (kind.to_owned(), json!(n))).collect();
    let truncated: Vec<_> =
        summary.truncated.iter().map(|t| json!({"input": t.input, "records": t.records})).collect();
    // A path need not be said where there is but one.
    let header_oddity = |input: &str, text: &str| match summary.inputs {
        1 => text.to_owned(),
        _ => format!("{input}: {text}"),
    };
    let header_oddities: Vec<String> = summary
        .header_oddities
        .iter()
        .flat_map(|h| h.texts.iter().map(|text| header_oddity(&h.input, text)))
        .collect();
    let seconds = summary.elapsed.as_secs_f64();
    json!({
        "records": summary.records,
        "rows": summary.rows,
        "seconds": (seconds * 1000.0).round() / 1000.0,
        "bytes_in": summary.bytes_in,
        "bytes_out": summary.bytes_out,
        "warnings": count_warnings(summary),
        "oddities": oddities,
        "header_oddities": header_oddities,
        "truncated": truncated,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(megabytes(1_234_567), "1.2 MB");
        assert_eq!(megabytes(234_567), "234.5 kB");
    }

    fn odd(input: &str, n: usize) -> HeaderOddities {
        let texts = (1..=n).map(|line| format!("line {line}: INFO has no ID")).collect();
        HeaderOddities { input: input.to_owned(), texts }
    }

    #[test]
    fn a_handful_of_header_oddities_is_told() {
        assert_eq!(header_warnings(&odd("a.vcf", 1)), ["warning: a.vcf: header line 1: INFO has no ID"]);
        assert_eq!(header_warnings(&odd("a.vcf", 5)).len(), 5);
        let last = "warning: a.vcf: and 1,995 more; `bioserde inspect a.vcf` lists them";
        assert_eq!(header_warnings(&odd("a.vcf", 2000))[5..], [last]);
    }

    #[test]
    fn header_oddities_have_their_path_where_there_are_several() {
        let texts = |inputs| {
            let summary = Summary { inputs, header_oddities: vec![odd("a.vcf", 1)], ..Summary::default() };
            let json: serde_json::Value = serde_json::from_str(&summary_json(&summary)).unwrap();
            json["header_oddities"].clone()
        };
        assert_eq!(texts(1), json!(["line 1: INFO has no ID"]));
        assert_eq!(texts(2), json!(["a.vcf: line 1: INFO has no ID"]));
    }
}
