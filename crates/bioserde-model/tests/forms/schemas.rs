//! The published schemas accept what is written and refuse what cannot be read.

use bioserde_model::{MODEL_VERSION, SamHeader, VcfHeader};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::arbitrary::{arb_alignment, arb_variant};
use crate::snapshots::{SAM, VCF};

fn validator(name: &str) -> Validator {
    let path = format!("{}/../../docs/json/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(schema["$id"].as_str().unwrap().ends_with(&format!(":json:{MODEL_VERSION}:{name}")));
    jsonschema::draft202012::options().build(&schema).unwrap()
}

fn check(validator: &Validator, json: &Value) -> Result<(), TestCaseError> {
    validator.validate(json).map_err(|e| TestCaseError::fail(format!("{e}: {json}")))
}

#[test]
fn alignments_are_valid() {
    let validator = validator("alignment");
    proptest!(ProptestConfig::with_cases(500), |(model in arb_alignment())| {
        check(&validator, &serde_json::to_value(&model).unwrap())?;
    });
}

#[test]
fn variants_are_valid() {
    let validator = validator("variant");
    proptest!(ProptestConfig::with_cases(500), |(model in arb_variant())| {
        check(&validator, &serde_json::to_value(&model).unwrap())?;
    });
}

#[test]
fn headers_are_valid() {
    let sam = serde_json::to_value(SamHeader::from_text(SAM)).unwrap();
    check(&validator("sam-header"), &sam).unwrap();
    let vcf = serde_json::to_value(VcfHeader::from_text(VCF).unwrap()).unwrap();
    check(&validator("vcf-header"), &vcf).unwrap();
    assert!(!validator("sam-header").is_valid(&vcf) && !validator("vcf-header").is_valid(&sam));
}

#[test]
fn what_cannot_be_read_is_not_valid() {
    let good = json!({"flag": 4, "mapq": 0, "tlen": 0, "tags": [{"tag": "NM", "type": "C", "value": 5}]});
    let validator = validator("alignment");
    assert!(validator.is_valid(&good));
    assert!(serde_json::from_value::<bioserde_model::Alignment>(good.clone()).is_ok());
    for (pointer, wrong) in [
        ("/flag", json!(65536)),
        ("/mapq", json!("0")),
        ("/tags/0/value", json!(256)),
        ("/tags/0/type", json!("Q")),
        ("/tags/0/tag", json!("NMX")),
        ("/tags", json!(null)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&bad), "{bad}");
        assert!(serde_json::from_value::<bioserde_model::Alignment>(bad).is_err(), "{pointer}");
    }
}
