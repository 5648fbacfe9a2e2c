use crate::json::{InvalidBody, Key, Kind, Reader};

/// What an upstream says that an answer cost, in nano-dollars. Each field as it was reported; `None`: not (yet).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedCost {
    /// What the upstream charges itself.
    charged: Option<u64>,
    /// What the vendor behind it charges.
    behind: Option<u64>,
    /// The vendor behind it charges the key's own account, beside what the upstream charges.
    own_key: Option<bool>,
}

/// More than this many dollars cost no answer.
const MOST_USD: f64 = 1e6;

impl ReportedCost {
    /// Reads a field of a `usage` object, if it tells of a cost. One that cannot be meant tells nothing.
    ///
    /// `OpenRouter`: `cost`, and with a key of one's own `cost_details.upstream_inference_cost` beside it; Perplexity:
    /// `cost.total_cost`; `DeepInfra`: `estimated_cost`; xAI: `cost_in_usd_ticks`, ten of which are a nano-dollar.
    pub fn field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        match &*key.name {
            "cost" if reader.kind()? == Kind::Object => {
                let total = |reader: &mut Reader<'a>, key: &Key<'a>| match &*key.name {
                    "total_cost" => read(reader, 1e9, &mut self.charged),
                    _ => reader.skip().map(drop),
                };
                reader.maybe_object(total).map(drop)
            }
            "cost" | "total_cost" | "estimated_cost" => read(reader, 1e9, &mut self.charged),
            "cost_in_usd_ticks" => read(reader, 0.1, &mut self.charged),
            "cost_details" => {
                let details = |reader: &mut Reader<'a>, key: &Key<'a>| match &*key.name {
                    "upstream_inference_cost" => read(reader, 1e9, &mut self.behind),
                    _ => reader.skip().map(drop),
                };
                reader.maybe_object(details).map(drop)
            }
            "is_byok" => {
                self.own_key = reader.maybe_bool()?.or(self.own_key);
                Ok(())
            }
            _ => reader.skip().map(drop),
        }
    }

    /// With what a later report says.
    pub fn updated(&self, later: &Self) -> Self {
        Self {
            charged: later.charged.or(self.charged),
            behind: later.behind.or(self.behind),
            own_key: later.own_key.or(self.own_key),
        }
    }

    /// All of it together; `None`: nothing was said.
    pub fn nanousd(&self) -> Option<u64> {
        let behind = self.behind.filter(|_| self.own_key == Some(true));
        match (self.charged, behind) {
            (Some(charged), Some(behind)) => Some(charged.saturating_add(behind)),
            (charged, behind) => charged.or(behind),
        }
    }
}

fn read(reader: &mut Reader<'_>, nanousd_each: f64, into: &mut Option<u64>) -> Result<(), InvalidBody> {
    let nanousd = reader.maybe_number()?.map(|it| it * nanousd_each);
    if let Some(nanousd) = nanousd.filter(|it| (0.0..=MOST_USD * 1e9).contains(it)) {
        *into = Some(nanousd.round() as u64);
    }
    Ok(())
}
