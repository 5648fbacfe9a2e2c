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
  const half = bars ? Number(figure.dataset.bucket) / 2000 : 0;
  const axis = { stroke: colour('--tblr-secondary'), grid: { stroke: colour('--chart-grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const zone = figure.dataset.zone || 'Etc/UTC';
  return {
    ...size,
    padding: [8, 22, 0, 0],
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
    legend: { live: false },
    axes: [{ ...axis, space: 70, size: 30, values: tick(zone) }, { ...axis, size: 56, values: (_, all) => all.map(unit) }],
    scales: {
      // A bar has its whole width at the ends, too.
      x: { range: (_, low, high) => (bars || low === high ? [low - (half || 1800), high + (half || 1800)] : [low, high]) },
      y: { range: (_, low, high) => [0, high > 0 ? high * 1.05 : 1] },
    },
    series: [{}, ...lines.map((line) => ({
      label: line.name,
      stroke: line.colour,
      width: bars && !line.before ? 0 : 1.5,
      dash: line.before ? [5, 4] : undefined,
      fill: stack && !line.before ? line.colour : undefined,
      paths: line.before ? undefined : bars,
      points: stack || line.before ? { show: false } : { size: 4, fill: line.colour },
    }))],
    hooks: { setSelect: [(plot) => zoom(figure, plot)], setCursor: [tip(names, lines, unit)] },
  };
};

/** What stands at the cursor, beside it: the moment, and each line's figure as its table has it. */
const tip = (names, lines, unit) => {
  const box = Object.assign(document.createElement('div'), { className: 'chart-tip', hidden: true });
  return (plot) => {
    const at = plot.cursor.idx;
    box.hidden = at == null || plot.cursor.left < 0;
    if (box.hidden) return;
    if (!box.isConnected) plot.over.append(box);
    const list = document.createElement('dl');
    for (const line of lines.toSorted((one, other) => one.at - other.at)) {
      if (!plot.series[line.drawnAt].show || line.values[at] == null) continue;
      const [swatch, name, figure] = ['i', 'dt', 'dd'].map((it) => document.createElement(it));
      swatch.style.background = line.colour;
      name.textContent = line.name;
      figure.textContent = unit(line.values[at]);
      list.append(swatch, name, figure);
    }
    const title = document.createElement('p');
    title.textContent = names[at];
    box.replaceChildren(title, list);
    const beside = plot.cursor.left + 14;
    box.style.left = `${beside + box.offsetWidth > plot.over.clientWidth ? Math.max(plot.cursor.left - box.offsetWidth - 14, 0) : beside}px`;
  };
};

/** Colours in the order of the lines; where they tell failures apart, what went well alone is calm. */
const coloured = (figure, lines) => {
  const faults = [5, 3, 4, 8, 7, 6];
  let next = 0;
  return lines.map((line, at) => {
    if (line.before) return { ...line, at, colour: colour('--tblr-secondary') };
    const number = 'failures' in figure.dataset ? (line.name === 'ok' ? 1 : faults[next++ % faults.length]) : (at % 8) + 1;
    return { ...line, at, colour: colour(`--series-${number}`) };
  });
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
  const numbered = coloured(figure, stack ? stacked(lines) : lines.map((it) => ({ ...it, drawn: it.values })));
  // The tallest first, so that the lower ones stand before it.
  const order = stack ? [...numbered.filter((it) => !it.before).toReversed(), ...numbered.filter((it) => it.before)] : numbered;
  order.forEach((line, at) => { line.drawnAt = at + 1; });
  const size = { width: Math.max(canvas.clientWidth, 200), height: 220 };
  const plot = new uPlot(options(figure, names, order, stack, size), [starts, ...order.map((it) => it.drawn)], canvas);
  // The legend reads in the order of the table.
  order.forEach((line) => { const entry = plot.root.querySelectorAll('.u-legend .u-series')[line.drawnAt - 1]; if (entry) entry.style.order = line.at; });
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
for (const it of ['(prefers-color-scheme: dark)', 'print']) matchMedia(it).addEventListener('change', again);
