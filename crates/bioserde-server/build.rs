//! Tells the crate whether igv.js was built, so that it can be a part of the program.

use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(igv)");
    println!("cargo::rerun-if-changed=build.rs");
    let built = Path::new("../../web/dist/igv.js.gz");
    if built.is_file() {
        println!("cargo::rustc-cfg=igv");
        println!("cargo::rerun-if-changed={}", built.display());
    } else if Path::new("../../web").is_dir() {
        // A path that is missing would have the crate compiled each time.
        println!("cargo::rerun-if-changed=../../web");
    }
}
