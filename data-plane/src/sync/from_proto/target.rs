use data_plane_core::config::{Index, Modality, OutputCap, Price, Provider, Target};
use data_plane_core::dialect::Dialect;
use proto::v1;
use vocabulary::defaults;

use super::gaps::Gaps;

pub(super) fn read(wire: &v1::Target, providers: &Index<Provider>, found: &mut Gaps<'_>) -> Option<Target> {
    let provider = found.refer(providers, "provider", &wire.provider).cloned();
    let state = found.known(wire.state, "state");
    let input = modalities(&wire.input_modalities, found);
    let output = modalities(&wire.output_modalities, found);
    let tools = tools(&wire.tools, found);
    let prices = prices(&wire.prices, found);
    if wire.model.is_empty() {
        found.add("missing-model", "the provider's name for the model is empty");
        return None;
    }
    let field = match wire.output_cap_field {
        0 => Some(None),
        number => found.known(number, "output-cap-field").map(Some),
    };
    Some(Target {
        id: wire.id.clone(),
        provider: provider?,
        model: wire.model.clone(),
        state: state?,
        context_tokens: (wire.context_tokens > 0).then_some(wire.context_tokens),
        max_output_tokens: (wire.max_output_tokens > 0).then_some(wire.max_output_tokens),
        input_modalities: input?,
        output_modalities: output?,
        tools,
        structured_outputs: wire.structured_outputs,
        reasoning: wire.reasoning,
        reasoning_efforts: wire.reasoning_efforts.clone(),
        output_cap: OutputCap { field: field?, ignored: wire.output_cap_ignored },
        prices: prices?,
    })
}

/// None listed: the default.
fn modalities(wire: &[i32], found: &mut Gaps<'_>) -> Option<Vec<Modality>> {
    let read = found.all_known(wire, "modality")?;
    Some(if read.is_empty() { defaults::MODALITIES.to_vec() } else { read })
}

/// A dialect that is not known is not spoken to the target either.
fn tools(wire: &[v1::DialectTools], found: &mut Gaps<'_>) -> Vec<(Dialect, Vec<String>)> {
    wire.iter().filter_map(|it| Some((found.known(it.dialect, "dialect")?, it.types.clone()))).collect()
}

fn prices(wire: &[v1::Price], found: &mut Gaps<'_>) -> Option<Vec<Price>> {
    let mut prices: Vec<_> = wire
        .iter()
        .map(|it| Price {
            from_ms: it.from_ms,
            input: it.input,
            cached_input: it.cached_input.unwrap_or(it.input),
            cache_write_5m: it.cache_write_5m.unwrap_or(it.input),
            cache_write_1h: it.cache_write_1h.unwrap_or(it.input),
            output: it.output,
        })
        .collect();
    prices.sort_by_key(|it| it.from_ms);
    if let Some(pair) = prices.windows(2).find(|pair| pair[0].from_ms == pair[1].from_ms) {
        found.add("ambiguous-price", &format!("two prices apply from {} ms on", pair[0].from_ms));
        return None;
    }
    Some(prices)
}
