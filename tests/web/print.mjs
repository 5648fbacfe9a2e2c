// Pages on paper: what was reported, for when and of what, and nothing that only a screen needs.
import assert from 'node:assert/strict';
import { shot } from './person.mjs';

/** What cannot be read on paper: cut off, or wider than the sheet. */
const lost = (page) => page.evaluate(() => {
  const visible = (it) => it.checkVisibility() && it.getClientRects().length > 0;
  const name = (it) => `${it.tagName.toLowerCase()}.${it.getAttribute('class') ?? ''} "${it.textContent.trim().slice(0, 40)}"`;
  const found = [];
  for (const it of document.querySelectorAll('nav[aria-label="Main"], header button, main button, main summary, .skip-link')) if (visible(it)) found.push(`on paper: ${name(it)}`);
  const { clientWidth } = document.documentElement;
  for (const it of document.querySelectorAll('main td, main th, main h1, main h2, main dd, main data, main canvas')) {
    if (visible(it) && !it.closest('.visually-hidden') && it.getBoundingClientRect().right > clientWidth + 1) found.push(`off the sheet: ${name(it)}`);
  }
  for (const it of document.querySelectorAll('main *')) {
    const { overflowX, overflowY } = getComputedStyle(it);
    const cut = (overflowX !== 'visible' && it.scrollWidth > it.clientWidth + 1) || (overflowY !== 'visible' && it.scrollHeight > it.clientHeight + 1);
    if (cut && visible(it) && !it.closest('.visually-hidden, svg')) found.push(`cut off: ${name(it)}`);
  }
  return [...new Set(found)];
});

export const printed = async (person) => {
  const { page } = person;
  for (const [path, name] of [['/overview?since=60d', 'print-overview'], ['/explore?since=60d&group_by=caller', 'print-explore']]) {
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize({ width: 1280, height: 900 });
    assert.equal((await page.goto(person.at + path)).status(), 200);
    // Nobody is told of the width of the sheet.
    await page.evaluate(() => {
      document.documentElement.dataset.bsTheme = 'dark';
      addEventListener('resize', (event) => event.stopImmediatePropagation(), true);
    });
    await page.emulateMedia({ media: 'print' });
    // A4 at 96 dots an inch, with the margins that browsers leave.
    await page.setViewportSize({ width: 718, height: 1047 });
    assert.deepEqual(await lost(page), [], path);
    const [paper, ink] = await page.evaluate(() => {
      const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      return [['.card', 'backgroundColor'], ['h1', 'color']].map(([it, what]) => {
        brush.fillStyle = getComputedStyle(document.querySelector(it))[what];
        brush.fillRect(0, 0, 1, 1);
        return [...brush.getImageData(0, 0, 1, 1).data.slice(0, 3)];
      });
    });
    assert.ok(Math.min(...paper) > 250 && Math.max(...ink) < 90, `${paper} and ${ink}: paper is light, whatever the screen was`);
    const text = await page.locator('main').innerText();
    for (const word of ['60d (UTC)', 'bot']) assert.ok(text.includes(word), `${word} is not in ${text}`);
    await shot(page, name, { fullPage: true, clip: undefined });
  }
};
