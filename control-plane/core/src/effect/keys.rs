use super::Facts;
use crate::Document;

/// Providers that some group needs, whose key cannot be had, and that are new or get it from somewhere else now.
pub(super) fn missing(before: &Document, after: &Document, facts: &Facts) -> Vec<String> {
    let used = |id: &str| {
        let targets = after.groups.values().flat_map(|it| &it.targets);
        targets.filter_map(|it| it.model.split_once('/')).any(|(provider, _)| provider == id)
    };
    let fresh = |id: &str| {
        let reference = |document: &Document| document.providers.get(id).map(|it| (it.credential.clone(), it.origin()));
        reference(before) != reference(after)
    };
    let providers = after.providers.keys().filter(|it| facts.without_key.contains(*it));
    providers.filter(|it| used(it) && fresh(it)).cloned().collect()
}
