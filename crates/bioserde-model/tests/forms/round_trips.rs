//! Models come back from every format as they were.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arbitrary::{arb_alignment, arb_variant};
use crate::bits::Bits;
use crate::formats;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn alignments_come_back(alignment in arb_alignment()) {
        check(&alignment)?;
    }

    #[test]
    fn variants_come_back(variant in arb_variant()) {
        check(&variant)?;
    }
}

fn check<T: Bits + Clone + Serialize + DeserializeOwned>(model: &T) -> Result<(), TestCaseError> {
    for (name, format) in formats::all::<T>() {
        let again = format(model).map_err(|e| TestCaseError::fail(format!("{name}: {e}")))?;
        prop_assert_eq!(again.bits(), model.clone().bits(), "{}", name);
    }
    Ok(())
}
