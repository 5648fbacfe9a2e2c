closed_set! {
    /// What stands behind a provider's URL.
    #[derive(Default)]
    pub enum ProviderKind {
        /// A vendor's API or a private server.
        #[default]
        Provider = "provider",
        /// Another Smart Router, nearer to the egress.
        SmartRouter = "smart-router",
    }
}

closed_set! {
    /// Whose the account is that a provider's key opens.
    #[derive(Default)]
    pub enum Tenancy {
        /// Several projects share it: ids under which the provider keeps something are refused, but for responses that the
        /// router marked with their owner.
        #[default]
        Shared = "shared",
        /// One tenant's: whoever calls may use all that the provider keeps.
        Single = "single",
    }
}

closed_set! {
    /// The network that a provider is in.
    #[derive(Default)]
    pub enum Network {
        /// The internet: private, loopback and link-local addresses are refused, and so is plain HTTP.
        #[default]
        Public = "public",
        /// Our own: any address, and plain HTTP.
        Private = "private",
    }
}
