// Follows every link from the first page on, some of each sort.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { watched } from './browser.mjs';
import { sort, world } from './person.mjs';

/** What is not a page or a part of one, or ends what is being done, or is not an administrator's: callers have pages of their own. */
export const left = /\/(export|assets|api|login|logout|livez|readyz|metrics|first|me|playground)(\/|\?|$)/;
/** Pages that answer a question. */
const asked = new Map([['/versions/compare', '/versions/compare?from=1&to=2']]);
const AT_ONCE = 2;

/** Opens one page, and judges it; the links on it. */
const visit = async (page, path, complaints, by) => {
  const response = await page.goto(world.admin + path);
  if (response.status() === 409 && new URL(page.url()).pathname.endsWith('/remove')) {
    // It says what stands in the way.
    complaints.splice(0, Infinity, ...complaints.filter((it) => !/^409: |status of 409/.test(it)));
  } else if (response.status() !== 200) {
    complaints.push(`${path}, to which ${by} leads, answers ${response.status()}`);
    return [];
  }
  if (!response.headers()['content-type'].startsWith('text/html')) return [];
  assert.equal(await page.locator('main').count(), 1, `${path} has no main part`);
  const [heading, title, links] = await page.evaluate(() => [
    document.querySelector('h1')?.innerText.trim(), document.title,
    [...document.querySelectorAll('a[href^="/"]:not([download])')].map((it) => it.getAttribute('href').split('#')[0]),
  ]);
  assert.ok(heading, `${path} has no title`);
  assert.ok(title.endsWith('Smart Router'), `a text of ${path} has become script: the title is ${title}`);
  return links;
};

/** Opens what can be reached, `each` of a sort; which paths there were. Pages that begin on their own are asked for, too. */
export const crawl = async (person, each) => {
  const [seen, counts, from] = [new Set(), new Map(), new Map()];
  const begun = new Set(world.pages.filter((it) => !left.test(it)).map((it) => asked.get(it) ?? it));
  const waiting = [...begun];
  let open = 0;
  const next = async (page, path) => {
    const { pathname } = new URL(path, world.admin);
    const kind = sort(pathname);
    if (seen.has(path) || (!begun.has(path) && (counts.get(kind) ?? 0) >= each)) return;
    seen.add(path).add(pathname);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    open += 1;
    const links = await visit(page, path, person.complaints, from.get(path)).finally(() => { open -= 1; });
    seen.add(new URL(page.url()).pathname);
    for (const link of links.filter((it) => !left.test(it))) {
      if (!from.has(link)) from.set(link, path);
      waiting.push(link);
    }
  };
  const walk = async () => {
    const page = await watched(person.context, person.complaints);
    while (waiting.length || open) {
      if (waiting.length) await next(page, waiting.shift());
      else await sleep(10);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
  return seen;
};
