//! Lets cargo notice a new build of the web UI. A path that does not exist would be dirty for
//! ever, so without a build this watches a file that the UI's build touches when it is done.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let built = Path::new("../../web/dist/index.html");
    let source = Path::new("../../web/index.html");
    for path in [built, source] {
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
}
