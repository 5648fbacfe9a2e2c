use std::borrow::Cow;

use crate::config::Target;
use crate::dialect::Dialect;
use crate::dialect::neutral::{Field, Format, Request, Warnings};
use crate::json::write::ObjectWriter;

/// The cap where neither caller nor catalog name one: every model has at least this.
const DEFAULT_CAP: u64 = 4_096;

/// The most that is asked for without the caller saying so.
const MOST_UNASKED: u64 = 32_000;

/// The top-level fields that stand for themselves.
pub struct Settings<'r> {
    /// `max_tokens`, which has to be there.
    pub max_tokens: u64,
    temperature: Option<Cow<'r, str>>,
    top_p: Option<&'r str>,
    top_k: Option<&'r str>,
    stop: Vec<&'r str>,
    user: Option<&'r str>,
    service_tier: Option<&'static str>,
    paths: [&'static str; 3],
}

/// Decides what of the caller's settings can be said.
pub fn plan<'r>(request: &'r Request<'_>, target: &Target, warnings: &mut Warnings) -> Settings<'r> {
    let unasked = target.max_output_tokens.map_or(DEFAULT_CAP, |most| most.min(MOST_UNASKED));
    let sampling = &request.sampling;
    let path = |field| request.field_path(field);
    let temperature = sampling.temperature.as_deref().map(|it| at_most_one(it, request, warnings));
    let mut top_p = sampling.top_p.as_deref();
    if temperature.is_some() && top_p.is_some() && request.dialect != Dialect::AnthropicMessages {
        // Newer models refuse the two together.
        top_p = None;
        warnings.approximated(path(Field::TopP));
    }
    drop_unknown(request, warnings);
    Settings {
        max_tokens: request.max_output_tokens.unwrap_or(unasked),
        temperature,
        top_p,
        top_k: sampling.top_k.as_deref(),
        stop: stop(request, warnings),
        user: user(request, warnings),
        service_tier: service_tier(request, warnings),
        paths: [path(Field::Temperature), path(Field::TopP), path(Field::TopK)],
    }
}

impl Settings<'_> {
    /// Writes them. A model that thinks does not let itself be sampled.
    pub fn write(&self, out: &mut ObjectWriter<'_>, thinks: bool, warnings: &mut Warnings) {
        let number = |it: &str| it.parse().unwrap_or(0.0);
        let [temperature, top_p, top_k] = self.paths;
        let values = [
            ("temperature", temperature, self.temperature.as_deref(), 1.0),
            ("top_p", top_p, self.top_p, 0.95),
            ("top_k", top_k, self.top_k, f64::INFINITY),
        ];
        for (name, path, value, least) in values {
            let Some(value) = value else { continue };
            if thinks && number(value) < least {
                warnings.dropped(path);
            } else {
                out.raw(name, value);
            }
        }
        if !self.stop.is_empty() {
            out.array("stop_sequences", |out| self.stop.iter().for_each(|it| out.string(it)));
        }
        if let Some(user) = self.user {
            out.object("metadata", |out| out.string("user_id", user));
        }
        out.optional("service_tier", self.service_tier);
    }
}

fn at_most_one<'r>(temperature: &'r str, request: &Request<'_>, warnings: &mut Warnings) -> Cow<'r, str> {
    if temperature.parse().is_ok_and(|it: f64| it > 1.0) {
        warnings.approximated(request.field_path(Field::Temperature));
        return Cow::Borrowed("1");
    }
    Cow::Borrowed(temperature)
}

/// Upstreams refuse longer ones than this.
const LONGEST_USER: usize = 256;

fn user<'r>(request: &'r Request<'_>, warnings: &mut Warnings) -> Option<&'r str> {
    let user = request.user.as_deref()?;
    if user.chars().count() > LONGEST_USER {
        warnings.dropped(request.field_path(Field::User));
        return None;
    }
    Some(user)
}

/// Stop sequences without anything visible in them are refused.
fn stop<'r>(request: &'r Request<'_>, warnings: &mut Warnings) -> Vec<&'r str> {
    let kept: Vec<_> = request.stop.iter().map(|it| &**it).filter(|it| !it.trim().is_empty()).collect();
    if kept.len() < request.stop.len() {
        warnings.dropped(request.field_path(Field::Stop));
    }
    kept
}

fn service_tier(request: &Request<'_>, warnings: &mut Warnings) -> Option<&'static str> {
    match request.service_tier.as_deref() {
        None | Some("auto") => None,
        Some("default" | "standard_only") => Some("standard_only"),
        Some(_) => {
            warnings.dropped(request.field_path(Field::ServiceTier));
            None
        }
    }
}

/// What this dialect has no word for.
fn drop_unknown(request: &Request<'_>, warnings: &mut Warnings) {
    let sampling = &request.sampling;
    let says = |value: &Option<Cow<'_, str>>| value.as_ref().is_some_and(|it| it.parse() != Ok(0.0_f64));
    let verbosity = request.verbosity.as_deref().is_some_and(|it| it != "medium");
    let described = matches!(request.format, Some(Format::JsonSchema { description: Some(_), .. }));
    let lost = [
        (Field::FormatDescription, described),
        (Field::FrequencyPenalty, says(&sampling.frequency_penalty)),
        (Field::PresencePenalty, says(&sampling.presence_penalty)),
        (Field::Seed, sampling.seed.is_some()),
        (Field::Logprobs, request.logprobs.is_some()),
        (Field::Verbosity, verbosity),
        (Field::Metadata, request.metadata.is_some()),
        (Field::PromptCacheKey, request.prompt_cache_key.is_some()),
        (Field::WantsImage, request.wants_image),
    ];
    for (field, _) in lost.into_iter().filter(|(_, lost)| *lost) {
        warnings.dropped(request.field_path(field));
    }
}
