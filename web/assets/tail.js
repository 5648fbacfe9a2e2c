// Requests as they come: the stream tells that there are new ones, and htmx takes the list anew from this page's own address. The list is
// the page's newest rows, so that it never grows.
const rows = () => document.querySelector('[data-tail]');
const announce = (text) => { document.getElementById('announcer').textContent = text; };
/** No list is taken anew more often than that, in milliseconds. */
const apart = 2000;
let last = 0;
let waiting;
let taking = false;

const take = async () => {
  waiting = undefined;
  const list = rows();
  // Not while nobody looks, nor while somebody is at a row: later.
  if (taking || document.hidden || !list || list.contains(document.activeElement)) { later(); return; }
  taking = true;
  last = Date.now();
  try {
    await htmx.ajax('GET', location.href, { target: `#${list.id}`, select: `#${list.id}`, swap: 'outerHTML' });
  } finally {
    taking = false;
  }
};
const later = () => { waiting ??= setTimeout(take, Math.max(apart - (Date.now() - last), 50)); };

if (rows()) {
  const source = new EventSource(rows().dataset.tail);
  source.addEventListener('open', () => rows()?.classList.add('is-followed'));
  source.addEventListener('request', later);
  source.addEventListener('error', () => {
    rows()?.classList.remove('is-followed');
    // A browser tries again by itself unless it was told that it may not.
    if (source.readyState === EventSource.CLOSED) announce('New requests do not come any more: load the page again');
  });
  addEventListener('pagehide', () => source.close());
}
