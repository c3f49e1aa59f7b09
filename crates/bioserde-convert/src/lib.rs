//! The engine: plan, parallel read, ordered bounded queue, sink, summary.
//!
//! One thread, the caller's, does what must be done in order: it hands chunks to the pool, cuts the
//! inflated bytes into records, collects records into units, and appends encoded units to the sink.
//! The pool inflates chunks, drops records outside the regions, and turns units into record batches
//! and these into the sink's form. Every queue between them is bounded.

#![forbid(unsafe_code)]

mod decode;
mod error;
mod index;
mod ordered;
mod pipeline;
mod pool;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use bioserde_core::Records;
use bioserde_crypt4gh::PublicKey;
use bioserde_read::{Input, Options, Table, Tally, Transcoding};
use bioserde_storage::{Source, Target};
use bioserde_write::{OutputFormat, RecordFormat, RecordHeader, SinkOptions, TableFormat, WriteIndex};

pub use error::{Error, Result};
pub use index::{IndexPlan, Indexed, index};
pub use pool::Pool;

/// Chunks that are inflated ahead: enough that the pool has work while a unit is appended. Each holds
/// about 4 MiB.
const INFLATE_AHEAD: usize = 10;

/// Validated work: what is read, and what it becomes.
#[derive(Debug)]
pub struct Plan {
    /// What is read; at least one.
    pub inputs: Vec<PlannedInput>,
    /// A path, or `-` for standard output.
    pub output: String,
    /// The output's format.
    pub format: OutputFormat,
    /// What is wanted of the inputs.
    pub options: Options,
    /// What is wanted of the output.
    pub sink_options: SinkOptions,
    /// Threads of the pool; as many as there are processors when absent.
    pub threads: Option<usize>,
    /// Whether an existing output is replaced.
    pub overwrite: bool,
    /// Whom the output is encrypted for (Crypt4GH); it is not where there is nobody.
    pub recipients: Vec<PublicKey>,
}

/// What a plan reads.
#[derive(Clone, Debug)]
pub enum PlannedInput {
    /// A path, or `-` for standard input.
    Path {
        /// The path.
        path: String,
        /// Its index, where that does not lie beside it.
        index: Option<PathBuf>,
    },
    /// An open stream, which is read once.
    Stream(Arc<Source>),
}

impl From<String> for PlannedInput {
    fn from(path: String) -> Self {
        Self::Path { path, index: None }
    }
}

impl PlannedInput {
    /// Opens it and reads its header.
    ///
    /// # Errors
    ///
    /// As [`Input::open`].
    pub fn open(&self, options: &Options) -> bioserde_read::Result<Input> {
        match self {
            Self::Path { path, index } => Input::open_with(path, index.as_deref(), options),
            Self::Stream(source) => Input::open_source(Arc::clone(source), options),
        }
    }
}

/// Is told how the work goes. Called from the thread that runs it.
pub trait Observer {
    /// Work begins on inputs of so many bytes in all, where that is known.
    fn started(&mut self, total_bytes: Option<u64>);

    /// So much has been read and written. Called often.
    fn progress(&mut self, bytes: u64, rows: u64);

    /// Something that the user should know and that is no error.
    fn notice(&mut self, text: &str);

    /// Whether the work should stop.
    fn is_cancelled(&self) -> bool;
}

/// For callers who want to know the outcome only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn started(&mut self, _total_bytes: Option<u64>) {}

    fn progress(&mut self, _bytes: u64, _rows: u64) {}

    fn notice(&mut self, _text: &str) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Records written.
    pub records: u64,
    /// Rows written: records, or records × samples.
    pub rows: u64,
    /// Bytes read.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// How many inputs were read.
    pub inputs: usize,
    /// Oddities that were kept, by kind.
    pub oddities: Tally,
    /// Of each input whose header has oddities, what they are.
    pub header_oddities: Vec<HeaderOddities>,
    /// Inputs that ended too early and were taken as far as they went.
    pub truncated: Vec<Truncated>,
}

impl Summary {
    fn add_input(&mut self, input: &Input) {
        self.inputs += 1;
        self.oddities.add_header(input);
        let texts = input.header_oddities().to_vec();
        if !texts.is_empty() {
            self.header_oddities.push(HeaderOddities { input: input.name().to_owned(), texts });
        }
    }
}

/// What is out of the ordinary in the header of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderOddities {
    /// Its path.
    pub input: String,
    /// Each as `line N: WHAT`, N counted from 1.
    pub texts: Vec<String>,
}

/// An input that ended too early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truncated {
    /// Its path.
    pub input: String,
    /// Whole records that were read of it.
    pub records: u64,
}

/// Runs a plan. Nothing appears under the output's name unless all of it succeeds.
///
/// # Errors
///
/// An input is faulty, the output cannot be written, or the observer cancelled.
pub fn convert(plan: &Plan, observer: &mut dyn Observer) -> Result<Summary> {
    refuse_own_input(plan)?;
    let started = Instant::now();
    // First of all: an output that cannot be should not be found out after an hour.
    let target = create(&plan.output, plan.overwrite, &plan.recipients)?;
    let mut inputs = Vec::with_capacity(plan.inputs.len());
    for input in &plan.inputs {
        inputs.push(input.open(&plan.options)?);
    }
    let mut summary = match plan.format {
        OutputFormat::Table(format) => to_table(plan, target, &mut inputs, format, observer),
        OutputFormat::Records(format) => to_records(plan, target, &mut inputs, format, observer),
    }?;
    summary.elapsed = started.elapsed();
    Ok(summary)
}

fn to_table(
    plan: &Plan,
    target: Target,
    inputs: &mut [Input],
    format: &'static dyn TableFormat,
    observer: &mut dyn Observer,
) -> Result<Summary> {
    let table = Table::of(inputs, &plan.options)?.ok_or(Error::NoInput)?;
    begin(inputs, observer);
    let create = |sample: Option<&RecordBatch>| {
        Ok(format.create(target, table.schema(), &plan.sink_options, sample)?)
    };
    let decoder = table.decoder().clone();
    let assembler = table.assembler(inputs.first().ok_or(Error::NoInput)?);
    pipeline::run(&Pool::new(plan.threads)?, inputs, assembler, decoder, Box::new(create), observer)
}

fn to_records(
    plan: &Plan,
    target: Target,
    inputs: &mut [Input],
    format: &'static dyn RecordFormat,
    observer: &mut dyn Observer,
) -> Result<Summary> {
    let locates = plan.sink_options.index != WriteIndex::No;
    let records = Transcoding::of(inputs, format.form(), locates, &plan.options)?.ok_or(Error::NoInput)?;
    begin(inputs, observer);
    let header = RecordHeader { header: records.header(), bytes: Some(records.header_bytes()) };
    let create = |_: Option<&Records>| Ok(format.create(target, &header, &plan.sink_options)?);
    let (decoder, assembler) = (records.decoder().clone(), records.assembler());
    pipeline::run(&Pool::new(plan.threads)?, inputs, assembler, decoder, Box::new(create), observer)
}

fn begin(inputs: &[Input], observer: &mut dyn Observer) {
    for notice in inputs.iter().flat_map(Input::notices) {
        observer.notice(notice);
    }
    observer.started(inputs.iter().map(Input::size).sum());
}

/// Prepares an output, which is encrypted if it is for somebody.
pub(crate) fn create(path: &str, overwrite: bool, recipients: &[PublicKey]) -> Result<Target> {
    let target = Target::create(path, overwrite)?;
    Ok(if recipients.is_empty() { target } else { target.encrypted(recipients)? })
}

/// An input that is replaced while it is read is lost.
fn refuse_own_input(plan: &Plan) -> Result<()> {
    let canonical = |path: &str| std::fs::canonicalize(path).ok();
    let Some(output) = canonical(&plan.output).filter(|_| plan.output != "-") else { return Ok(()) };
    let is_output = |path: &&String| canonical(path).as_ref() == Some(&output);
    let mut paths = plan.inputs.iter().filter_map(|input| match input {
        PlannedInput::Path { path, .. } => Some(path),
        PlannedInput::Stream(_) => None,
    });
    match paths.find(is_output) {
        Some(path) => Err(Error::OwnInput { path: path.clone() }),
        None => Ok(()),
    }
}
