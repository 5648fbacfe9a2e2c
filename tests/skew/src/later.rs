//! What a later version may publish, made of what this one does. Callers say by their environment what happens to them.

use std::sync::Arc;

use control_plane::publish::{Published, Publisher};
use prost::Message;
use proto::v1::Resource;
use proto_next::v1::{Budget, Caller, Group, Marks, Target};
use tokio::sync::watch;

/// A value that closed sets get later.
const LATER: i32 = 90;

/// Publishes what `own` does, and more.
pub fn publisher(own: &Publisher) -> Publisher {
    let mut from = own.subscribe();
    let (to, newest) = watch::channel(None::<Arc<Published>>);
    tokio::spawn(async move {
        loop {
            let published = from.borrow_and_update().clone();
            if let Some(published) = published {
                let full = published.full();
                let resources = later(full.resources).into_iter().map(Arc::new).collect();
                let before: Vec<Arc<Published>> = to.borrow().iter().cloned().collect();
                let made = Published::of_another_build(full.version, full.created_ms, resources, &before);
                to.send_replace(Some(Arc::new(made)));
            }
            if from.changed().await.is_err() {
                return;
            }
        }
    });
    Publisher::of_another_build(newest)
}

fn later(resources: Vec<Resource>) -> Vec<Resource> {
    let mut later = Vec::new();
    for resource in resources {
        match resource.kind_and_id() {
            ("caller", _) => later.extend(caller(&resource)),
            ("group", "scored") => later.push(changed::<Group>(&resource, |it| it.policy = LATER)),
            ("target", id) if id.ends_with("/partly") => {
                later.push(changed::<Target>(&resource, |it| it.input_modalities.push(LATER)));
            }
            _ => later.push(resource),
        }
    }
    // A kind that restricts nothing.
    later.push(Resource::encoded("note/all".to_owned(), b"\x0a\x02hi".to_vec().into()));
    later.sort_by(|a, b| a.key.cmp(&b.key));
    later
}

/// Every caller gets the new field and a scope that is new; it matters to some.
fn caller(resource: &Resource) -> Vec<Resource> {
    let mut environment = String::new();
    let mut made = vec![changed::<Caller>(resource, |it| {
        it.tokens_per_day = Some(1_000_000);
        it.scopes.push(LATER);
        if it.environment == "limited" {
            it.marks = Some(Marks { needs: vec!["limits.tokens-per-day".to_owned()], ..Marks::default() });
        }
        environment.clone_from(&it.environment);
    })];
    if environment == "budgeted" {
        let (_, id) = resource.kind_and_id();
        let marks = Some(Marks { restricts: vec![resource.key.clone()], ..Marks::default() });
        let budget = Budget { id: id.to_owned(), nanousd_per_month: 1_000_000_000, marks };
        made.push(Resource::encoded(format!("budget/{id}"), budget.encode_to_vec().into()));
    }
    made
}

fn changed<T: Message + Default>(resource: &Resource, change: impl FnOnce(&mut T)) -> Resource {
    let mut body = T::decode(resource.body.clone()).expect("this very process has encoded it");
    change(&mut body);
    Resource::encoded(resource.key.clone(), body.encode_to_vec().into())
}
