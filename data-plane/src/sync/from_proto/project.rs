use data_plane_core::config::Project;
use proto::v1;

pub(super) fn read(wire: &v1::Project) -> Project {
    Project { id: wire.id.clone(), owner: wire.owner.clone() }
}
