use serde_json::{Map, Value, json};

use super::{Amounts, Metric, Series, SeriesLine, SeriesLines, Totals, Unit};
use crate::report::{Filter, Format, usd, written};

impl Metric {
    /// Its figure in JSON: money as text, exactly; null where nothing was measured.
    pub fn json(self, of: &Amounts) -> Value {
        match self.unit() {
            Unit::Usd => json!(usd(of.measures.cost_nanousd.into())),
            Unit::Count => json!(self.value(of).map(|it| it as u64)),
            Unit::Ratio => json!(self.value(of).map(|it| (it * 1e6).round() / 1e6)),
            Unit::Milliseconds | Unit::PerSecond => json!(self.value(of)),
        }
    }
}

impl Series {
    /// As one JSON object.
    pub fn json(&self) -> Value {
        let request = &self.request;
        let moments = |starts: &[i64]| starts.iter().map(|at| request.zone.rfc3339(*at)).collect::<Vec<_>>();
        let mut object = json!({
            "since": request.zone.rfc3339(request.buckets.since_ms()),
            "until": request.zone.rfc3339(request.buckets.until_ms()),
            "timezone": request.zone.name(),
            "bucket": request.bucket.as_str(),
            "metrics": request.metrics.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
            "group_by": request.group_by.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
            "filters": filters(&request.filters),
            "cumulative": request.cumulative,
            "groups": self.groups,
            "buckets": moments(request.buckets.starts()),
        });
        self.put(&mut object, &self.now);
        object["previous"] =
            request.before.as_ref().zip(self.before.as_ref()).map_or(Value::Null, |(buckets, lines)| {
                let mut before = json!({
                    "since": request.zone.rfc3339(buckets.since_ms()),
                    "until": request.zone.rfc3339(buckets.until_ms()),
                    "buckets": moments(buckets.starts()),
                });
                self.put(&mut before, lines);
                before
            });
        object
    }

    fn put(&self, object: &mut Value, lines: &SeriesLines) {
        object["lines"] = lines.top.iter().map(|it| self.line(it)).collect();
        object["other"] = lines.other.as_ref().map_or(Value::Null, |it| self.line(it));
        object["total"] = self.line(&lines.total);
    }

    fn line(&self, line: &SeriesLine) -> Value {
        let metrics = &self.request.metrics;
        let values: Map<String, Value> =
            self.named(line).map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let total: Map<String, Value> =
            metrics.iter().map(|it| (it.as_str().to_owned(), it.json(&line.total))).collect();
        let points = |metric: &Metric| line.points.iter().map(|it| metric.json(it)).collect::<Value>();
        let points: Map<String, Value> = metrics.iter().map(|it| (it.as_str().to_owned(), points(it))).collect();
        json!({ "values": values, "total": total, "points": points })
    }

    fn named<'a>(&'a self, line: &'a SeriesLine) -> impl Iterator<Item = (&'static str, &'a String)> {
        self.request.group_by.iter().map(|it| it.as_str()).zip(&line.values)
    }

    /// As text, ending in a line break: one line for each point, or one JSON object. `line` is `value`, or `other` for what is in
    /// none of them; with the period before, its figures stand beside. CSV is RFC 4180 with plain line feeds, safe to open in a
    /// spreadsheet.
    pub fn render(&self, format: Format) -> String {
        let head = self.head();
        match format {
            Format::Json => format!("{:#}\n", self.json()),
            Format::Ndjson => {
                let object = |values: Vec<Value>| {
                    Value::Object(head.iter().cloned().zip(values).collect::<Map<_, _>>()).to_string() + "\n"
                };
                self.points().into_iter().map(object).collect()
            }
            Format::Csv | Format::Markdown | Format::Table => {
                let names = self.request.group_by.len() + 2;
                let text = |it: Value| match it {
                    Value::Null => String::new(),
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                let rows: Vec<Vec<String>> =
                    self.points().into_iter().map(|it| it.into_iter().map(text).collect()).collect();
                written(format, &head, &rows, names)
            }
        }
    }

    /// The names of what each point tells.
    fn head(&self) -> Vec<String> {
        let metrics = || self.request.metrics.iter().map(|it| it.as_str());
        let dimensions = self.request.group_by.iter().map(|it| it.as_str());
        let mut head: Vec<String> =
            ["start", "line"].into_iter().chain(dimensions).chain(metrics()).map(str::to_owned).collect();
        if self.before.is_some() {
            head.extend(metrics().map(|it| format!("previous_{it}")));
        }
        head
    }

    /// What each point tells.
    fn points(&self) -> Vec<Vec<Value>> {
        let Self { request, now, before, .. } = self;
        let lines = now.top.iter().enumerate().map(|(at, it)| ("value", it, self.earlier(at)));
        let earlier = before.as_ref().and_then(|it| it.other.as_ref());
        let other = now.other.iter().map(|it| ("other", it, earlier));
        let nothing = Amounts::default();
        let mut points = Vec::new();
        for (kind, line, earlier) in lines.chain(other) {
            for (at, (start, point)) in request.buckets.starts().iter().zip(&line.points).enumerate() {
                let mut cells = vec![json!(request.zone.rfc3339(*start)), json!(kind)];
                cells.extend((0..request.group_by.len()).map(|at| json!(line.values.get(at).map_or("", |it| it))));
                cells.extend(request.metrics.iter().map(|it| it.json(point)));
                if before.is_some() {
                    let point = earlier.map_or(&nothing, |it| &it.points[at]);
                    cells.extend(request.metrics.iter().map(|it| it.json(point)));
                }
                points.push(cells);
            }
        }
        points
    }

    /// The line of the period before at the same place.
    fn earlier(&self, at: usize) -> Option<&SeriesLine> {
        self.before.as_ref().and_then(|it| it.top.get(at))
    }
}

impl Totals {
    /// As one JSON object: each metric with its figure, that of the period before, and by which share it has changed.
    pub fn json(&self) -> Value {
        let figures: Map<String, Value> = Metric::ALL
            .into_iter()
            .map(|it| {
                let change = self.change(it).map(|it| (it * 1e6).round() / 1e6);
                let figure = json!({ "now": it.json(&self.now), "previous": it.json(&self.before), "change": change });
                (it.as_str().to_owned(), figure)
            })
            .collect();
        let moment = crate::moment::rfc3339;
        let (period, before) = (&self.request.period, &self.request.before);
        json!({
            "since": moment(period.since_ms()),
            "until": moment(period.until_ms()),
            "previous_since": moment(before.since_ms()),
            "previous_until": moment(before.until_ms()),
            "filters": filters(&self.request.filters),
            "metrics": figures,
        })
    }
}

fn filters(filters: &[Filter]) -> Map<String, Value> {
    filters.iter().map(|it| (it.name(), json!(it.values))).collect()
}
