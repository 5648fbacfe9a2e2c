// Follows every link from the first page on, some of each sort.
import assert from 'node:assert/strict';
import { sort, world } from './person.mjs';

/** What is not a page, or ends what is being done. */
export const left = /\/(export|assets|api|login|logout|livez|readyz|metrics)(\/|\?|$)/;
/** Pages that answer a question, and nothing without one. */
const asked = ['/versions/compare'];
/** Pages that others lead to already, and that are to come: once one is in the table of routes, it has to answer. */
const later = ['groups', 'providers', 'catalogue', 'versions', 'nodes', 'pipeline', 'settings', 'audit', 'admins', 'mine', 'playground', 'docs'].map((it) => `/${it}`).filter((it) => !world.pages.includes(it));
const isLater = (path) => later.some((it) => path === it || path.startsWith(`${it}/`) || path.startsWith(`${it}?`));

/** Opens what can be reached, `each` of a sort; which paths there were. Pages that begin on their own are asked for, too. */
export const crawl = async (person, each) => {
  const { page } = person;
  const [seen, counts, from] = [new Set(), new Map(), new Map()];
  const waiting = world.pages.filter((it) => !left.test(it) && !asked.includes(it));
  for (let path = waiting.shift(); path; path = waiting.shift()) {
    const { pathname } = new URL(path, world.admin);
    const kind = sort(pathname);
    if (seen.has(path) || (counts.get(kind) ?? 0) >= each) continue;
    seen.add(path);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const response = await page.goto(world.admin + path);
    if (response.status() === 409 && pathname.endsWith('/remove')) {
      // It says what stands in the way.
      person.complaints.splice(0, Infinity, ...person.complaints.filter((it) => !/^409: |status of 409/.test(it)));
    } else if (response.status() !== 200) {
      person.complaints.push(`${path}, to which ${from.get(path)} leads, answers ${response.status()}`);
      continue;
    }
    seen.add(new URL(page.url()).pathname);
    if (!response.headers()['content-type'].startsWith('text/html')) continue;
    assert.equal(await page.locator('main').count(), 1, `${path} has no main part`);
    assert.ok((await page.locator('h1').first().innerText()).trim(), `${path} has no title`);
    const title = await page.title();
    assert.ok(title.endsWith('Smart Router'), `a text of ${path} has become script: the title is ${title}`);
    const links = await page.locator('a[href^="/"]:not([download])').evaluateAll((all) => all.map((it) => it.getAttribute('href').split('#')[0]));
    for (const link of links.filter((it) => !left.test(it) && !isLater(it))) {
      if (!from.has(link)) from.set(link, path);
      waiting.push(link);
    }
  }
  return seen;
};
