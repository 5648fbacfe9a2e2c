closed_set! {
    /// The kind of a policy.
    #[derive(Default)]
    pub enum PolicyKind {
        /// The first eligible target, and no other.
        Static = "static",
        /// At random by weight, over what is eligible.
        Weighted = "weighted",
        /// In the order of the configuration.
        #[default]
        Failover = "failover",
    }
}

closed_set! {
    /// How exactly a group's requests must be said in a target's dialect.
    #[derive(Default)]
    pub enum Fidelity {
        /// What a target's dialect cannot say is approximated or left out, and `x-router-warnings` names it.
        #[default]
        Tolerant = "tolerant",
        /// A target that would lose something that the request uses does not serve it.
        Strict = "strict",
    }
}
