//! Embeds the pages of `docs/`, and tells cargo that the embedded migrations are an input: a new file alone would not
//! be noticed.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=../migrations");
    println!("cargo::rerun-if-changed=../docs");
    let root = fs::canonicalize("../docs")?;
    let mut pages = Vec::new();
    collect(&root, &root, &mut pages)?;
    pages.sort();
    let entry = |name: &String| format!("({name:?}, include_str!(r#\"{}\"#))", root.join(name).display());
    let entries: Vec<String> = pages.iter().map(entry).collect();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    fs::write(Path::new(&out).join("docs.rs"), format!("&[{}]", entries.join(", ")))
}

fn collect(root: &Path, dir: &Path, pages: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.strip_prefix(root).expect("a page stands below the root");
            pages.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
