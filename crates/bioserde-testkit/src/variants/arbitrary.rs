use bioserde_core::vcf::{Definition, Header, Number, Type};
use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample;

/// Any line that may stand under a header: declared and undeclared keys, values of the declared types
/// and, now and then, of others. The line has no end.
pub fn arb_variant_line(header: &Header) -> impl Strategy<Value = String> + use<> {
    let contigs: Vec<String> =
        header.names().iter().map(|n| (*n).to_owned()).chain(["other".into()]).collect();
    let filters: Vec<String> = header.filters.iter().cloned().chain(["odd".into()]).collect();
    let site = (
        sample::select(contigs),
        0..2_000_000_000_u32,
        prop_oneof![Just(".".to_owned()), "rs[0-9]{1,8}(;rs[0-9]{1,3})?"],
        "[ACGTN]{1,5}",
        prop_oneof![
            Just(".".to_owned()),
            "[ACGT]{1,4}(,[ACGT*]){0,2}",
            Just("<DEL>".to_owned()),
            Just("A[chr1:5[".to_owned())
        ],
        prop_oneof![Just(".".to_owned()), arb_float()],
        prop_oneof![Just(".".to_owned()), vec(sample::select(filters), 1..3).prop_map(|f| f.join(";"))],
    );
    let site = site.prop_map(|(c, p, id, r, a, q, f)| format!("{c}\t{p}\t{id}\t{r}\t{a}\t{q}\t{f}"));
    let info = arb_info(&header.infos);
    if header.samples.is_empty() {
        return (site, info).prop_map(|(site, info)| format!("{site}\t{info}")).boxed();
    }
    let samples = arb_samples(&header.formats, header.samples.len());
    (site, info, samples).prop_map(|(site, info, samples)| format!("{site}\t{info}\t{samples}")).boxed()
}

fn arb_info(definitions: &[Definition]) -> BoxedStrategy<String> {
    let mut entries: Vec<BoxedStrategy<String>> = definitions.iter().map(arb_entry).collect();
    entries.push(Just("undeclared_flag".to_owned()).boxed());
    entries.push("undeclared=[a-z0-9.,]{1,8}".boxed());
    let n = entries.len();
    let some = sample::subsequence(entries, 0..=n.min(6)).prop_shuffle();
    some.prop_flat_map(|chosen| chosen)
        .prop_map(|list| if list.is_empty() { ".".to_owned() } else { list.join(";") })
        .boxed()
}

fn arb_entry(definition: &Definition) -> BoxedStrategy<String> {
    let id = definition.id.clone();
    if definition.kind == Type::Flag {
        return prop_oneof![9 => Just(id.clone()), 1 => Just(format!("{id}=1"))].boxed();
    }
    arb_values(definition).prop_map(move |v| format!("{id}={v}")).boxed()
}

/// The values of a key: mostly as declared, sometimes another number of them or another type.
fn arb_values(definition: &Definition) -> BoxedStrategy<String> {
    let n = match definition.number {
        Number::Count(n) => usize::try_from(n).unwrap_or(1).clamp(1, 4),
        Number::Alternates => 1,
        Number::Alleles => 2,
        Number::Genotypes | Number::Unknown => 3,
    };
    let value = match definition.kind {
        Type::Integer | Type::Flag => arb_integer(),
        Type::Float => arb_float(),
        Type::Character => "[A-Za-z]".boxed(),
        Type::String => "[A-Za-z0-9_%|()-]{1,8}".boxed(),
    };
    let value = prop_oneof![8 => value, 1 => Just(".".to_owned())];
    prop_oneof![
        8 => vec(value.clone(), n).prop_map(|v| v.join(",")),
        2 => vec(value, 1..4).prop_map(|v| v.join(",")),
        1 => "[a-z.0-9]{1,4}",
    ]
    .boxed()
}

fn arb_integer() -> BoxedStrategy<String> {
    prop_oneof![6 => any::<i32>().prop_map(|n| n.to_string()), 2 => "[0-9]{1,3}", 1 => any::<i64>().prop_map(|n| n.to_string())]
        .boxed()
}

fn arb_float() -> BoxedStrategy<String> {
    prop_oneof![
        any::<f32>().prop_filter("a number", |x| x.is_finite()).prop_map(|x| x.to_string()),
        "-?[0-9]{1,4}\\.[0-9]{1,6}",
        "[0-9]\\.[0-9]{1,3}e-?[0-9]{1,2}",
        "[0-9]{1,5}",
    ]
    .boxed()
}

fn arb_samples(definitions: &[Definition], samples: usize) -> BoxedStrategy<String> {
    let keys: Vec<Definition> = definitions.iter().filter(|d| d.id != "GT").cloned().collect();
    let has_genotype = definitions.iter().any(|d| d.id == "GT");
    let n = keys.len();
    (sample::subsequence(keys, 0..=n.min(4)).prop_shuffle(), any::<bool>())
        .prop_flat_map(move |(keys, first)| {
            let with_genotype = (first && has_genotype) || keys.is_empty();
            let mut format: Vec<String> = keys.iter().map(|d| d.id.clone()).collect();
            let mut fields: Vec<BoxedStrategy<String>> = keys.iter().map(arb_values).collect();
            if with_genotype {
                format.insert(0, "GT".to_owned());
                fields.insert(0, arb_genotype());
            }
            // Values at the end may be dropped, all but the first (VCF §1.6.2).
            let sample = (fields, 0..4_usize).prop_map(|(mut fields, dropped)| {
                fields.truncate(fields.len().saturating_sub(dropped).max(1));
                fields.join(":")
            });
            (Just(format.join(":")), vec(sample, samples))
        })
        .prop_map(|(format, samples)| format!("{format}\t{}", samples.join("\t")))
        .boxed()
}

fn arb_genotype() -> BoxedStrategy<String> {
    prop_oneof![
        6 => "[0-2.][/|][0-2.]",
        1 => "[0-2.]",
        1 => "[/|][0-2.]([/|][0-2.]){1,2}",
        1 => "[0-9]{1,2}([/|][0-9.]){2,3}",
    ]
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variants::case_header;

    #[test]
    fn columns_are_those_of_the_header() {
        for (samples, columns) in [(0, 8), (1, 10), (3, 12)] {
            let header = Header::parse(case_header(samples).as_bytes()).unwrap();
            for line in crate::samples(&arb_variant_line(&header), 1, 300) {
                assert_eq!(line.split('\t').count(), columns, "{line}");
                assert!(line.split('\t').all(|field| !field.is_empty()), "{line}");
            }
        }
    }
}
