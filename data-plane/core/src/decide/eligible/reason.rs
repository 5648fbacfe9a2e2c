/// One row a code: variant, name, meaning.
macro_rules! reasons {
    ($($reason:ident $name:literal $meaning:literal)*) => {
        /// Why a target cannot serve a request, without the particulars of the request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $(#[doc = $meaning] $reason,)*
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$reason,)*];

            /// Its name in tables, reports and `details`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)*
                }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$reason => $meaning,)*
                }
            }

            /// The one of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == name)
            }
        }
    };
}

reasons! {
    State "state" "The target is not active."
    Dialect "dialect" "The provider speaks no dialect in which the request could be told."
    Translation "translation" "The request asks for something that the provider's dialect cannot say."
    Fidelity "fidelity" "The group demands strict fidelity, and the provider's dialect does not carry everything as it is."
    Provenance "provenance" "Another provider made what the request continues, and alone knows it."
    NotOwned "not-owned" "The request uses what a provider keeps, and nobody knows that it is the caller's."
    GroupDialect "group-dialect" "The group's contract does not admit the caller's dialect."
    GroupModality "group-modality" "The group's contract does not admit the kind of content."
    Operation "operation" "The target does not do this kind of work."
    Tools "tools" "The target does not take tools of that type."
    Modality "modality" "The target does not read or write the kind of content."
    StructuredOutput "structured-output" "The target does not keep to a JSON Schema."
    Reasoning "reasoning" "The target cannot be asked to reason."
    ReasoningEffort "reasoning-effort" "The target does not know the reasoning effort."
    OutputCap "output-cap" "More output is asked for than the target writes."
    OutputCapIgnored "output-cap-ignored" "The request caps its output, and the target keeps to no cap."
    Context "context" "The input is longer than the target reads."
    CredentialMissing "credential-missing" "Neither the control plane nor the router had the provider's key."
    Unavailable "unavailable" "Nothing was sent to the target at the time: it had failed too often, or had asked to be left alone."
}
