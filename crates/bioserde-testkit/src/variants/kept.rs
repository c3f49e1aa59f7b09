/// What is left of a line of VCF, without its end, without the keys that are not kept, as a server of htsget
/// should send it: by the text, column by column.
pub fn kept(line: &str, keeps_info: impl Fn(&str) -> bool, keeps_format: impl Fn(&str) -> bool) -> String {
    let or_dot = |list: Vec<&str>, separator: &str| match list.join(separator) {
        joined if joined.is_empty() => ".".to_owned(),
        joined => joined,
    };
    let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
    let info = columns[7].split(';').filter(|entry| keeps_info(entry.split('=').next().unwrap_or_default()));
    columns[7] = or_dot(info.collect(), ";");
    let Some(format) = columns.get(8) else { return columns.join("\t") };
    let is_kept: Vec<bool> = format.split(':').map(keeps_format).collect();
    if is_kept.contains(&false) {
        for column in columns.iter_mut().skip(8) {
            let left = column.split(':').zip(&is_kept).filter(|(_, is_kept)| **is_kept);
            *column = or_dot(left.map(|(value, _)| value).collect(), ":");
        }
    }
    columns.join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_leaves_dots() {
        let line = "1\t5\t.\tA\tC\t.\t.\tDP=1;DB;AF=0.5\tGT:DP:GQ\t0/1:3:9\t0/0:7\t.";
        assert_eq!(kept(line, |_| true, |_| true), line);
        let with = |info: &str, samples: &str| format!("1\t5\t.\tA\tC\t.\t.\t{info}\t{samples}");
        assert_eq!(kept(line, |_| false, |_| false), with(".", ".\t.\t.\t."));
        assert_eq!(kept(line, |k| k != "DP", |k| k != "DP"), with("DB;AF=0.5", "GT:GQ\t0/1:9\t0/0\t."));
        assert_eq!(kept(line, |k| k == "DB", |k| k == "GQ"), with("DB", "GQ\t9\t.\t."));
    }
}
