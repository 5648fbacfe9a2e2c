//! Writes the gallery and the files that it loads into a folder: `cargo run -p web --example gallery -- FOLDER`.

use std::{env, fs, path::PathBuf};

use web::{Theme, assets, gallery};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).expect("say into which folder"));
    for theme in Theme::ALL {
        for exhibit in gallery::exhibits(theme) {
            let name = format!("{}-{}-{theme}.html", exhibit.view, exhibit.sample.as_str());
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(name), exhibit.html)?;
        }
    }
    fs::write(folder.join("policy.txt"), gallery::policy())?;
    let beside = folder.join("assets").join(assets::DIGEST);
    fs::create_dir_all(&beside)?;
    for asset in assets::all() {
        fs::write(beside.join(asset.name), asset.plain)?;
    }
    Ok(())
}
