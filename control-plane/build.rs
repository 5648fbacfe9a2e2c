//! Embeds the pages of `docs/` and their pictures, and tells cargo that the embedded migrations are an input: a new file alone would not
//! be noticed.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=../migrations");
    println!("cargo::rerun-if-changed=../docs");
    let root = fs::canonicalize("../docs")?;
    embed(&root, &["md"], "include_str", "docs.rs")?;
    embed(&root, &["png", "svg"], "include_bytes", "pictures.rs")
}

/// Writes a list of the files of some kinds with what is in them.
fn embed(root: &Path, extensions: &[&str], macro_name: &str, list: &str) -> io::Result<()> {
    let mut files = Vec::new();
    collect(root, root, extensions, &mut files)?;
    files.sort();
    let entry = |name: &String| format!("({name:?}, {macro_name}!(r#\"{}\"#))", root.join(name).display());
    let entries: Vec<String> = files.iter().map(entry).collect();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    fs::write(Path::new(&out).join(list), format!("&[{}]", entries.join(", ")))
}

fn collect(root: &Path, dir: &Path, extensions: &[&str], files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, extensions, files)?;
        } else if path.extension().is_some_and(|it| extensions.iter().any(|wanted| it == *wanted)) {
            let name = path.strip_prefix(root).expect("a page stands below the root");
            files.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
