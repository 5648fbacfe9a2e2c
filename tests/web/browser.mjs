// A browser for tests: Debian's Chromium, without its own errands on the network.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const WIDTHS = [375, 1280, 1920];

export const launch = () => chromium.launch({
  executablePath: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** A page that writes down what it complains of: errors, refused content, broken promises. */
export const watched = async (context, complaints) => {
  const page = await context.newPage();
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => complaints.push(`script: ${error}`));
  page.on('requestfailed', (request) => complaints.push(`not loaded: ${request.url()}`));
  page.on('response', (response) => { if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`); });
  return page;
};

/** What stands further right than the page is wide, outside of what scrolls on its own. */
export const overflowing = (page) => page.evaluate(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > clientWidth + 1 && !it.closest('[tabindex="0"][role="region"], pre'));
  return wide.slice(-3).map((it) => `wider than the page: ${it.tagName.toLowerCase()}.${it.getAttribute('class') ?? ''} "${it.textContent.trim().slice(0, 40)}"`);
});
