use std::time::Duration;

use bioserde_read::{Assembler, Chunks, Filter, Framer, Inflated, Input, Next, Segment, Tally, Unit};
use bioserde_write::{Encoded, Encoder, Sink};

use crate::decode::{Decode, Decoded};
use crate::error::{Error, Result};
use crate::ordered::Ordered;
use crate::pool::Pool;
use crate::{INFLATE_AHEAD, Observer, Summary, Truncated};

/// How long a stalled input is waited for at a time.
const PATIENCE: Duration = Duration::from_millis(100);

/// Reads every input into the sink.
pub(crate) fn run<T: 'static, D: Decode<T>>(
    pool: &Pool,
    inputs: &mut [Input],
    mut assembler: Assembler,
    decoder: D,
    create: CreateSink<'_, T>,
    observer: &mut dyn Observer,
) -> Result<Summary> {
    let mut run = Run {
        pool,
        decoder,
        output: Output::Waiting(create),
        // One unit is worked on by each thread; one more waits, so that none is ever idle.
        encoding: Ordered::new(pool.threads() + 1),
        summary: Summary::default(),
        observer,
    };
    for input in inputs {
        run.summary.add_input(input);
        run.read(input, &mut assembler)?;
    }
    if let Some(unit) = assembler.finish() {
        run.submit(unit)?;
    }
    while run.append_next()? {}
    let Run { output, mut summary, .. } = run;
    summary.bytes_out = output.open(None)?.finish()?;
    Ok(summary)
}

/// Begins the output; is given the first batch, if there is one.
pub(crate) type CreateSink<'a, T> = Box<dyn FnOnce(Option<&T>) -> Result<Box<dyn Sink<T>>> + 'a>;

/// The output begins with the first rows: what they are like decides how they are encoded.
enum Output<'a, T> {
    Waiting(CreateSink<'a, T>),
    Open(Box<dyn Sink<T>>),
    Failed,
}

impl<T: 'static> Output<'_, T> {
    fn open(self, sample: Option<&T>) -> Result<Box<dyn Sink<T>>> {
        match self {
            Self::Waiting(create) => create(sample),
            Self::Open(sink) => Ok(sink),
            Self::Failed => Err(Error::Worker),
        }
    }

    fn sink(&mut self, decoder: &impl Decode<T>, unit: &Unit) -> Result<&mut dyn Sink<T>> {
        if let Self::Waiting(_) = self {
            let sample = decoder.sample(unit)?;
            *self = Self::Open(std::mem::replace(self, Self::Failed).open(sample.as_ref())?);
        }
        match self {
            Self::Open(sink) => Ok(sink.as_mut()),
            Self::Waiting(_) | Self::Failed => Err(Error::Worker),
        }
    }
}

struct Run<'a, T, D> {
    pool: &'a Pool,
    decoder: D,
    output: Output<'a, T>,
    encoding: Ordered<Result<EncodedUnit>>,
    summary: Summary,
    observer: &'a mut dyn Observer,
}

struct EncodedUnit {
    content: Encoded,
    records: usize,
    rows: usize,
    tally: Tally,
}

impl<T: 'static, D: Decode<T>> Run<'_, T, D> {
    fn read(&mut self, input: &mut Input, assembler: &mut Assembler) -> Result<()> {
        let (rest, chunks) = input.take_chunks();
        let mut framer = input.framer();
        let filter = input.filter();
        let bytes_before = self.summary.bytes_in;
        let mut filtering = Ordered::new(INFLATE_AHEAD);
        if let Some(rest) = rest {
            self.frame(rest, &mut framer, filter.as_ref(), &mut filtering, assembler)?;
        }
        let mut inflating = Ordered::new(INFLATE_AHEAD);
        let mut chunks: Option<Chunks> = chunks;
        loop {
            while !inflating.is_full() {
                match chunks.as_mut().map_or(Next::Ended, |chunks| chunks.next_within(PATIENCE)) {
                    Next::Chunk(chunk) => {
                        let chunk = chunk?;
                        inflating.push(self.pool.submit(move || chunk.inflate()));
                    }
                    // A pipe may stall for long: someone may want to stop it, or see what came so far.
                    Next::Waiting if self.observer.is_cancelled() => return Err(Error::Cancelled),
                    Next::Waiting if inflating.is_empty() => {}
                    Next::Waiting => break,
                    Next::Ended => {
                        chunks = None;
                        break;
                    }
                }
            }
            let Some(inflated) = inflating.pop()? else { break };
            self.frame(inflated?, &mut framer, filter.as_ref(), &mut filtering, assembler)?;
            self.summary.bytes_in = bytes_before + input.progress().bytes();
            self.observer.progress(self.summary.bytes_in, self.summary.rows);
            if self.observer.is_cancelled() {
                return Err(Error::Cancelled);
            }
        }
        self.finish_framing(input, &mut framer, filter.as_ref(), &mut filtering, assembler)?;
        self.summary.bytes_in = bytes_before + input.progress().bytes();
        if input.progress().is_truncated() {
            let truncated = Truncated { input: input.name().to_owned(), records: framer.records() };
            self.summary.truncated.push(truncated);
        }
        Ok(())
    }

    /// Cuts inflated bytes into records and passes those that are wanted on.
    fn frame(
        &mut self,
        inflated: Inflated,
        framer: &mut Framer,
        filter: Option<&Filter>,
        filtering: &mut Ordered<bioserde_read::Result<Vec<Segment>>>,
        assembler: &mut Assembler,
    ) -> Result<()> {
        for segment in framer.push(inflated)? {
            let Some(filter) = filter else {
                self.assemble(segment, assembler)?;
                continue;
            };
            if filtering.is_full() {
                self.assemble_filtered(filtering, assembler)?;
            }
            let filter = filter.clone();
            filtering.push(self.pool.submit(move || filter.apply(&segment)));
        }
        Ok(())
    }

    fn finish_framing(
        &mut self,
        input: &Input,
        framer: &mut Framer,
        filter: Option<&Filter>,
        filtering: &mut Ordered<bioserde_read::Result<Vec<Segment>>>,
        assembler: &mut Assembler,
    ) -> Result<()> {
        if let Some(last) = input.finish(framer)? {
            self.summary.oddities.add_unended_line();
            match filter {
                Some(filter) => {
                    let filter = filter.clone();
                    filtering.push(self.pool.submit(move || filter.apply(&last)));
                }
                None => self.assemble(last, assembler)?,
            }
        }
        while self.assemble_filtered(filtering, assembler)? {}
        for (kind, count) in input.packing_oddities() {
            self.summary.oddities.add_many(kind, count);
        }
        Ok(())
    }

    fn assemble_filtered(
        &mut self,
        filtering: &mut Ordered<bioserde_read::Result<Vec<Segment>>>,
        assembler: &mut Assembler,
    ) -> Result<bool> {
        let Some(segments) = filtering.pop()? else { return Ok(false) };
        for segment in segments? {
            self.assemble(segment, assembler)?;
        }
        Ok(true)
    }

    fn assemble(&mut self, segment: Segment, assembler: &mut Assembler) -> Result<()> {
        let mut units = Vec::new();
        assembler.push(segment, |unit| units.push(unit));
        units.into_iter().try_for_each(|unit| self.submit(unit))
    }

    /// Has a unit decoded and encoded.
    fn submit(&mut self, unit: Unit) -> Result<()> {
        if self.encoding.is_full() {
            self.append_next()?;
        }
        let decoder = self.decoder.clone();
        let encoder = self.output.sink(&decoder, &unit)?.encoder()?;
        self.encoding.push(self.pool.submit(move || encode(&decoder, unit, encoder)));
        Ok(())
    }

    /// Appends the first unit that is under way; says whether there was one.
    fn append_next(&mut self) -> Result<bool> {
        let Some(unit) = self.encoding.pop()? else { return Ok(false) };
        let EncodedUnit { content, records, rows, tally } = unit?;
        for (kind, n) in content.changes() {
            self.summary.oddities.add_many(kind, *n);
        }
        if let Output::Open(sink) = &mut self.output {
            sink.append(content)?;
        }
        self.summary.records += records as u64;
        self.summary.rows += rows as u64;
        self.summary.oddities.merge(&tally);
        Ok(true)
    }
}

fn encode<T: 'static>(
    decoder: &impl Decode<T>,
    unit: Unit,
    mut encoder: Box<dyn Encoder<T>>,
) -> Result<EncodedUnit> {
    let records = unit.records();
    let Decoded { rows, tally } = decoder.decode(unit, |part| Ok(encoder.write(part)?))?;
    Ok(EncodedUnit { content: encoder.finish()?, records, rows, tally })
}
