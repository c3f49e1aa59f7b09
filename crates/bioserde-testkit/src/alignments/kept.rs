use std::collections::HashMap;

const FIELDS: [(&str, &str); 11] = [
    ("QNAME", "*"),
    ("FLAG", "0"),
    ("RNAME", "*"),
    ("POS", "0"),
    ("MAPQ", "255"),
    ("CIGAR", "*"),
    ("RNEXT", "*"),
    ("PNEXT", "0"),
    ("TLEN", "0"),
    ("SEQ", "*"),
    ("QUAL", "*"),
];

/// What is left of a line of SAM without the fields and tags that are not kept, as a server of htsget should
/// send it: by the text, column by column.
pub fn kept(line: &str, keeps_field: impl Fn(&str) -> bool, keeps_tag: impl Fn(&str) -> bool) -> String {
    let columns: Vec<&str> = line.split('\t').collect();
    let (columns, tags) = columns.split_at(FIELDS.len());
    let mut own: HashMap<&str, &str> =
        FIELDS.iter().map(|(name, _)| *name).zip(columns.iter().copied()).collect();
    if own["RNEXT"] == "=" {
        own.insert("RNEXT", own["RNAME"]);
    }
    let is_unmapped = own["FLAG"].parse::<u16>().expect("FLAG is a number") & 4 != 0;
    let mut left: HashMap<&str, &str> = FIELDS
        .iter()
        .map(|(name, none)| {
            let is_kept = keeps_field(name) || (*name == "SEQ" && keeps_field("QUAL"));
            (*name, if is_kept { own[name] } else { none })
        })
        .collect();
    let has_no_place = left["RNAME"] == "*" || left["POS"] == "0" || left["CIGAR"] == "*";
    if !keeps_field("FLAG") && (is_unmapped || has_no_place) {
        left.insert("FLAG", "4");
    }
    if left["RNEXT"] != "*" && left["RNEXT"] == left["RNAME"] {
        left.insert("RNEXT", "=");
    }
    let fields = FIELDS.iter().map(|(name, _)| left[name]);
    let tags = tags.iter().copied().filter(|tag| keeps_tag(&tag[..2]));
    fields.chain(tags).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_stands_for_none() {
        let line = "r\t99\tchr1\t5\t60\t4M\t=\t9\t8\tACGT\tIIII\tNM:i:0\tMD:Z:4";
        assert_eq!(kept(line, |_| true, |_| true), line);
        assert_eq!(kept(line, |_| false, |_| false), "*\t4\t*\t0\t255\t*\t*\t0\t0\t*\t*");
        assert_eq!(
            kept(line, |f| f == "QUAL" || f == "RNEXT", |t| t == "MD"),
            "*\t4\t*\t0\t255\t*\tchr1\t0\t0\tACGT\tIIII\tMD:Z:4"
        );
        assert_eq!(
            kept(line, |f| ["RNAME", "POS", "CIGAR"].contains(&f), |_| false),
            "*\t0\tchr1\t5\t255\t4M\t*\t0\t0\t*\t*"
        );
    }
}
