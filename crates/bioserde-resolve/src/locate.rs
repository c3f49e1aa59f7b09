use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bioserde_core::FormatSpec;

/// The index file beside a data file, by the format's index suffixes, the first that exists:
/// `x.bam.bai` before `x.bai`, and for `x.vcf.gz` also `x.tbi`.
pub fn find_index(path: &Path, spec: &FormatSpec) -> Option<PathBuf> {
    let name = path.file_name()?.to_str();
    let stem = name.and_then(|name| spec.suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)));
    spec.index_suffixes.iter().find_map(|suffix| {
        let appended = with_suffix(path.as_os_str().to_owned(), suffix);
        let replaced = with_suffix(path.with_extension("").into_os_string(), suffix);
        let bare = stem.filter(|stem| !stem.is_empty()).map(|stem| path.with_file_name(stem));
        let bare = bare.map(|bare| with_suffix(bare.into_os_string(), suffix));
        [Some(appended), Some(replaced), bare].into_iter().flatten().find(|candidate| candidate.is_file())
    })
}

fn with_suffix(mut path: OsString, suffix: &str) -> PathBuf {
    path.push(suffix);
    path.into()
}

/// Whether the index was last written before its data file was: it may belong to an older version of
/// it. Times that cannot be had count as fresh.
pub fn is_stale(index: &Path, data: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    matches!((modified(index), modified(data)), (Some(index), Some(data)) if index < data)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use bioserde_core::Family;

    use super::*;

    const VCF: FormatSpec = FormatSpec {
        name: "vcf",
        family: Family::Variants,
        magic: b"##fileformat=VCF",
        suffixes: &[".vcf.gz", ".vcf"],
        index_suffixes: &[".tbi", ".csi"],
    };

    #[test]
    fn both_habits_are_tried_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let data = at("x.1.vcf.gz");
        assert_eq!(find_index(&data, &VCF), None);
        // Later names first: each that is added takes precedence over those before it.
        for name in ["x.1.csi", "x.1.vcf.csi", "x.1.vcf.gz.csi", "x.1.tbi", "x.1.vcf.tbi", "x.1.vcf.gz.tbi"] {
            fs::write(at(name), "").unwrap();
            assert_eq!(find_index(&data, &VCF), Some(at(name)));
        }
    }

    #[test]
    fn indexes_of_other_formats_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let cram = FormatSpec { suffixes: &[".cram"], index_suffixes: &[".crai"], ..VCF };
        fs::write(dir.path().join("x.csi"), "").unwrap();
        assert_eq!(find_index(&dir.path().join("x.cram"), &cram), None);
        for name in ["x.crai", "x.cram.crai"] {
            fs::write(dir.path().join(name), "").unwrap();
            assert_eq!(find_index(&dir.path().join("x.cram"), &cram), Some(dir.path().join(name)));
        }
    }

    #[test]
    fn a_directory_is_no_index() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("x.vcf.tbi")).unwrap();
        assert_eq!(find_index(&dir.path().join("x.vcf"), &VCF), None);
    }

    #[test]
    fn an_older_index_is_stale() {
        let dir = tempfile::tempdir().unwrap();
        let (index, data) = (dir.path().join("i"), dir.path().join("d"));
        File::create(&data).unwrap();
        let file = File::create(&index).unwrap();
        assert!(!is_stale(&index, &dir.path().join("missing")));
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        assert!(is_stale(&index, &data) && !is_stale(&data, &index));
    }
}
