use bioserde_core::Position;
use serde::{Deserialize, Serialize};

use crate::bases::{qual, seq};
use crate::{Cigar, Tag, position};

/// An alignment: the eleven mandatory fields and the optional ones (SAMv1 §1.4, §1.5).
///
/// What BAM stores besides and derives from these is no part of it: the bin, the padding bits after an
/// odd number of bases, and the `CG` tag where it holds the operations of [`Alignment::cigar`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// `QNAME`; nothing for `*`.
    pub qname: Option<String>,
    /// `FLAG`, the bits of SAMv1 §1.4.
    pub flag: u16,
    /// `RNAME`; nothing for `*`.
    pub rname: Option<String>,
    /// `POS`, 1-based; nothing when unplaced.
    #[serde(default, with = "position::option")]
    pub pos: Option<Position>,
    /// `MAPQ`; 255 means that it is not available.
    pub mapq: u8,
    /// `CIGAR`; empty for `*`.
    pub cigar: Cigar,
    /// `RNEXT`, the name itself rather than `=`; nothing for `*`.
    pub rnext: Option<String>,
    /// `PNEXT`, 1-based; nothing when not available.
    #[serde(default, with = "position::option")]
    pub pnext: Option<Position>,
    /// `TLEN`, in bases, with its sign.
    pub tlen: i32,
    /// `SEQ`, a letter for each base; nothing for `*`.
    #[serde(default, with = "seq")]
    pub seq: Option<String>,
    /// `QUAL`, a phred score for each base, without the 33 that SAM text adds; nothing for `*`.
    #[serde(default, with = "qual")]
    pub qual: Option<Vec<u8>>,
    /// The optional fields, in order.
    pub tags: Vec<Tag>,
}

/// The bit of `FLAG` that says the read is unmapped.
const UNMAPPED: u16 = 4;

impl Alignment {
    /// The last reference base that the alignment covers, 1-based; nothing when it is unplaced.
    ///
    /// An alignment that is unmapped or covers no base counts as one base long, as in the indexes and
    /// region queries of htslib.
    pub fn end_pos(&self) -> Option<Position> {
        let start = u64::from(self.pos?.get());
        let len = if self.flag & UNMAPPED != 0 { 0 } else { self.cigar.reference_len() };
        let end = start.saturating_add(len.max(1) - 1);
        Some(Position::new(end).unwrap_or(Position::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TagValue;

    const JSON: &str = r#"{"qname":"r1","flag":99,"rname":"chr1","pos":7,"mapq":30,"cigar":"8M2I4M","rnext":null,"pnext":null,"tlen":-39,"seq":"TTAGATAAAGGATA","qual":[0,93],"tags":[{"tag":"Xf","type":"f","value":"nan:ffc00001"},{"tag":"XB","type":"Bs","value":[-1,2]}]}"#;

    fn alignment() -> Alignment {
        Alignment {
            qname: Some("r1".to_owned()),
            flag: 99,
            rname: Some("chr1".to_owned()),
            pos: Position::new(7),
            mapq: 30,
            cigar: "8M2I4M".parse().unwrap(),
            rnext: None,
            pnext: None,
            tlen: -39,
            seq: Some("TTAGATAAAGGATA".to_owned()),
            qual: Some(vec![0, 93]),
            tags: vec![
                Tag { tag: *b"Xf", value: TagValue::Float(f32::from_bits(0xffc0_0001)) },
                Tag { tag: *b"XB", value: TagValue::Int16s(vec![-1, 2]) },
            ],
        }
    }

    #[test]
    fn json_tells_everything() {
        assert_eq!(serde_json::to_string(&alignment()).unwrap(), JSON);
        let again: Alignment = serde_json::from_str(JSON).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), JSON);
    }

    #[test]
    fn positions_end_where_the_specification_says() {
        for wrong in ["-1", "2147483648", "1.5", "\"7\""] {
            let json = JSON.replace("\"pos\":7", &format!("\"pos\":{wrong}"));
            assert!(serde_json::from_str::<Alignment>(&json).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ends_count_what_covers_the_reference() {
        let end = |alignment: &Alignment| alignment.end_pos().map(Position::get);
        let mut alignment = alignment();
        assert_eq!(end(&alignment), Some(18));
        alignment.flag |= UNMAPPED;
        assert_eq!(end(&alignment), Some(7));
        alignment.flag = 0;
        alignment.cigar = "5I".parse().unwrap();
        assert_eq!(end(&alignment), Some(7));
        alignment.pos = None;
        assert_eq!(end(&alignment), None);
    }
}
