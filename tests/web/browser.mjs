// A browser for tests: Debian's Chromium, without its own errands on the network.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const WIDTHS = [375, 1280, 1920];
export const HEIGHT = 900;
/** Every rule of axe on every page, live ones too; else it is asked where pages differ from each other. */
export const WHOLE = Boolean(process.env.SMART_ROUTER_TEST_WHOLE);

/** What finds barriers. Handed to a page by the browser itself, which the page's policy is not asked about. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => chromium.launch({
  executablePath: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** A page that writes down what it complains of: errors, refused content, broken promises, texts that became script. */
export const watched = async (context, complaints) => {
  const page = await context.newPage();
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => complaints.push(`script: ${error}`));
  // What is under way when somebody goes on is not missed.
  page.on('requestfailed', (request) => { if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`not loaded: ${request.url()}`); });
  page.on('response', (response) => { if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`); });
  page.on('dialog', (dialog) => { complaints.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  return page;
};

/** What stands further right than the page is wide, outside of what scrolls on its own; the page as it is, and with each of its menus open. */
export const overflowing = (page) => page.evaluate(() => {
  const wide = (when) => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const cut = (it) => { for (let up = it.parentElement; up; up = up.parentElement) if (getComputedStyle(up).overflowX !== 'visible') return up; };
    const inside = (it) => cut(it) && cut(it) !== document.body && cut(it).getBoundingClientRect().right <= clientWidth + 1;
    const all = [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > clientWidth + 1 && !inside(it));
    return all.slice(-3).map((it) => `wider than the page${when}: ${it.tagName.toLowerCase()}.${it.getAttribute('class') ?? ''} "${it.textContent.trim().slice(0, 40)}"`);
  };
  const found = wide('');
  if (found.length) return found;
  for (const pop of document.querySelectorAll('details[data-pop]:not([open])')) {
    pop.open = true;
    found.push(...wide(` with "${pop.querySelector('summary').textContent.trim()}" open`));
    pop.open = false;
  }
  return found;
});

/** What axe finds that keeps somebody out: by these rules alone, or by all but those. */
export const barriers = async (page, { only, without = [] } = {}) => {
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(AXE);
  return page.evaluate(violated, { only, without });
};

const violated = async ({ only, without }) => {
  const rules = { 'target-size': { enabled: true }, ...Object.fromEntries(without.map((it) => [it, { enabled: false }])) };
  const options = { resultTypes: ['violations'], preload: false, ...(only ? { runOnly: only } : { rules }) };
  const { violations } = await globalThis.axe.run(options);
  return violations.filter((it) => ['serious', 'critical'].includes(it.impact))
    .map((it) => `axe ${it.id}: ${it.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join('; ')}`);
};
