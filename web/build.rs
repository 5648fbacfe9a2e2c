//! Embeds `assets/`: each file as it is and compressed, under a path that changes when any of them does.

use std::{env, fmt::Write as _, fs, io::Write as _, path::Path};

use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-changed=assets");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let mut names: Vec<String> = fs::read_dir("assets")
        .expect("assets/ is there")
        .map(|entry| entry.expect("assets/ can be read").file_name().into_string().expect("a name in UTF-8"))
        .collect();
    names.sort();
    let mut all = Sha256::new();
    let mut table = String::from("&[\n");
    for name in &names {
        let bytes = fs::read(Path::new("assets").join(name)).expect("the asset can be read");
        all.update((name.len() as u64).to_le_bytes());
        all.update(name);
        all.update((bytes.len() as u64).to_le_bytes());
        all.update(&bytes);
        let write = |ending: &str, bytes: &[u8]| {
            let path = Path::new(&out).join(format!("{name}{ending}"));
            fs::write(&path, bytes).expect("OUT_DIR takes files");
            format!("include_bytes!({:?})", path.to_str().expect("a path in UTF-8"))
        };
        let (plain, brotli, gzip) =
            (write("", &bytes), write(".br", &with_brotli(&bytes)), write(".gz", &with_gzip(&bytes)));
        writeln!(table, "Asset {{ name: {name:?}, plain: {plain}, brotli: {brotli}, gzip: {gzip} }},")
            .expect("writing to a String does not fail");
    }
    table.push(']');
    fs::write(Path::new(&out).join("assets.rs"), table).expect("OUT_DIR takes files");
    let digest = all.finalize().iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    println!("cargo::rustc-env=ASSETS_DIGEST={digest}");
}

fn with_brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params).expect("memory takes bytes");
    out
}

fn with_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}
