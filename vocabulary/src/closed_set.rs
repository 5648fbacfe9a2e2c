/// Defines an enum of which every value has one name: in the configuration and its schema, in tables, reports and
/// messages to people.
macro_rules! closed_set {
    (
        $(#[$about_set:meta])*
        pub enum $set:ident {
            $($(#[$about:meta])* $value:ident = $name:literal,)+
        }
    ) => {
        $(#[$about_set])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $set {
            $($(#[$about])* #[serde(rename = $name)] $value,)+
        }

        impl $set {
            /// All of them, in the order in which they are documented.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }

            /// The one of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::{FailureClass, Operation, OutputCapField};

    #[test]
    fn a_name_is_the_same_wherever_it_is_written() {
        for class in FailureClass::ALL {
            assert_eq!(FailureClass::parse(class.as_str()), Some(class));
        }
        for operation in Operation::ALL {
            let json = serde_json::to_value(operation).unwrap();
            assert_eq!(json, operation.as_str());
            assert_eq!(serde_json::from_value::<Operation>(json).unwrap(), operation);
        }
        assert_eq!(OutputCapField::MaxTokens.as_str(), "max_tokens");
        assert_eq!(FailureClass::parse("Timeout"), None);
    }
}
