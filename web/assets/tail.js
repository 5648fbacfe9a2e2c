// Rows that come while one looks: the stream tells that there are new ones, and htmx takes them from this page's own address.
for (const list of document.querySelectorAll('[data-tail]')) {
  const source = new EventSource(list.dataset.tail);
  let waiting = false;
  source.addEventListener('new', () => {
    // Not while somebody reads a row, and never two at once.
    if (waiting || document.hidden || list.contains(document.activeElement)) return;
    waiting = true;
    htmx.ajax('GET', location.href, { target: `#${list.id}`, select: `#${list.id}`, swap: 'outerHTML' }).finally(() => { waiting = false; });
  });
  source.addEventListener('error', () => { document.getElementById('announcer').textContent = 'Live rows have stopped for now'; });
  addEventListener('pagehide', () => source.close());
}
