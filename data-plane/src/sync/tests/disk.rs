use std::fs;
use std::path::Path;

use data_plane_core::config::Secret;

use crate::sync::apply;
use crate::sync::disk::{Loaded, Served, SnapshotDir};
use crate::sync::fixtures::{PLANTED_KEY, resources, snapshot};
use crate::sync::seal::{SealKey, Unsealable};

fn key(secret: &str) -> SealKey {
    SealKey::derive(&Secret::new(secret.to_owned()), "node-1")
}

fn store(dir: &Path, versions: impl IntoIterator<Item = u64>) -> SnapshotDir {
    let disk = SnapshotDir::new(dir, key("srn_one"));
    for version in versions {
        disk.store(&apply::full(snapshot(version, resources())).unwrap()).unwrap();
    }
    disk
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir.join("snapshots")).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn version(loaded: &Loaded) -> Option<u64> {
    loaded.newest.as_ref().map(|Served { held, reading }| {
        assert_eq!((held.version, &held.hash), (reading.snapshot.version, &reading.snapshot.hash));
        held.version
    })
}

fn file(version: u64) -> String {
    format!("{version:020}.snapshot")
}

#[test]
fn every_changed_byte_and_every_cut_of_a_sealed_snapshot_is_refused() {
    let key = key("srn_one");
    let sealed = key.seal(&snapshot(3, resources()[4..5].to_vec()));
    assert_eq!(key.open(&sealed).unwrap().version, 3);
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut bad = sealed.clone();
            bad[at] ^= 1 << bit;
            assert!(key.open(&bad).is_err(), "byte {at}, bit {bit}");
        }
        assert!(key.open(&sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_snapshot_opens_with_its_own_key_and_node_alone_and_shows_nothing() {
    let sealed = key("srn_one").seal(&snapshot(3, resources()));
    assert_eq!(key("srn_two").open(&sealed), Err(Unsealable::NotAuthentic));
    let other_node = SealKey::derive(&Secret::new("srn_one".to_owned()), "node-2");
    assert_eq!(other_node.open(&sealed), Err(Unsealable::NotAuthentic));
    let shown = String::from_utf8_lossy(&sealed);
    assert!(!shown.contains(PLANTED_KEY) && !shown.contains("openai"));
}

#[test]
fn the_last_three_are_kept_and_the_newest_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let disk = store(dir.path(), [1, 2, 9, 10, 11]);
    assert_eq!(names(dir.path()), [file(9), file(10), file(11)]);
    assert_eq!(version(&disk.load()), Some(11));
}

#[test]
fn a_damaged_one_is_set_aside_and_named_and_an_older_one_serves() {
    let dir = tempfile::tempdir().unwrap();
    let disk = store(dir.path(), [1, 2, 3]);
    let newest = dir.path().join("snapshots").join(file(3));
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let loaded = disk.load();
    assert_eq!((version(&loaded), loaded.problems.len()), (Some(2), 1));
    assert!(loaded.problems[0].contains(newest.to_str().unwrap()) && loaded.problems[0].contains("delete that"));
    assert!(names(dir.path()).contains(&"00000000000000000003.unusable".to_owned()), "it was not deleted");
    assert_eq!(disk.load().problems, Vec::<String>::new());
}

#[test]
fn a_newer_format_is_reported_and_left_for_the_newer_version() {
    let dir = tempfile::tempdir().unwrap();
    let disk = store(dir.path(), [1, 2]);
    let newest = dir.path().join("snapshots").join(file(2));
    let mut bytes = fs::read(&newest).unwrap();
    bytes[8] = 3;
    fs::write(&newest, bytes).unwrap();
    let loaded = disk.load();
    assert_eq!(version(&loaded), None, "version 1 is no longer in force");
    assert!(loaded.problems[0].contains("newer version"), "{:?}", loaded.problems);
    assert!(newest.exists());
}

fn set_format(dir: &Path, version: u64, format: u8) {
    let path = dir.join("snapshots").join(file(version));
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = format;
    fs::write(&path, bytes).unwrap();
}

#[test]
fn an_older_build_that_is_put_back_finds_nothing_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let disk = store(dir.path(), [7, 8]);
    set_format(dir.path(), 7, 1);
    set_format(dir.path(), 8, 1);
    disk.store(&apply::full(snapshot(9, resources())).unwrap()).unwrap();
    assert_eq!(names(dir.path()), [file(9)]);
    // One of a build before this, which left them.
    store(dir.path(), [10]);
    set_format(dir.path(), 9, 1);
    assert_eq!(version(&disk.load()), Some(10));
    assert_eq!(names(dir.path()), [file(10)]);
}

#[test]
fn what_an_older_build_served_last_is_not_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let disk = store(dir.path(), [11, 12]);
    set_format(dir.path(), 12, 1);
    assert_eq!(version(&disk.load()), None, "version 11 is no longer in force");
    assert_eq!(names(dir.path()), [file(11), file(12)]);
}

#[test]
fn an_older_format_is_reported_and_waits_for_the_next_push() {
    let dir = tempfile::tempdir().unwrap();
    let disk = store(dir.path(), [2]);
    let newest = dir.path().join("snapshots").join(file(2));
    let mut bytes = fs::read(&newest).unwrap();
    bytes[8] = 1;
    fs::write(&newest, bytes).unwrap();
    let loaded = disk.load();
    assert_eq!(version(&loaded), None);
    assert!(loaded.problems[0].contains("older version") && loaded.problems[0].contains("pushes a new one"));
    assert!(newest.exists());
}

#[test]
fn with_nothing_valid_nothing_serves() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), [1, 2, 3]);
    let stranger = SnapshotDir::new(dir.path(), key("srn_stranger"));
    let loaded = stranger.load();
    assert_eq!((version(&loaded), loaded.problems.len()), (None, 3));
    let empty = tempfile::tempdir().unwrap();
    let loaded = SnapshotDir::new(empty.path(), key("srn_one")).load();
    assert_eq!((version(&loaded), loaded.problems.len()), (None, 0));
}

#[test]
fn snapshots_are_sealed_anew_for_a_new_credential_and_open_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let disk = store(dir.path(), [7, 8]).opening(Some(key("srn_two")));
    // Killed after the first file: the other one opens, too.
    SnapshotDir::new(dir.path(), key("srn_two")).store(&apply::full(snapshot(9, resources())).unwrap()).unwrap();
    assert_eq!(version(&disk.load()), Some(9));
    fs::write(dir.path().join("snapshots").join(file(6)), b"damaged").unwrap();
    disk.seal_with(key("srn_two")).unwrap();
    disk.store(&apply::full(snapshot(10, resources())).unwrap()).unwrap();
    let new = SnapshotDir::new(dir.path(), key("srn_two"));
    let opened = new.examine().unwrap().iter().filter(|it| it.content.is_ok()).count();
    assert_eq!((version(&new.load()), opened), (Some(10), 3));
    assert_eq!(version(&SnapshotDir::new(dir.path(), key("srn_one")).load()), None);
}
