//! The program under test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The binary: `BIOSERDE_BIN`, else built with the profile and into the target directory of this test.
pub(crate) fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| std::env::var_os("BIOSERDE_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    // TARGET/PROFILE/deps/it-HASH
    let profile = this.ancestors().nth(2).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "-p", "bioserde-cli", "--target-dir"]).arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.current_dir(root()).status().unwrap().success(), "the program does not build");
    profile.join("bioserde")
}

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Fails the test unless the run succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// The `--json` summary, wherever the data left room for it.
    #[track_caller]
    pub(crate) fn summary(&self) -> serde_json::Value {
        let stdout = String::from_utf8_lossy(&self.stdout);
        let line = stdout.lines().chain(self.stderr.lines()).find(|l| l.starts_with('{'));
        let text =
            if stdout.trim_start().starts_with('{') { stdout.trim() } else { line.unwrap_or_default() };
        serde_json::from_str(text).unwrap_or_else(|e| panic!("no summary ({e}): {stdout}{}", self.stderr))
    }
}

/// Runs the program.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let Output { status, stdout, stderr } = Command::new(path()).args(args).output().unwrap();
    Run { code: status.code(), stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

/// `convert INPUT OUTPUT ARGS --json`.
pub(crate) fn convert(input: &Path, output: &Path, args: &[&str]) -> Run {
    let mut all = vec!["convert", input.to_str().unwrap(), output.to_str().unwrap(), "--json"];
    all.extend(args);
    run(all)
}
