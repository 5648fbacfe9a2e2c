use std::fs;
use std::path::Path;

use data_plane_core::config::Secret;

use crate::sync::disk::SnapshotDir;
use crate::sync::fixtures::{resources, snapshot};
use crate::sync::{SnapshotFault, SyncError, apply, examine, identity};

const CREDENTIAL: &str = "srn_0123456789ab";

/// A router's data directory with those versions.
fn data_dir(versions: impl IntoIterator<Item = u64>, node_key: Option<&Secret>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(identity::node_file(dir.path()), format!(r#"{{"node_id":"node-1","credential":"{CREDENTIAL}"}}"#))
        .unwrap();
    let identity = identity::load(dir.path()).unwrap().unwrap();
    let disk = SnapshotDir::new(dir.path(), identity.seal_key(node_key));
    for version in versions {
        disk.store(&apply::full(snapshot(version, resources())).unwrap()).unwrap();
    }
    dir
}

fn snapshot_file(dir: &Path, version: u64) -> std::path::PathBuf {
    dir.join("snapshots").join(format!("{version:020}.snapshot"))
}

#[test]
fn every_snapshot_is_opened_the_newest_first() {
    let dir = data_dir([3, 4, 5], None);
    let found = examine(dir.path(), None).unwrap();
    assert_eq!(found.node_id, "node-1");
    let versions: Vec<_> = found.snapshots.iter().map(|it| it.content.as_ref().unwrap().version).collect();
    assert_eq!(versions, [5, 4, 3]);
    let newest = found.snapshots[0].content.as_ref().unwrap();
    assert_eq!((newest.resources, newest.created_ms), (resources().len(), snapshot(5, resources()).created_ms));
    assert_eq!(found.set_aside, Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_damaged_snapshot_is_named_and_left_where_it_is() {
    let dir = data_dir([3, 4], None);
    let newest = snapshot_file(dir.path(), 4);
    let mut bytes = fs::read(&newest).unwrap();
    bytes[80] ^= 1;
    fs::write(&newest, &bytes).unwrap();
    fs::write(newest.with_file_name("00000000000000000001.unusable"), "old").unwrap();
    for _ in 0..2 {
        let found = examine(dir.path(), None).unwrap();
        let Err(SnapshotFault::Unusable(why)) = &found.snapshots[0].content else { panic!("{found:?}") };
        assert!(why.contains(newest.to_str().unwrap()) && why.contains("damaged"), "{why}");
        assert_eq!(found.snapshots[1].content.as_ref().unwrap().version, 3);
        assert_eq!(found.set_aside.len(), 1);
        assert_eq!(fs::read(&newest).unwrap(), bytes, "it stays as it is");
    }
}

#[test]
fn a_snapshot_of_an_older_format_is_told_from_one_that_is_damaged() {
    let dir = data_dir([3], None);
    let path = snapshot_file(dir.path(), 3);
    let mut bytes = fs::read(&path).unwrap();
    bytes[8..12].copy_from_slice(&1_u32.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let found = examine(dir.path(), None).unwrap();
    let Err(SnapshotFault::OlderFormat(text)) = &found.snapshots[0].content else { panic!("{found:?}") };
    assert!(text.contains("in format 1") && text.contains("pushes a new one"), "{text}");
}

#[test]
fn a_node_key_opens_what_it_sealed_and_must_be_long() {
    let key = Secret::new("0123456789abcdef0123456789abcdef".to_owned());
    let dir = data_dir([3], Some(&key));
    assert!(examine(dir.path(), Some(&key)).unwrap().snapshots[0].content.is_ok());
    let without = examine(dir.path(), None).unwrap();
    let fault = without.snapshots[0].content.as_ref().unwrap_err();
    assert!(fault.to_string().contains("SMART_ROUTER_NODE_KEY"));
    let weak = examine(dir.path(), Some(&Secret::new("short".to_owned()))).unwrap_err();
    assert!(matches!(weak, SyncError::WeakNodeKey));
}

#[test]
fn a_router_that_is_not_enrolled_or_has_a_damaged_credential_is_told_so() {
    let dir = data_dir([], None);
    assert!(examine(dir.path(), None).unwrap().snapshots.is_empty());
    let file = identity::node_file(dir.path());
    fs::write(&file, format!("{{\"node_id\":\"\",\"credential\":\"{CREDENTIAL}")).unwrap();
    let damaged = examine(dir.path(), None).unwrap_err().to_string();
    assert!(damaged.contains("node.json") && !damaged.contains(CREDENTIAL), "{damaged}");
    fs::remove_file(&file).unwrap();
    assert!(matches!(examine(dir.path(), None), Err(SyncError::NotEnrolled { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was created");
}
