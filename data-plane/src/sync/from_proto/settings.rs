use std::collections::HashSet;

use data_plane_core::config::{Baseline, Settings};
use proto::v1;

use super::mistakes::Mistakes;
use super::non_empty;

pub(super) fn read(wire: &v1::Settings, groups: &HashSet<&str>, found: &mut Mistakes) -> Settings {
    let default_group = non_empty(&wire.default_group);
    if let Some(name) = &default_group
        && !groups.contains(name.as_str())
    {
        found.add("dangling-group", &format!("there is no group `{name}`"));
    }
    let baselines = wire.baselines.iter().map(|it| Baseline {
        id: it.id.clone(),
        input: it.input_nanousd_per_mtok,
        output: it.output_nanousd_per_mtok,
    });
    Settings { default_group, store_client_ip: wire.store_client_ip, baselines: baselines.collect() }
}
