closed_set! {
    /// The life of a target.
    #[derive(Default)]
    pub enum TargetState {
        /// Known, not in use.
        Catalog = "catalog",
        /// Being checked.
        Validating = "validating",
        /// Serves callers.
        #[default]
        Active = "active",
        /// Serves nobody any more.
        Retired = "retired",
    }
}

closed_set! {
    /// A kind of content.
    pub enum Modality {
        /// Text.
        Text = "text",
        /// Pictures.
        Image = "image",
        /// Sound.
        Audio = "audio",
        /// Documents.
        File = "file",
        /// Vectors; as an output only.
        Embedding = "embedding",
    }
}

closed_set! {
    /// The field of a request that caps the output.
    #[expect(clippy::enum_variant_names, reason = "the names of the APIs")]
    pub enum OutputCapField {
        /// Chat Completions of older and compatible servers, and Messages.
        MaxTokens = "max_tokens",
        /// Chat Completions.
        MaxCompletionTokens = "max_completion_tokens",
        /// Responses.
        MaxOutputTokens = "max_output_tokens",
    }
}
