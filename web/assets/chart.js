// Draws the tables of charts over time with uPlot: see `Series` in src/chart/series.rs for what stands in the page.
const units = {
  count: (v) => (v >= 1e6 ? `${(v / 1e6).toFixed(1)}M` : v >= 1e4 ? `${Math.round(v / 1e3)}k` : String(Math.round(v * 100) / 100)),
  money: (v) => (v === 0 ? '$0' : v >= 1e9 ? `$${(v / 1e9).toLocaleString('en', { maximumFractionDigits: 2 })}` : `$${Number((v / 1e9).toPrecision(2))}`),
  millis: (v) => (v >= 1000 ? `${(v / 1000).toFixed(1)} s` : `${Math.round(v)} ms`),
  share: (v) => `${Math.round(v * 1000) / 10}%`,
  'per-second': (v) => `${Math.round(v * 10) / 10}/s`,
};
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** A moment on the axis: the day, or the time where days are apart enough. */
const tick = (zone) => (_, moments, __, ___, apart) => moments.map((at) => {
  const date = uPlot.tzDate(new Date(at * 1000), zone);
  const day = `${date.getDate()} ${months[date.getMonth()]}`;
  const time = `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
  return apart >= 86400 || time === '00:00' ? day : time;
});
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const drawn = new Set();

/** The numbers of a figure, as its table says them. */
const read = (figure) => {
  const rows = [...figure.querySelectorAll('tbody tr')];
  const heads = [...figure.querySelectorAll('thead th')].slice(1);
  return {
    starts: rows.map((row) => Number(row.dataset.at) / 1000),
    names: rows.map((row) => row.cells[0].textContent),
    lines: heads.map((head, at) => ({
      name: head.textContent,
      before: 'before' in head.dataset,
      values: rows.map((row) => { const text = row.cells[at + 1].dataset.v; return text === '' ? null : Number(text); }),
    })),
  };
};

/** Each on the sum of those below it, but for those of the period before. */
const stacked = (lines) => {
  const sums = lines[0]?.values.map(() => 0) ?? [];
  return lines.map((line) => ({ ...line, drawn: line.before ? line.values : line.values.map((value, at) => (sums[at] += value ?? 0)) }));
};

const options = (figure, names, lines, stack, size) => {
  const unit = units[figure.dataset.unit];
  const bars = figure.dataset.chart === 'bars' ? uPlot.paths.bars({ size: [0.8, 40] }) : undefined;
  const axis = { stroke: colour('--tblr-secondary'), grid: { stroke: colour('--chart-grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const zone = figure.dataset.zone || 'Etc/UTC';
  return {
    ...size,
    padding: [8, 12, 0, 0],
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    legend: { live: true },
    axes: [{ ...axis, space: 70, size: 30, values: tick(zone) }, { ...axis, size: 56, values: (_, all) => all.map(unit) }],
    scales: { y: { range: (_, low, high) => [0, high > 0 ? high * 1.05 : 1] } },
    series: [{ label: 'From', value: (_, __, ___, row) => (row == null ? '' : names[row]) }, ...lines.map(({ name, before, at }) => ({
      label: name,
      stroke: colour(`--series-${(at % 8) + 1}`),
      width: 1.5,
      dash: before ? [5, 4] : undefined,
      fill: stack && !before ? colour(`--series-${(at % 8) + 1}`) : undefined,
      paths: before ? undefined : bars,
      points: stack || before ? { show: false } : { size: 4, fill: colour(`--series-${(at % 8) + 1}`) },
      value: (_, __, series, row) => (row == null ? '' : unit(lines.find((it) => it.drawnAt === series).values[row] ?? 0)),
    }))],
    hooks: { setSelect: [(plot) => zoom(figure, plot)] },
  };
};

/** A span that was drawn over becomes the page's period. */
const zoom = (figure, plot) => {
  const { left, width } = plot.select;
  if (width < 8) return;
  const moment = (x) => new Date(plot.posToVal(x, 'x') * 1000).toISOString().slice(0, 19) + 'Z';
  const url = new URL(location.href);
  url.searchParams.set('since', moment(left));
  url.searchParams.set('until', moment(left + width));
  location.assign(url);
};

const draw = (figure) => {
  const canvas = figure.querySelector('.chart-canvas');
  canvas.replaceChildren();
  const { starts, names, lines } = read(figure);
  if (starts.length === 0) return;
  const stack = figure.dataset.chart !== 'lines';
  const numbered = (stack ? stacked(lines) : lines.map((it) => ({ ...it, drawn: it.values }))).map((it, at) => ({ ...it, at }));
  // The tallest first, so that the lower ones stand before it.
  const order = stack ? [...numbered.filter((it) => !it.before).toReversed(), ...numbered.filter((it) => it.before)] : numbered;
  order.forEach((line, at) => { line.drawnAt = at + 1; });
  const size = { width: Math.max(canvas.clientWidth, 200), height: 220 };
  const plot = new uPlot(options(figure, names, order, stack, size), [starts, ...order.map((it) => it.drawn)], canvas);
  plot.over.addEventListener('click', () => {
    const at = plot.cursor.idx;
    if (at == null || !figure.dataset.drill || plot.select.width > 2) return;
    const from = starts[at] * 1000;
    const moment = (ms) => new Date(ms).toISOString().slice(0, 19) + 'Z';
    location.assign(figure.dataset.drill.replace('{since}', moment(from)).replace('{until}', moment(from + Number(figure.dataset.bucket))));
  });
  drawn.add(figure);
};

/** Draws every chart of the page, and again when its width or the theme changes. */
export const drawAll = (root) => {
  if (typeof uPlot === 'undefined') return;
  root.querySelectorAll('[data-chart]').forEach((figure) => { if (!drawn.has(figure)) draw(figure); });
};

let waiting;
const again = () => { clearTimeout(waiting); waiting = setTimeout(() => drawn.forEach((figure) => (figure.isConnected ? draw(figure) : drawn.delete(figure))), 150); };
addEventListener('resize', again);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
