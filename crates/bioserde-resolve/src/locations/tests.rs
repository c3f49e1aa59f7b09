use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const VCF: &[&str] = &[".vcf.gz", ".vcf.bgz", ".vcf"];
const BAM: &[&str] = &[".bam"];

/// A folder `root` with files in it, and a file beside it that nobody may see.
fn planted(files: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("root")).unwrap();
    plant(&dir, "secret.bam", "secret");
    for file in files {
        plant(&dir, &format!("root/{file}"), file);
    }
    dir
}

fn plant(dir: &TempDir, name: &str, text: &str) {
    let path = dir.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn folder(dir: &TempDir, path: &str, prefix: &str) -> Location {
    Location::Folder { path: dir.path().join(path), prefix: prefix.into() }
}

fn file(dir: &TempDir, id: &str, path: &str) -> Location {
    Location::File { id: id.into(), path: dir.path().join(path), index: None }
}

fn pattern(dir: &TempDir, regex: &str, substitution: &str) -> Location {
    let path = dir.path().join("root");
    Location::Pattern { path, regex: regex.into(), substitution: substitution.into() }
}

fn locations<const N: usize>(list: [Location; N]) -> Locations {
    Locations::new(list).unwrap()
}

/// What is in the file that an id leads to.
fn text(locations: &Locations, id: &str, suffixes: &[&str]) -> Option<String> {
    locations.find(id, suffixes).unwrap().map(|object| fs::read_to_string(object.path).unwrap())
}

fn message(list: Vec<Location>) -> String {
    Locations::new(list).unwrap_err().to_string()
}

#[test]
fn suffixes_are_tried_in_order() {
    let dir = planted(&["x.vcf", "x.vcf.bgz", "a/b/y.vcf"]);
    let all = locations([folder(&dir, "root", "")]);
    assert_eq!(text(&all, "x", VCF).as_deref(), Some("x.vcf.bgz"));
    plant(&dir, "root/x.vcf.gz", "later");
    assert_eq!(text(&all, "x", VCF).as_deref(), Some("later"));
    assert_eq!(text(&all, "a/b/y", VCF).as_deref(), Some("a/b/y.vcf"));
    assert_eq!(all.find("x", BAM).unwrap(), None);
    assert_eq!(all.find("x.vcf", VCF).unwrap(), None);
}

#[test]
fn a_prefix_is_whole_segments() {
    let dir = planted(&["x.bam", "y/x.bam"]);
    for prefix in ["study1", "study1/"] {
        let all = locations([folder(&dir, "root", prefix)]);
        assert_eq!(text(&all, "study1/x", BAM).as_deref(), Some("x.bam"));
        assert_eq!(text(&all, "study1/y/x", BAM).as_deref(), Some("y/x.bam"));
        for id in ["x", "study1x", "study1", "study1/", "study1//x", "study2/x", "study1/../x"] {
            assert_eq!(all.find(id, BAM).unwrap(), None, "{id}");
        }
    }
}

#[test]
fn the_first_location_with_a_file_gives_it() {
    let dir = planted(&["a/x.bam", "b/x.bam", "b/y.bam", "z.bam"]);
    let all = locations([
        file(&dir, "y", "root/z.bam"),
        folder(&dir, "root/a", ""),
        pattern(&dir, "y|z", "b/$0"),
        folder(&dir, "root/b", ""),
        pattern(&dir, "sample-(.*)", "b/$1"),
    ]);
    for (id, wanted) in [("x", "a/x.bam"), ("y", "z.bam"), ("sample-y", "b/y.bam")] {
        assert_eq!(text(&all, id, BAM).as_deref(), Some(wanted), "{id}");
    }
    assert_eq!(all.find("z", BAM).unwrap(), None);
}

#[test]
fn an_exact_id_has_its_file_its_index_and_its_format() {
    let dir = planted(&["x.bam", "x.vcf.gz", "elsewhere/x.csi"]);
    let index = dir.path().join("root/elsewhere/x.csi");
    let path = dir.path().join("root/x.vcf.gz");
    let all = locations([
        file(&dir, "study/é", "root/x.bam"),
        Location::File { id: "study/é".into(), path: path.clone(), index: Some(index.clone()) },
    ]);
    assert_eq!(text(&all, "study/é", BAM).as_deref(), Some("x.bam"));
    assert_eq!(all.find("study/é", VCF).unwrap(), Some(Object { path, index: Some(index), root: None }));
    assert_eq!(all.find("study/é", &[".cram"]).unwrap(), None);
    fs::remove_file(dir.path().join("root/x.bam")).unwrap();
    assert_eq!(all.find("study/é", BAM).unwrap(), None);
}

#[test]
fn only_regular_files_are_found() {
    let dir = planted(&["x.bam/y.bam", "f.bam"]);
    let all = locations([folder(&dir, "root", "")]);
    assert_eq!(text(&all, "x.bam/y", BAM).as_deref(), Some("x.bam/y.bam"));
    for id in ["x", "f.bam/y", &"x".repeat(255), &"x".repeat(254), &"x/".repeat(400)] {
        assert_eq!(all.find(id, BAM).unwrap(), None, "{id}");
    }
}

#[test]
fn hidden_files_are_unknown() {
    let dir = planted(&[".x.bam", ".git/x.bam"]);
    let all = locations([folder(&dir, "root", ""), pattern(&dir, "(.)(.*)", ".$2")]);
    for id in [".x", ".git/x", "ax", "agit/x"] {
        assert_eq!(all.find(id, BAM).unwrap(), None, "{id}");
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn link(dir: &TempDir, target: &Path, name: &str) {
        symlink(target, dir.path().join(name)).unwrap();
    }

    #[test]
    fn links_are_followed_inside_of_the_root_alone() {
        let dir = planted(&["real/x.bam"]);
        link(&dir, Path::new("real/x.bam"), "root/inside.bam");
        link(&dir, Path::new("real"), "root/also");
        link(&dir, Path::new("../secret.bam"), "root/out.bam");
        link(&dir, &dir.path().join("secret.bam"), "root/absolute.bam");
        link(&dir, dir.path(), "root/up");
        link(&dir, Path::new("missing"), "root/dangling.bam");
        let all = locations([folder(&dir, "root", ""), pattern(&dir, "p-(.*)", "$1")]);
        for id in ["inside", "also/x", "p-inside"] {
            assert_eq!(text(&all, id, BAM).as_deref(), Some("real/x.bam"), "{id}");
        }
        for id in ["out", "absolute", "up/secret", "dangling", "p-out", "up/root/out"] {
            assert_eq!(all.find(id, BAM).unwrap(), None, "{id}");
        }
        let named = locations([file(&dir, "chosen", "root/out.bam")]);
        assert_eq!(text(&named, "chosen", BAM).as_deref(), Some("secret"));
    }

    #[test]
    fn a_root_that_is_a_link_stays_what_it_was() {
        let dir = planted(&["x.bam"]);
        link(&dir, Path::new("root"), "current");
        let all = locations([folder(&dir, "current", "")]);
        assert_eq!(text(&all, "x", BAM).as_deref(), Some("x.bam"));
        fs::remove_file(dir.path().join("current")).unwrap();
        link(&dir, Path::new("."), "current");
        assert_eq!(text(&all, "x", BAM).as_deref(), Some("x.bam"));
        assert_eq!(all.find("secret", BAM).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_told_is_an_error() {
        let dir = planted(&["x.bam"]);
        link(&dir, Path::new("loop.bam"), "root/loop.bam");
        let all = locations([folder(&dir, "root", "")]);
        let error = all.find("loop", BAM).unwrap_err().to_string();
        assert!(error.ends_with("root/loop.bam: cannot look up"), "{error}");
        assert_eq!(all.list(BAM, 100).unreadable.len(), 1);
    }

    #[test]
    fn a_folder_without_permission_is_an_error() {
        let dir = planted(&["shut/x.bam", "y.bam"]);
        let shut = dir.path().join("root/shut");
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
        let all = locations([folder(&dir, "root", "")]);
        // The superuser may read it nevertheless.
        if fs::read_dir(&shut).is_err() {
            assert!(all.find("shut/x", BAM).is_err());
            assert_eq!(all.list(BAM, 100).unreadable, [shut.canonicalize().unwrap()]);
        }
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(text(&all, "y", BAM).as_deref(), Some("y.bam"));
    }

    #[test]
    fn a_listing_ends_in_spite_of_loops() {
        let dir = planted(&["a/x.bam"]);
        link(&dir, Path::new(".."), "root/a/up");
        link(&dir, Path::new("a"), "root/b");
        link(&dir, Path::new("a/x.bam"), "root/y.bam");
        link(&dir, Path::new("../secret.bam"), "root/z.bam");
        let all = locations([folder(&dir, "root", "")]);
        assert_eq!(ids(&all.list(BAM, 1000)), ["a/x", "y"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_id_leads_out(ids in proptest::collection::vec(hostile(), 50)) {
            let dir = planted(&["x.bam", "a/x.bam"]);
            link(&dir, dir.path(), "root/up");
            link(&dir, Path::new("../secret.bam"), "root/out.bam");
            link(&dir, Path::new("/"), "root/a/top");
            let all = locations([
                folder(&dir, "root", ""),
                folder(&dir, "root/a", "p"),
                pattern(&dir, "(?s)q(.*)", "$1"),
                pattern(&dir, "(?s)(.*)", "a/../$1"),
            ]);
            let root = dir.path().join("root").canonicalize().unwrap();
            let secret = dir.path().join("secret").display().to_string();
            for id in ids.into_iter().chain([secret]) {
                for suffixes in [BAM, &["", "/secret.bam", ".bam"]] {
                    if let Some(object) = all.find(&id, suffixes).unwrap() {
                        let target = object.path.canonicalize().unwrap();
                        prop_assert!(target.starts_with(&root), "{id:?}: {}", target.display());
                    }
                }
            }
        }
    }

    /// Any text, and paths of what is there and what leads out.
    fn hostile() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            Just("..".to_owned()),
            Just(".".to_owned()),
            Just(String::new()),
            Just("\0".to_owned()),
            Just("\\".to_owned()),
            Just("root".to_owned()),
            Just("up".to_owned()),
            Just("a".to_owned()),
            Just("top".to_owned()),
            Just("etc".to_owned()),
            Just("passwd".to_owned()),
            Just("x".to_owned()),
            Just("out".to_owned()),
            Just("secret".to_owned()),
            Just("%2e%2e".to_owned()),
            Just("p".to_owned()),
            Just("q..".to_owned()),
            any::<String>(),
        ];
        let path = proptest::collection::vec(segment, 0..6).prop_map(|segments| segments.join("/"));
        prop_oneof![any::<String>(), path]
    }
}

fn ids(listing: &Listing) -> Vec<&str> {
    listing.files.iter().map(|file| file.id.as_str()).collect()
}

#[test]
fn a_listing_has_the_ids_that_are_found() {
    let dir = planted(&[
        "b/x.bam",
        "b/x.bam.bai",
        "a.bam",
        "a.vcf",
        "a.vcf.gz",
        ".hidden.bam",
        ".git/y.bam",
        "c\\d.bam",
        ".bam",
        "b/x.cram",
        "note.txt",
        "e\n.bam",
    ]);
    let all = locations([
        file(&dir, "named", "root/b/x.bam"),
        file(&dir, "text", "root/note.txt"),
        folder(&dir, "root", "p/"),
        pattern(&dir, "r(.*)", "$1"),
        folder(&dir, "root/b", ""),
    ]);
    let listing = all.list(&[".bam", ".vcf", ".vcf.gz"], 1000);
    let files: Vec<_> = listing.files.iter().map(|file| (file.id.as_str(), file.suffix)).collect();
    let wanted = [
        ("named", ".bam"),
        ("p/a", ".bam"),
        ("p/a", ".vcf"),
        ("p/a", ".vcf.gz"),
        ("p/b/x", ".bam"),
        ("x", ".bam"),
    ];
    assert_eq!(files, wanted);
    for file in &listing.files {
        assert_eq!(all.find(&file.id, &[file.suffix]).unwrap().as_ref(), Some(&file.object));
    }
    assert!(!listing.is_cut && listing.unreadable.is_empty());
}

#[test]
fn a_listing_has_each_suffix_of_an_id_once() {
    let dir = planted(&["a/x.bam", "b/x.bam", "b/y.bam", "c.bam"]);
    let all = locations([
        folder(&dir, "root/a", ""),
        pattern(&dir, "y", "c"),
        folder(&dir, "root/b", ""),
        file(&dir, "x", "root/c.bam"),
    ]);
    let listing = all.list(BAM, 1000);
    assert_eq!(ids(&listing), ["x"]);
    assert_eq!(listing.files.first().map(|file| &file.object), all.find("x", BAM).unwrap().as_ref());
}

#[test]
fn a_listing_looks_at_no_more_names_than_it_may() {
    let dir = planted(&["a.bam", "b/c.bam", "b/d.bam"]);
    let all = locations([folder(&dir, "root", ""), file(&dir, "e", "root/a.bam")]);
    let cut = |limit| {
        let listing = all.list(BAM, limit);
        (listing.files.len(), listing.is_cut)
    };
    assert_eq!(
        [cut(0), cut(2), cut(3), cut(4), cut(5)],
        [(0, true), (1, true), (2, true), (3, true), (4, false)]
    );
}

#[test]
fn a_location_that_cannot_be_used_is_named() {
    let dir = planted(&["x.bam"]);
    assert_eq!(message(vec![]), "there is no location to look for files in");
    let at = |name: &str| dir.path().join(name).display().to_string();
    assert_eq!(message(vec![folder(&dir, "none", "")]), format!("{}: cannot be opened", at("none")));
    let no_folder = format!("{}: is not a folder", at("root/x.bam"));
    assert_eq!(message(vec![folder(&dir, "root/x.bam", "")]), no_folder);
    assert_eq!(message(vec![file(&dir, "x", "root")]), format!("{}: is not a regular file", at("root")));
    assert_eq!(message(vec![file(&dir, "x", "none.bam")]), format!("{}: cannot be opened", at("none.bam")));
    let without_index = Location::File {
        id: "x".into(),
        path: dir.path().join("root/x.bam"),
        index: Some(dir.path().join("root/x.bai")),
    };
    assert_eq!(message(vec![without_index]), format!("{}: cannot be opened", at("root/x.bai")));
    assert_eq!(message(vec![file(&dir, "../x", "root/x.bam")]), "`../x` cannot be an id");
    assert_eq!(message(vec![folder(&dir, "root", "a//")]), "`a//` cannot be the beginning of an id");
    let regex = message(vec![pattern(&dir, "(", "")]);
    assert_eq!(regex, "the regular expression `(` cannot be used");
    assert_eq!(
        message(vec![pattern(&dir, "(.)", "${a}")]),
        "the substitution `${a}` has `a`, and `(.)` has no such group"
    );
}
