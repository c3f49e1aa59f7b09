use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use bioserde_core::FormatSpec;
use bioserde_crypt4gh::SUFFIX;

/// The index file beside a data file, by the format's index suffixes, the first that exists:
/// `x.bam.bai` before `x.bai`, and for `x.vcf.gz` also `x.tbi`.
///
/// That of an encrypted file, `x.bam.c4gh`, is `x.bam.c4gh.bai` or has the name of one of `x.bam`; and it
/// may be encrypted itself, as in `x.bam.bai.c4gh`.
pub fn find_index(path: &Path, spec: &FormatSpec) -> Option<PathBuf> {
    let is_encrypted = path.as_os_str().as_encoded_bytes().ends_with(SUFFIX.as_bytes());
    let decrypted = if is_encrypted { path.with_extension("") } else { path.to_owned() };
    spec.index_suffixes.iter().find_map(|suffix| {
        let own = with_suffix(path.as_os_str().to_owned(), suffix);
        let mut candidates: Vec<_> = std::iter::once(own).chain(names(&decrypted, spec, suffix)).collect();
        if is_encrypted {
            let encrypted = |name: &PathBuf| with_suffix(name.clone().into_os_string(), SUFFIX);
            candidates.extend(candidates.iter().map(encrypted).collect::<Vec<_>>());
        }
        candidates.into_iter().find(|candidate| candidate.is_file())
    })
}

/// The names that the index of a plain file may have.
fn names(path: &Path, spec: &FormatSpec, index_suffix: &str) -> impl Iterator<Item = PathBuf> {
    let name = path.file_name().and_then(OsStr::to_str);
    let stem = name.and_then(|name| spec.suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)));
    let bare = stem.filter(|stem| !stem.is_empty()).map(|stem| path.with_file_name(stem));
    let stems = [Some(path.to_owned()), Some(path.with_extension("")), bare];
    stems.into_iter().flatten().map(move |stem| with_suffix(stem.into_os_string(), index_suffix))
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
    fn an_encrypted_file_has_the_index_of_the_plain_one_too() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        // Later names first, as above.
        let names =
            ["x.tbi.c4gh", "x.vcf.gz.tbi.c4gh", "x.tbi", "x.vcf.tbi", "x.vcf.gz.tbi", "x.vcf.gz.c4gh.tbi"];
        for name in names {
            fs::write(at(name), "").unwrap();
            assert_eq!(find_index(&at("x.vcf.gz.c4gh"), &VCF), Some(at(name)));
        }
        fs::write(at("y.vcf.gz.tbi.c4gh"), "").unwrap();
        assert_eq!(find_index(&at("y.vcf.gz"), &VCF), None);
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
