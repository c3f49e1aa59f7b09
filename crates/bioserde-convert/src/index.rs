use std::io::Write;

use bioserde_core::{Compression, Interval, Position, RecordForm};
use bioserde_crypt4gh::{Keyring, PublicKey, SUFFIX};
use bioserde_read::{Framer, Inflated, Input, Located, Locator, Options};
use bioserde_resolve::{BuildError, IndexBuilder, IndexKind, IndexRecord, gzi};

use crate::error::{Error, Result};
use crate::ordered::Ordered;
use crate::pool::Pool;
use crate::{INFLATE_AHEAD, Observer, create};

/// What an index is to be.
#[derive(Clone, Debug, Default)]
pub struct IndexPlan {
    /// The BGZF file.
    pub input: String,
    /// Where the index goes; beside the file when absent.
    pub output: Option<String>,
    /// CSI, where BAI or TBI is the usual kind.
    pub csi: bool,
    /// A GZI besides: the block starts, for tools that seek in the inflated bytes.
    pub gzi: bool,
    /// Threads of the pool; as many as there are processors when absent.
    pub threads: Option<usize>,
    /// Whether existing files are replaced.
    pub overwrite: bool,
    /// What an encrypted file is opened with.
    pub keys: Keyring,
    /// Whom the index is encrypted for (Crypt4GH); it is not where there is nobody.
    pub recipients: Vec<PublicKey>,
}

/// What was indexed.
#[derive(Clone, Debug, Default)]
pub struct Indexed {
    /// Records in the file.
    pub records: u64,
    /// Files written.
    pub outputs: Vec<String>,
}

/// Indexes a coordinate-sorted BAM, VCF or BCF file.
///
/// # Errors
///
/// The file is not BGZF, not sorted, faulty, or the index cannot be written.
pub fn index(plan: &IndexPlan, observer: &mut dyn Observer) -> Result<Indexed> {
    let mut input = Input::open(&plan.input, &Options { keys: plan.keys.clone(), ..Options::default() })?;
    let has_index = !input.spec().index_suffixes.is_empty() && input.compression() == Compression::Bgzf;
    if !has_index || input.size().is_none() {
        return Err(Error::NotIndexable { path: plan.input.clone() });
    }
    let kind = kind(&input, plan)?;
    let pool = Pool::new(plan.threads)?;
    observer.started(input.size());
    let numbers = input.header().record_numbers(input.form());
    let mut builder = IndexBuilder::new(kind, input.header().names()).with_record_numbers(numbers);
    // Of VCF the index has the names.
    if input.form() == RecordForm::Vcf {
        builder = builder.with_names();
    }
    let (rest, chunks) = input.take_chunks();
    let header_blocks = input.header_blocks().to_vec();
    let mut build =
        Build { builder, locator: input.locator(), framer: input.framer(), blocks: header_blocks, plan };
    if let Some(rest) = rest {
        build.push(rest)?;
    }
    let mut inflating = Ordered::new(INFLATE_AHEAD);
    let mut chunks = chunks.into_iter().flatten();
    loop {
        while !inflating.is_full() {
            let Some(chunk) = chunks.next() else { break };
            let chunk = chunk?;
            inflating.push(pool.submit(move || chunk.inflate()));
        }
        let Some(inflated) = inflating.pop()? else { break };
        build.push(inflated?)?;
        observer.progress(input.progress().bytes(), build.framer.records());
        if observer.is_cancelled() {
            return Err(Error::Cancelled);
        }
    }
    if let Some(last) = input.finish(&mut build.framer)? {
        build.visit(&last)?;
    }
    let Build { builder, framer, blocks, .. } = build;
    let encryption = if plan.recipients.is_empty() { "" } else { SUFFIX };
    let output =
        plan.output.clone().unwrap_or_else(|| format!("{}{}{encryption}", plan.input, kind.suffix()));
    let bytes = builder.finish().map_err(|source| Error::Index { path: plan.input.clone(), source })?;
    let mut indexed = Indexed { records: framer.records(), outputs: Vec::new() };
    write(&output, plan, &bytes)?;
    indexed.outputs.push(output);
    if plan.gzi {
        let output = format!("{}.gzi{encryption}", plan.input);
        write(&output, plan, &gzi(blocks))?;
        indexed.outputs.push(output);
    }
    Ok(indexed)
}

/// The kind that tools expect beside such a file.
fn kind(input: &Input, plan: &IndexPlan) -> Result<IndexKind> {
    let output = plan.output.as_deref().unwrap_or_default();
    let output = output.strip_suffix(SUFFIX).unwrap_or(output);
    let usual = match input.spec().index_suffixes.first() {
        Some(&".bai") => IndexKind::Bai,
        Some(&".tbi") => IndexKind::Tbi,
        _ => IndexKind::Csi,
    };
    let kind = if plan.csi || output.ends_with(".csi") { IndexKind::Csi } else { usual };
    // A name that promises another kind would mislead every tool that looks for it.
    let other = [(".bai", IndexKind::Bai), (".tbi", IndexKind::Tbi)];
    match other.into_iter().find(|(suffix, named)| output.ends_with(suffix) && *named != kind) {
        Some((suffix, _)) => Err(Error::IndexName { path: output.to_owned(), suffix }),
        None => Ok(kind),
    }
}

struct Build<'a> {
    builder: IndexBuilder,
    locator: Locator,
    framer: Framer,
    blocks: Vec<(u64, u32)>,
    plan: &'a IndexPlan,
}

impl Build<'_> {
    fn push(&mut self, inflated: Inflated) -> Result<()> {
        if self.plan.gzi {
            // The chunk in which the header ends was counted with the header.
            let last = self.blocks.last().map(|(offset, _)| *offset);
            self.blocks.extend(inflated.blocks().filter(|(offset, _)| Some(*offset) > last));
        }
        for segment in self.framer.push(inflated)? {
            self.visit(&segment)?;
        }
        Ok(())
    }

    fn visit(&mut self, segment: &bioserde_read::Segment) -> Result<()> {
        let builder = &mut self.builder;
        let each = |located: Located<'_>| -> std::result::Result<(), BuildError> {
            let Located { location, undeclared, start, end } = located;
            let reference = location.reference.or_else(|| undeclared.map(|name| builder.reference(name)));
            // A read that names its reference sequence and no position counts as at its start, as htslib
            // has it: it sorts before the others.
            let first = Position::new(1).map(|at| Interval { start: at, end: at });
            let place = reference.zip(location.interval.or(first));
            builder.push(IndexRecord { place, is_mapped: location.is_mapped, start, end })
        };
        self.locator.visit(segment, each)?;
        Ok(())
    }
}

fn write(path: &str, plan: &IndexPlan, bytes: &[u8]) -> Result<()> {
    let mut target = create(path, plan.overwrite, &plan.recipients)?;
    target.write_all(bytes).map_err(|e| target.error(e))?;
    target.commit()?;
    Ok(())
}
