//! The records of one input in order, on the caller's thread.

use std::collections::VecDeque;

use crate::error::Result;
use crate::unit::Segment;
use crate::{Chunks, Filter, Framer, Inflated, Input};

/// The wanted records of an input, as they lie side by side.
#[derive(Debug)]
pub(crate) struct Segments {
    input: Input,
    framer: Framer,
    filter: Option<Filter>,
    rest: Option<Inflated>,
    chunks: Option<Chunks>,
    /// Those that were framed and not yet given.
    wanted: VecDeque<Segment>,
}

impl Segments {
    pub(crate) fn new(mut input: Input) -> Self {
        let (rest, chunks) = input.take_chunks();
        let (framer, filter) = (input.framer(), input.filter());
        Self { input, framer, filter, rest, chunks, wanted: VecDeque::new() }
    }

    pub(crate) fn input(&self) -> &Input {
        &self.input
    }

    /// The next of them; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Segment>> {
        while self.wanted.is_empty() {
            let Some(segments) = self.frame()? else { return Ok(None) };
            for segment in segments {
                match &self.filter {
                    Some(filter) => self.wanted.extend(filter.apply(&segment)?),
                    None => self.wanted.push_back(segment),
                }
            }
        }
        Ok(self.wanted.pop_front())
    }

    /// Cuts the next chunk into records; nothing when there is none.
    fn frame(&mut self) -> Result<Option<Vec<Segment>>> {
        if let Some(rest) = self.rest.take() {
            return self.framer.push(rest).map(Some);
        }
        let Some(chunks) = &mut self.chunks else { return Ok(None) };
        if let Some(chunk) = chunks.next() {
            return self.framer.push(chunk?.inflate()?).map(Some);
        }
        self.chunks = None;
        Ok(Some(self.input.finish(&mut self.framer)?.into_iter().collect()))
    }
}
