//! The contract between the planes only grows: what stands in `proto/contract.txt` stays as it is, or becomes reserved.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
};

use super::breach::Breach;

/// Where the contract's sources are, and what was recorded of them.
const SOURCES: &str = "proto/proto";
const RECORD: &str = "proto/contract.txt";
const RESERVED: &str = "reserved";

/// Each number of each message and enum, and each method: what stands there.
type Contract = BTreeMap<String, String>;

/// What has changed since it was recorded.
pub fn breaches() -> Result<Vec<Breach>> {
    let recorded = parse(&fs::read_to_string(RECORD).with_context(|| format!("cannot read {RECORD}"))?);
    Ok(compare(&recorded, &read(Path::new(SOURCES))?))
}

/// Records additions. What would break the other side is refused.
pub fn accept() -> Result<()> {
    let recorded = parse(&fs::read_to_string(RECORD).unwrap_or_default());
    let now = read(Path::new(SOURCES))?;
    let broken: Vec<String> = breaking(&recorded, &now).map(|(place, what)| format!("{place}: {what}")).collect();
    ensure!(broken.is_empty(), "this breaks planes of other versions:\n{}", broken.join("\n"));
    fs::write(RECORD, written(&now)).with_context(|| format!("cannot write {RECORD}"))
}

fn compare(recorded: &Contract, now: &Contract) -> Vec<Breach> {
    let broken = breaking(recorded, now).map(|(place, what)| {
        Breach::new(&place, format!("{place}: {what}: planes of other versions no longer understand each other"))
    });
    let added = now.keys().filter(|place| !recorded.contains_key(*place));
    let added = added.map(|place| {
        Breach::new(place, format!("{place} is new: record it with `cargo xtask tidy --accept-contract`"))
    });
    broken.chain(added).collect()
}

fn breaking<'a>(recorded: &'a Contract, now: &'a Contract) -> impl Iterator<Item = (String, String)> + 'a {
    recorded.iter().filter_map(|(place, was)| {
        let what = match now.get(place) {
            Some(is) if is == was => return None,
            // A number that is reserved is never used again, and everybody sees that.
            Some(is) if is == RESERVED => return None,
            Some(is) => format!("`{was}` has become `{is}`"),
            None => format!("`{was}` is gone, and its number is not reserved"),
        };
        Some((place.clone(), what))
    })
}

fn written(contract: &Contract) -> String {
    let lines: Vec<String> = contract.iter().map(|(place, what)| format!("{place} {what}\n")).collect();
    lines.concat()
}

fn parse(text: &str) -> Contract {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(place, what)| (place.to_owned(), what.to_owned()))
        .collect()
}

fn read(sources: &Path) -> Result<Contract> {
    let mut files = Vec::new();
    collect(sources, &mut files)?;
    files.sort();
    let set = protox::compile(files, [sources])?;
    let mut contract = Contract::new();
    set.file.iter().for_each(|it| file(it, &mut contract));
    Ok(contract)
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

fn file(file: &FileDescriptorProto, contract: &mut Contract) {
    let package = file.package();
    file.message_type.iter().for_each(|it| message(package, it, contract));
    file.enum_type.iter().for_each(|it| values(package, it, contract));
    file.service.iter().for_each(|it| methods(package, it, contract));
}

fn message(within: &str, it: &DescriptorProto, contract: &mut Contract) {
    let name = format!("{within}.{}", it.name());
    for field in &it.field {
        contract.insert(format!("{name}.{}", field.number()), described(it, field));
    }
    // The end of a message's range is exclusive, that of an enum's is not.
    let reserved = it.reserved_range.iter().flat_map(|range| range.start()..range.end());
    contract.extend(reserved.map(|number| (format!("{name}.{number}"), RESERVED.to_owned())));
    it.nested_type.iter().for_each(|nested| message(&name, nested, contract));
    it.enum_type.iter().for_each(|nested| values(&name, nested, contract));
}

fn described(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let kind = match field.r#type() {
        Type::Message | Type::Enum | Type::Group => field.type_name().to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_ascii_lowercase(),
    };
    let label = match field.oneof_index {
        _ if field.label() == Label::Repeated => "repeated ".to_owned(),
        _ if field.proto3_optional() => "optional ".to_owned(),
        Some(index) => format!("one of {}: ", message.oneof_decl[index as usize].name()),
        None => String::new(),
    };
    format!("{} {label}{kind}", field.name())
}

fn values(within: &str, it: &EnumDescriptorProto, contract: &mut Contract) {
    let name = format!("{within}.{}", it.name());
    contract.extend(it.value.iter().map(|value| (format!("{name}.{}", value.number()), value.name().to_owned())));
    let reserved = it.reserved_range.iter().flat_map(|range| range.start()..=range.end());
    contract.extend(reserved.map(|number| (format!("{name}.{number}"), RESERVED.to_owned())));
}

fn methods(within: &str, it: &ServiceDescriptorProto, contract: &mut Contract) {
    let stream = |yes: bool| if yes { "stream " } else { "" };
    for method in &it.method {
        let (takes, gives) = (stream(method.client_streaming()), stream(method.server_streaming()));
        let what = format!("{takes}{} -> {gives}{}", method.input_type(), method.output_type());
        contract.insert(format!("{within}.{}/{}", it.name(), method.name()), what);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn contract(text: &str) -> Contract {
        let folder = tempfile::TempDir::new().unwrap();
        fs::write(folder.path().join("a.proto"), format!("syntax = \"proto3\"; package p; {text}")).unwrap();
        read(folder.path()).unwrap()
    }

    const NOW: &str = "message M { string a = 1; repeated uint64 b = 2; oneof c { E d = 3; bytes e = 4; } }
                       enum E { NONE = 0; SOME = 1; } service S { rpc Ask(stream M) returns (M); }";

    /// The places at which the contract of [`NOW`] is broken by that change.
    fn broken(from: &str, to: &str) -> Vec<String> {
        assert!(NOW.contains(from));
        let after = contract(&NOW.replace(from, to));
        breaking(&contract(NOW), &after).map(|(place, _)| place).collect()
    }

    #[test]
    fn what_is_removed_or_becomes_something_else_is_named() {
        assert_eq!(broken("string a = 1;", ""), ["p.M.1"]);
        assert_eq!(broken("a = 1", "a = 9"), ["p.M.1"]);
        assert_eq!(broken("string a", "bytes a"), ["p.M.1"]);
        assert_eq!(broken("string a", "repeated string a"), ["p.M.1"]);
        assert_eq!(broken("string a", "string z"), ["p.M.1"]);
        assert_eq!(broken("oneof c { E d = 3; bytes e = 4; }", "E d = 3; bytes e = 4;"), ["p.M.3", "p.M.4"]);
        assert_eq!(broken("SOME = 1;", ""), ["p.E.1"]);
        assert_eq!(broken("rpc Ask(stream M) returns (M);", ""), ["p.S/Ask"]);
        assert_eq!(broken("(stream M)", "(M)"), ["p.S/Ask"]);
    }

    #[test]
    fn what_is_removed_and_reserved_or_added_breaks_nothing() {
        assert_eq!(broken("string a = 1;", "reserved 1;"), [""; 0]);
        assert_eq!(broken("SOME = 1;", "reserved 1;"), [""; 0]);
        assert_eq!(broken("string a = 1;", "string a = 1; string f = 5;"), [""; 0]);
        let reserved = contract(&NOW.replace("string a = 1;", "reserved 1;"));
        let reused = breaking(&reserved, &contract(NOW)).map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(reused, ["p.M.1"], "a reserved number is never used again");
    }

    #[test]
    fn additions_are_recorded() {
        let after = contract(&NOW.replace("string a = 1;", "string a = 1; string f = 5;"));
        let found = compare(&contract(NOW), &after);
        assert_eq!(found.len(), 1);
        assert!(found[0].place == "p.M.5" && found[0].message.contains("--accept-contract"));
        assert_eq!(parse(&written(&after)), after);
    }
}
