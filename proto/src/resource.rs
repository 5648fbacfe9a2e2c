use prost::bytes::Bytes;
use prost::{DecodeError, Message};

use crate::digest;
use crate::v1::{Caller, Group, Marks, Project, Provider, Resource, Settings, Target, Token};

macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// What a resource says.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "the .proto file carries the comments")]
        pub enum Body {
            $($kind($kind),)*
        }

        impl Body {
            /// The first part of its key.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name,)*
                }
            }

            /// How it is to be taken by whoever does not understand it.
            pub fn marks(&self) -> Option<&Marks> {
                match self {
                    $(Self::$kind(it) => it.marks.as_ref(),)*
                }
            }

            /// Reads a body of that kind; `None`: this version knows no such kind.
            pub fn decode(kind: &str, body: Bytes) -> Option<Result<Self, DecodeError>> {
                Some(match kind {
                    $($name => $kind::decode(body).map(Self::$kind),)*
                    _ => return None,
                })
            }

            fn encode(&self) -> Bytes {
                match self {
                    $(Self::$kind(it) => it.encode_to_vec().into(),)*
                }
            }
        }
    };
}

kinds! {
    Settings "settings",
    Provider "provider",
    Target "target",
    Group "group",
    Project "project",
    Caller "caller",
    Token "token",
}

impl Resource {
    /// The resource as it travels.
    pub fn new(key: impl Into<String>, body: &Body) -> Self {
        Self::encoded(key.into(), body.encode())
    }

    /// A resource whose body is encoded already.
    pub fn encoded(key: String, body: Bytes) -> Self {
        let digest = Bytes::copy_from_slice(&digest(&body));
        Self { key, body, digest }
    }

    /// What its key says that it is, and which one.
    pub fn kind_and_id(&self) -> (&str, &str) {
        self.key.split_once('/').unwrap_or((&self.key, ""))
    }

    /// What it says; `None`: it is of a kind that this version does not know.
    pub fn decode(&self) -> Option<Result<Body, DecodeError>> {
        Body::decode(self.kind_and_id().0, self.body.clone())
    }
}
