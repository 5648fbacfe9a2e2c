//! What users of gateways have reported, as far as Chat is concerned.

mod reasoning;
mod requests;
mod streams;
