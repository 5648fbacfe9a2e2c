// What the pages do beyond links and forms. Everything works without it, but drawing and copying.
import { drawAll } from './chart.js';

const announce = (text) => { document.getElementById('announcer').textContent = text; };

// A place in a text that is being written.
const select = (field, line, column) => {
  const lines = field.value.split('\n');
  const begin = lines.slice(0, line - 1).reduce((sum, it) => sum + it.length + 1, 0);
  field.focus();
  field.setSelectionRange(begin + column - 1, begin + (lines[line - 1] ?? '').length);
  field.scrollTop = (line - 6) * parseFloat(getComputedStyle(field).lineHeight);
};

document.addEventListener('click', (event) => {
  const copy = event.target.closest('[data-copy]');
  if (copy) {
    navigator.clipboard.writeText('copyAddress' in copy.dataset ? location.href : copy.dataset.copy).then(() => {
      announce('Copied');
      copy.classList.add('is-copied');
      setTimeout(() => copy.classList.remove('is-copied'), 1200);
    });
  }
  if (event.target.closest('[data-shortcuts]')) document.getElementById('keys').showModal();
  // Beside it is outside of it.
  if (event.target.id === 'keys') event.target.close();
  const toggle = event.target.closest('[data-toggle-nav]');
  if (toggle) {
    const open = toggle.getAttribute('aria-expanded') !== 'true';
    toggle.setAttribute('aria-expanded', String(open));
    document.getElementById('navigation').classList.toggle('is-open', open);
  }
  const place = event.target.closest('[data-line]');
  if (place) select(document.getElementById(place.dataset.in), Number(place.dataset.line), Number(place.dataset.column));
  for (const pop of document.querySelectorAll('details[data-pop][open]')) {
    if (!pop.contains(event.target)) pop.open = false;
  }
});

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit-on-change]')) event.target.form.requestSubmit();
});

// What is cut off is told in full where the pointer is.
document.addEventListener('pointerover', ({ target }) => {
  for (let it = target, steps = 0; it instanceof HTMLElement && steps < 4; it = it.parentElement, steps += 1) {
    if (it.title || it.querySelector('[title]')) return;
    const style = getComputedStyle(it);
    if ((style.textOverflow === 'ellipsis' && it.scrollWidth > it.clientWidth) || (style.webkitLineClamp > 0 && it.scrollHeight > it.clientHeight)) {
      it.title = it.textContent.trim().replace(/\s+/g, ' ');
      return;
    }
  }
}, { passive: true });

// Values of the field that a filter is added for, as somebody types; without them any text can be written.
const value = document.getElementById('filter-value');
const field = document.querySelector('[data-values-of]');
if (value && field) {
  let asked = 0;
  let waiting;
  const suggest = async () => {
    const number = ++asked;
    const known = document.getElementById('filter-values');
    if (!field.value) { known.replaceChildren(); return; }
    const query = new URLSearchParams({ dimension: field.value, q: value.value });
    const answer = await fetch(`/api/v1/values?${query}`, { headers: { accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok || number !== asked) return;
    const { values } = await answer.json();
    known.replaceChildren(...values.map((text) => Object.assign(document.createElement('option'), { value: text })));
  };
  field.addEventListener('change', suggest);
  value.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(suggest, 150); });
}

// Keys, never while somebody types. `g` and a letter goes somewhere; the rest acts on the page.
let going = false;
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    const pop = document.querySelector('details[data-pop][open]');
    if (pop) { pop.open = false; pop.querySelector('summary').focus(); }
    return;
  }
  if (event.target.closest('input, select, textarea, [contenteditable]') || event.ctrlKey || event.metaKey || event.altKey) return;
  const entry = going && [...document.querySelectorAll('.nav-entry[data-key]')].find((it) => it.dataset.key === event.key);
  if (going) {
    going = false;
    if (entry) entry.click();
    return;
  }
  const rows = [...document.querySelectorAll('[data-row-link]')];
  const at = rows.indexOf(document.activeElement);
  const actions = {
    g: () => { going = true; setTimeout(() => { going = false; }, 1500); },
    '/': () => (document.querySelector('[data-search]') ?? document.querySelector('#filter-value'))?.focus(),
    t: () => { const pop = document.querySelector('.range-period'); if (pop) { pop.open = true; pop.querySelector('a')?.focus(); } },
    f: () => { const pop = document.querySelector('.range-add')?.closest('details'); if (pop) { pop.open = true; pop.querySelector('select').focus(); } },
    '.': () => location.reload(),
    '?': () => document.getElementById('keys').showModal(),
    j: () => rows[Math.min(at + 1, rows.length - 1)]?.focus(),
    k: () => rows[Math.max(at - 1, 0)]?.focus(),
  };
  if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
});

drawAll(document);
document.addEventListener('htmx:after:swap', () => drawAll(document));
