use std::fmt;

/// What a request may be looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// It is one of some texts, or none of them.
    Text(TextField),
    /// It is above or below a number.
    Number(NumberField),
    /// It is so, or not.
    Flag(FlagField),
}

/// One row a field: variant, name, meaning.
macro_rules! fields {
    ($(#[$doc:meta])* $kind:ident: $($field:ident $name:literal $meaning:literal)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind {
            $(#[doc = $meaning] $field,)*
        }

        impl $kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$field,)*];

            /// Its name in filters.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)*
                }
            }

            /// What it is, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$field => $meaning,)*
                }
            }
        }
    };
}

fields! {
    /// A text of a request; empty where it has none.
    TextField:
    Caller "caller" "The caller's id."
    User "user" "Who answers for the caller."
    Project "project" "The project's id."
    Environment "environment" "The caller's environment."
    Token "token" "The token's id."
    Session "session" "The client's session."
    Group "group" "The group's name."
    Policy "policy" "The policy that chose."
    Provider "provider" "The provider's id."
    Model "model" "The target that was tried last, `<provider>/<model>`."
    Target "target" "A target that was tried, whether it served or not."
    RequestedModel "requested_model" "`model` as the caller wrote it."
    Client "client" "The client, as detected from its headers."
    Status "status" "The HTTP status that the caller saw; `4xx` and `5xx` are all of a hundred."
    Code "code" "`ok`, `client-closed`, `interrupted`, or why it was not served."
    Dialect "dialect" "The dialect of the request."
    TargetDialect "target_dialect" "The dialect that the target was asked in."
    Operation "operation" "What was asked for."
    Cache "cache" "What a cache did."
    Region "region" "Where the router runs."
    Node "node" "The router's id."
    Ip "ip" "The client's address, where it is kept."
    Request "request" "The id that its router gave it."
    ClientRequest "client_request" "The caller's own id for it."
}

fields! {
    /// A number of a request.
    NumberField:
    Latency "latency" "How long it took."
    FirstByte "first_byte" "How long its first byte took; requests without one have none."
    Upstream "upstream" "How long targets took."
    Queue "queue" "How long it waited for its turn."
    Overhead "overhead" "The router's own time."
    Cost "cost" "What it cost, in US dollars."
    Tokens "tokens" "Input and output tokens."
    InputTokens "input_tokens" "Input tokens."
    OutputTokens "output_tokens" "Output tokens."
    Attempts "attempts" "How many targets were called."
    Redactions "redactions" "How many texts were redacted."
    ConfigVersion "config_version" "The configuration that it was served under."
}

fields! {
    /// Something that is so of a request, or not.
    FlagField:
    Failed "failed" "It did not end with `ok`."
    Fallback "fallback" "Another target than the first one served it."
    Stream "stream" "The answer was a stream."
    Warnings "warnings" "Something was lost or approximated."
    Unpriced "unpriced" "It has tokens, and no price was known for them."
    Estimated "estimated" "Its tokens were counted by the router."
}

impl NumberField {
    /// It is a length of time, in microseconds.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Latency | Self::FirstByte | Self::Upstream | Self::Queue | Self::Overhead)
    }
}

impl Field {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let texts = TextField::ALL.iter().copied().map(Self::Text);
        let numbers = NumberField::ALL.iter().copied().map(Self::Number);
        texts.chain(numbers).chain(FlagField::ALL.iter().copied().map(Self::Flag))
    }

    /// Its name in filters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text(it) => it.as_str(),
            Self::Number(it) => it.as_str(),
            Self::Flag(it) => it.as_str(),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
