//! Every view with every sample, as files: what the tests look at in a browser, and people in a folder.

use crate::{Chrome, Sample, Sampled, Screen, Theme, View, components::Components, overview::Overview};

/// A page of the gallery.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// As `overview`.
    pub view: &'static str,
    /// Of which sort.
    pub sample: Sample,
    /// The page.
    pub html: String,
}

/// Every view with every sample.
pub fn exhibits(theme: Theme) -> Vec<Exhibit> {
    let mut all = Vec::new();
    for sample in Sample::ALL {
        all.push(exhibit::<Components>("components", Screen::Nowhere, sample, theme));
        all.push(exhibit::<Overview>("overview", Screen::Overview, sample, theme));
    }
    all
}

fn exhibit<V: View + Sampled>(view: &'static str, screen: Screen, sample: Sample, theme: Theme) -> Exhibit {
    let html = V::sample(sample).page(&Chrome::sample(sample, screen, theme));
    Exhibit { view, sample, html }
}
