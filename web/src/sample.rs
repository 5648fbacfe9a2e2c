use crate::{
    chart::{Kind, Line, Series, Unit},
    chrome::{Banner, Chrome, Person, Theme},
    range::{Chip, Preset, Range},
    screen::{NavGroup, Screen},
    tone::Tone,
};

/// What a view must look right with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Nothing has happened yet.
    Empty,
    /// A usual day.
    Normal,
    /// More of everything than anybody has, and every text as long as it may be.
    Huge,
    /// Texts that want to be markup, script, addresses, or to write from the right.
    Hostile,
}

impl Sample {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Normal, Self::Huge, Self::Hostile];

    /// Its name in the gallery.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Normal => "normal",
            Self::Huge => "huge",
            Self::Hostile => "hostile",
        }
    }

    /// How many rows a list has, of at most `most`.
    pub fn rows(self, usual: usize, most: usize) -> usize {
        match self {
            Self::Empty => 0,
            Self::Normal | Self::Hostile => usual,
            Self::Huge => most,
        }
    }

    /// A name as somebody gave it: the `number`th of the usual ones, or what this sort makes of it.
    pub fn name(self, usual: &[&str], number: usize) -> String {
        let usual = usual[number % usual.len()];
        match self {
            Self::Empty | Self::Normal => usual.to_owned(),
            Self::Huge => format!("{usual}-{}-{number}", "with-a-name-that-goes-on-and-on-and-on-".repeat(3)),
            Self::Hostile => HOSTILE[number % HOSTILE.len()].to_owned(),
        }
    }

    /// A count of the usual size, or of a size that nobody has.
    pub const fn count(self, usual: u64) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Normal | Self::Hostile => usual,
            Self::Huge => usual.saturating_mul(1_000_003),
        }
    }
}

/// What a caller, an upstream or a configuration may put on a page.
const HOSTILE: [&str; 8] = [
    "<script>document.title='broken'</script>",
    "\"><img src=x onerror=\"document.title='broken'\">",
    "javascript:document.title='broken'",
    "' onmouseover='document.title=1' x='",
    "\u{202e}txet desrever\u{202c}\u{200b}\u{feff}",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "</title></textarea></script><svg onload=document.title='broken'>",
    "=HYPERLINK(\"http://127.0.0.1/\",\"click\")\u{0}\u{1b}[31m",
];

/// The nonce of samples.
pub const NONCE: &str = "bm9uY2U";

/// Now, for samples.
pub const NOW_MS: i64 = 1_795_000_000_000;

impl Chrome {
    /// What stands around a sample.
    pub fn sample(of: Sample, screen: Screen, theme: Theme) -> Self {
        let banner = Banner {
            tone: Tone::Warning,
            text: format!("The router {} has not been seen for 12 minutes.", of.name(&["edge-fra-2"], 1)),
            more: Some(("See nodes".to_owned(), "/nodes".to_owned())),
        };
        Self {
            screen,
            title: String::new(),
            nav: NavGroup::all("since=7d", |it| it != Screen::Nowhere),
            person: Some(Person {
                name: of.name(&["Ana Lovelace"], 0),
                role: "operator".to_owned(),
                home: "/",
                sessions_href: "/admins",
                logout: "/logout",
            }),
            theme,
            nonce: NONCE.to_owned(),
            csrf: "c3Jm".to_owned(),
            banners: if of == Sample::Normal { Vec::new() } else { vec![banner] },
            here: screen.path().to_owned(),
            version: "0.1.0".to_owned(),
        }
    }
}

impl Range {
    /// A period with or without filters.
    pub fn sample(of: Sample, screen: Screen) -> Self {
        let preset = |label: &str, since: &str| Preset {
            label: label.to_owned(),
            href: format!("{}?since={since}", screen.path()),
            current: since == "7d",
        };
        let chip = |number: usize| Chip {
            filter: format!("group={}", of.name(&["fast", "smart"], number)),
            dimension: "group".to_owned(),
            relation: if number % 2 == 1 { "is not" } else { "is" },
            idle: number % 5 == 2,
            value: of.name(&["fast", "smart"], number),
            without_href: screen.path().to_owned(),
        };
        Self {
            action: screen.path().to_owned(),
            label: "Last 7 days".to_owned(),
            since: "7d".to_owned(),
            until: String::new(),
            zone: "UTC".to_owned(),
            presets: [
                preset("15 minutes", "15m"),
                preset("1 hour", "1h"),
                preset("24 hours", "24h"),
                preset("7 days", "7d"),
                preset("30 days", "30d"),
                preset("This month", "month"),
                preset("Last month", "last-month"),
            ]
            .into(),
            compare: Some(true),
            chips: (0..of.rows(1, 12)).map(chip).collect(),
            dimensions: ["group", "project", "caller", "provider", "model", "client", "code", "region", "node"]
                .map(|it| (it.to_owned(), it.to_owned()))
                .into(),
            has_numbers: screen == Screen::Requests,
            clear_href: screen.path().to_owned(),
            kept: Vec::new(),
        }
    }
}

/// A line that looks like a day's.
pub fn wave(points: usize, middle: f64, swing: f64) -> Vec<f64> {
    (0..points).map(|at| middle + swing * (at as f64 / 5.0).sin() + (at * 7 % 3) as f64 * swing / 6.0).collect()
}

/// A chart that looks like a week's.
pub fn series(of: Sample, id: &'static str, caption: &str, kind: Kind, unit: Unit) -> Series {
    let hour = 3_600_000;
    let points = of.rows(56, 400);
    let lines = (0..of.rows(4, 8)).map(|at| {
        let scale = if unit == Unit::Money { 1e9 } else { 100.0 } * (at as f64 + 1.0);
        let values = wave(points, 5.0, 3.0).into_iter().enumerate();
        Line {
            name: of.name(&["fast", "smart", "agent", "Other"], at),
            values: values
                .map(|(i, it)| (kind != Kind::Lines || i % 19 != 5).then_some((it * scale).round()))
                .collect(),
            before: kind == Kind::Lines && at == 3,
        }
    });
    Series {
        id,
        caption: caption.to_owned(),
        kind,
        unit,
        starts_ms: (0..points as i64).map(|at| NOW_MS - (points as i64 - at) * 3 * hour).collect(),
        starts: Vec::new(),
        zone: String::new(),
        bucket_ms: 3 * hour,
        lines: lines.collect(),
        failures: false,
        drill: "/requests?since={since}&until={until}".to_owned(),
    }
}
