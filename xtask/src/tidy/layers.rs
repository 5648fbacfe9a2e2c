//! Modules import downwards only: no circle anywhere, and at the top of each crate the order that `tidy.toml` declares.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::breach::Breach;
use super::module_graph::Family;
use super::rules::Crate;

/// Circles among modules that stand side by side, one breach for each knot of them.
pub fn circles(name: &str, families: &[Family]) -> Vec<Breach> {
    families.iter().flat_map(|family| in_family(name, family)).collect()
}

fn in_family(name: &str, family: &Family) -> Vec<Breach> {
    let mut below: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in family.uses.keys() {
        below.entry(from).or_default().insert(to);
    }
    let place = if family.parent.is_empty() { name.to_owned() } else { format!("{name}::{}", family.parent) };
    let mut knotted: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for member in &family.members {
        if knotted.contains(member.as_str()) {
            continue;
        }
        let Some(circle) = shortest_circle(member, &below) else { continue };
        let shown: Vec<&str> = circle.windows(2).map(|pair| shown_by(family, pair[0], pair[1])).collect();
        found.push(Breach::new(&place, format!("a circle: {} ({})", circle.join(" → "), shown.join(", "))));
        let comes_back = |it: &&str| reachable(it, &below).contains(member.as_str());
        knotted.extend(reachable(member, &below).into_iter().filter(comes_back));
    }
    found
}

/// All that a module uses, directly or not.
fn reachable<'a>(start: &str, below: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = below.get(start).into_iter().flatten().copied().collect();
    while let Some(at) = next.pop() {
        if found.insert(at) {
            next.extend(below.get(at).into_iter().flatten());
        }
    }
    found
}

/// A file that shows that one uses the other.
fn shown_by<'a>(family: &'a Family, from: &str, to: &str) -> &'a str {
    family.uses.get(&(from.to_owned(), to.to_owned())).map_or("", String::as_str)
}

/// The shortest way from a module back to itself, both ends included.
fn shortest_circle<'a>(start: &'a str, below: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for to in below.get(at).into_iter().flatten() {
            if *to == start {
                let mut way: Vec<&str> = std::iter::successors(Some(at), |it| came_from.get(it).copied()).collect();
                way.reverse();
                way.push(start);
                return Some(way);
            }
            if !came_from.contains_key(to) {
                came_from.insert(to, at);
                next.push_back(to);
            }
        }
    }
    None
}

/// Imports at the top of a crate that do not lead from one declared layer to a lower one, and modules without a layer.
pub fn directions(rules: &Crate, top: &Family) -> Vec<Breach> {
    let name = &rules.name;
    if rules.layers.is_empty() {
        return vec![Breach::new(name, format!("{name} declares no layers; its imports give {:?}", draft(top)))];
    }
    let layer = |module: &str| rules.layers.iter().position(|layer| layer.iter().any(|it| it == module));
    let mut found = Vec::new();
    for module in top.members.iter().filter(|it| layer(it).is_none()) {
        found.push(Breach::new(name, format!("`{module}` is in no layer of {name}: give it one in tidy.toml")));
    }
    for gone in rules.layers.iter().flatten().filter(|it| !top.members.contains(*it)) {
        found.push(Breach::new(name, format!("{name} has no module `{gone}`: strike it from tidy.toml")));
    }
    for ((from, to), file) in &top.uses {
        let (Some(upper), Some(lower)) = (layer(from), layer(to)) else { continue };
        if upper >= lower {
            let message = format!("{file}: `{from}` imports `{to}`, which is not below it in tidy.toml");
            found.push(Breach::new(&format!("{name}: {from} > {to}"), message));
        }
    }
    found
}

/// A crate's layers as they are printed, the highest first.
pub fn picture(rules: &Crate) -> String {
    let rows = rules.layers.iter().map(|layer| format!("  {}\n", layer.join(" · ")));
    format!("{}\n{}", rules.name, rows.collect::<String>())
}

/// The layers that the imports alone give, the highest first: a draft for a new crate's row in `tidy.toml`.
fn draft(top: &Family) -> Vec<Vec<&str>> {
    let mut heights: BTreeMap<&str, usize> = top.members.iter().map(|it| (it.as_str(), 0)).collect();
    // Without circles no chain is longer than there are members.
    for _ in 0..top.members.len() {
        for (from, to) in top.uses.keys() {
            let height = heights[to.as_str()] + 1;
            if let Some(own) = heights.get_mut(from.as_str()) {
                *own = height.max(*own);
            }
        }
    }
    let highest = heights.values().copied().max().unwrap_or(0);
    let layer = |height| heights.iter().filter(|(_, it)| **it == height).map(|(name, _)| *name).collect();
    (0..=highest).rev().map(layer).filter(|it: &Vec<&str>| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{circles, directions, draft};
    use crate::tidy::module_graph::Family;
    use crate::tidy::rules::Crate;

    fn family(uses: &[(&str, &str)]) -> Family {
        let pairs = uses.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
        Family {
            parent: String::new(),
            members: uses.iter().flat_map(|(from, to)| [(*from).to_owned(), (*to).to_owned()]).collect(),
            uses: pairs
                .map(|pair| {
                    let file = format!("{}.rs", pair.0);
                    (pair, file)
                })
                .collect(),
        }
    }

    fn messages(breaches: Vec<crate::tidy::breach::Breach>) -> Vec<String> {
        breaches.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn a_circle_is_named_with_the_files_that_make_it() {
        let found = messages(circles("x", &[family(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])]));
        assert_eq!(found, ["a circle: a → b → c → a (a.rs, b.rs, c.rs)"]);
        assert!(circles("x", &[family(&[("a", "b"), ("a", "c"), ("b", "c")])]).is_empty());
    }

    #[test]
    fn a_knot_is_one_breach_however_many_circles_it_has() {
        assert_eq!(circles("x", &[family(&[("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "a")])]).len(), 1);
        assert_eq!(circles("x", &[family(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("b", "c")])]).len(), 2);
    }

    #[test]
    fn imports_lead_from_a_declared_layer_to_a_lower_one() {
        let layers = |layers: &[&[&str]]| Crate {
            name: "x".to_owned(),
            layers: layers.iter().map(|layer| layer.iter().map(|it| (*it).to_owned()).collect()).collect(),
            ..Crate::default()
        };
        let uses = family(&[("http", "pipeline"), ("pipeline", "clock"), ("http", "clock")]);
        let found = |rows| messages(directions(&layers(rows), &uses));
        assert_eq!(found(&[&["http"], &["pipeline"], &["clock"]]), [""; 0]);
        assert_eq!(
            found(&[&["pipeline"], &["http"], &["clock"]]),
            ["http.rs: `http` imports `pipeline`, which is not below it in tidy.toml"]
        );
        assert_eq!(found(&[&["http", "pipeline"], &["clock"]]).len(), 1);
        assert_eq!(found(&[&["http"], &["pipeline", "gone"]]).len(), 2);
    }

    #[test]
    fn a_draft_puts_each_module_just_above_what_it_uses() {
        assert_eq!(draft(&family(&[("a", "b"), ("b", "c"), ("d", "c")])), [vec!["a"], vec!["b", "d"], vec!["c"]]);
    }
}
