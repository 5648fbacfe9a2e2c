//! Compiles the contract with what a later version may add: a field, a kind of resource, something that is said of usage. (A new value of an enum needs no
//! schema: it is a number or a word that the other side does not know.)

use std::path::Path;
use std::{env, fs};

const FIELD: (&str, &str) = ("message Caller {\n", "message Caller {\n  optional uint64 tokens_per_day = 90;\n");
/// What a router says in this place is in another one for an older control plane: a field that it does not know.
const SAID: (&str, &str) = ("string policy = 20;", "string policy = 120;");
const KIND: &str = "
// What a caller may spend.
message Budget {
  string id = 1;
  uint64 nanousd_per_month = 2;
  Marks marks = 100;
}
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let current = Path::new("../../../proto/proto/smart_router/v1");
    println!("cargo:rerun-if-changed={}", current.display());
    let next = Path::new(&env::var("OUT_DIR")?).join("proto");
    let folder = next.join("smart_router/v1");
    fs::create_dir_all(&folder)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(current)? {
        let path = entry?.path();
        let mut text = fs::read_to_string(&path)?;
        if path.ends_with("config.proto") {
            assert!(text.contains(FIELD.0), "config.proto has no {:?}", FIELD.0);
            text = text.replace(FIELD.0, FIELD.1) + KIND;
        }
        if path.ends_with("usage.proto") {
            assert!(text.contains(SAID.0), "usage.proto has no {:?}", SAID.0);
            text = text.replace(SAID.0, SAID.1);
        }
        let name = path.file_name().ok_or("a file without a name")?;
        fs::write(folder.join(name), text)?;
        files.push(Path::new("smart_router/v1").join(name));
    }
    let descriptors = protox::compile(files, [next])?;
    tonic_prost_build::configure()
        .bytes(".smart_router.v1.Resource")
        .bytes(".smart_router.v1.UsageBatch")
        .compile_fds(descriptors)?;
    Ok(())
}
