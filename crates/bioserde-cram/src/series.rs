/// The data series of records (CRAMv3 §8.4), in the order of the table of encodings.
macro_rules! series {
    ($($variant:ident $name:literal $doc:literal)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Series { $(#[doc = $doc] $variant),* }

        impl Series {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

series! {
    BamFlags "BF" "FLAG."
    CramFlags "CF" "What is stored, and how."
    ReferenceId "RI" "Where a slice has several reference sequences."
    ReadLength "RL" "Of the bases."
    Position "AP" "POS, perhaps as the difference to the record before."
    ReadGroup "RG" "By its place in the header."
    Name "RN" "QNAME."
    MateFlags "MF" "Of a mate that is elsewhere."
    MateReference "NS" "RNEXT."
    MatePosition "NP" "PNEXT."
    TemplateLength "TS" "TLEN."
    NextFragment "NF" "How many records lie before the mate."
    TagLine "TL" "Which tags a record has."
    FeatureCount "FN" "How many features a record has."
    FeatureCode "FC" "Their kinds."
    FeaturePosition "FP" "Their positions, as differences."
    DeletionLength "DL" "In bases."
    Stretch "BB" "Bases."
    QualityStretch "QQ" "Base qualities."
    Substitution "BS" "A code of the substitution matrix."
    Insertion "IN" "Inserted bases."
    Skip "RS" "In bases."
    Padding "PD" "In bases."
    HardClip "HC" "In bases."
    SoftClip "SC" "Clipped bases."
    MappingQuality "MQ" "MAPQ."
    Base "BA" "Bases, one by one."
    Quality "QS" "Base qualities, one by one."
}

impl Series {
    /// Whether its values are arrays of bytes.
    pub(crate) fn is_array(self) -> bool {
        matches!(self, Self::Name | Self::Stretch | Self::QualityStretch | Self::Insertion | Self::SoftClip)
    }

    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|series| series.name().as_bytes() == name)
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}
