closed_set! {
    /// Where routers keep what they must know of each other.
    #[derive(Default)]
    pub enum SharedStateKind {
        /// Nowhere else: what is kept for all of them is in the control plane's database.
        #[default]
        Local = "local",
        /// A server that speaks the protocol of Valkey and Redis.
        Valkey = "valkey",
    }
}
