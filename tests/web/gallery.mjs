// Opens every page of the gallery (`web::gallery`) as its readers would, under the policy that the control plane sends, narrow and wide,
// light and dark, and prints what is wrong with it. Usage: node gallery.mjs FOLDER [SCREENSHOTS]
//
// A page is loaded once. Light and dark are one page but for an attribute (the caller of this script has compared them), which is set
// here. Axe's rules are all asked of the light page; in the dark and at the narrow width those that may differ. What is huge has more of
// what is normal, and what is hostile has other texts in the same colours: they are spared what they share, unless SMART_ROUTER_TEST_WHOLE
// is set.
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join } from 'node:path';
import { HEIGHT, WHOLE, WIDTHS, barriers, launch, overflowing, watched } from './browser.mjs';

const [folder, screenshots] = process.argv.slice(2);
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain' };
const files = new Map(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((it) => it.isFile())
  .map((it) => join(it.parentPath, it.name)).map((path) => [path.slice(folder.length), readFileSync(path)]));
const policy = files.get('/policy.txt').toString().trim();

const server = createServer(({ url }, response) => {
  const path = decodeURIComponent(url);
  const file = files.get(path);
  const headers = { 'content-type': types[extname(path)] ?? 'text/plain', 'content-security-policy': policy, ...(path.startsWith('/assets/') && { 'cache-control': 'max-age=3600' }) };
  // A page that leads on by itself stays.
  response.writeHead(file ? 200 : 404, headers).end(path.startsWith('/login') ? file.toString().replace(/<meta http-equiv="refresh"[^>]*>/, '') : file);
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await launch();

/** The hundredth row has no barrier that the rows before it have not, and axe's time grows with the square of them. */
const shorten = (page) => page.evaluate(() => document.querySelectorAll('tbody > tr:nth-of-type(n+30), main li:nth-of-type(n+40), tr > :nth-child(n+30)').forEach((it) => it.remove()));

/** Two pictures of what people look at; charts take the colours of a theme when they are drawn. */
const shoot = async (page, name, width) => {
  if (!screenshots || !name.endsWith('-normal')) return;
  for (const colours of ['dark', 'light']) {
    await theme(page, colours);
    await page.evaluate(() => { dispatchEvent(new Event('resize')); return new Promise((done) => { setTimeout(done, 250); }); });
    await page.screenshot({ path: join(screenshots, `${name}-${colours}-${width}.png`), fullPage: true });
  }
};
const theme = (page, name) => page.evaluate((name) => { document.documentElement.dataset.bsTheme = name; }, name);

const COLOURS = ['color-contrast', 'link-in-text-block'];

/** Loaded as on a telephone. */
const judge = async (page, complaints, name) => {
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
  await page.goto(`${base}/${name}-light.html`, { waitUntil: 'load' });
  const title = await page.title();
  if (!title.endsWith('Smart Router')) complaints.push(`a text has become script: the title is ${title}`);
  for (const width of WIDTHS) {
    if (width !== WIDTHS[0]) await page.setViewportSize({ width, height: HEIGHT });
    complaints.push(...(await overflowing(page)).map((it) => `${width} px: ${it}`));
    if (width !== 1920) await shoot(page, name, width);
  }
  await shorten(page);
  const sample = name.split('-').pop();
  if (WHOLE || sample !== 'huge') complaints.push(...await barriers(page, { without: WHOLE || sample !== 'hostile' ? [] : COLOURS }));
  if (!WHOLE && sample !== 'normal') return;
  await theme(page, 'dark');
  complaints.push(...(await barriers(page, { only: COLOURS })).map((it) => `dark: ${it}`));
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
  complaints.push(...(await barriers(page, { only: ['target-size', 'scrollable-region-focusable'] })).map((it) => `${WIDTHS[0]} px: ${it}`));
};

const names = [...files.keys()].filter((it) => it.endsWith('-light.html')).map((it) => basename(it, '-light.html')).sort();
// The longest first, so that no worker is left alone with one at the end.
names.sort((one, other) => other.endsWith('huge') - one.endsWith('huge'));
if (screenshots) mkdirSync(screenshots, { recursive: true });
let failed = 0;
const waiting = [...names];
const work = async () => {
  const complaints = [];
  // Colours change at once where less motion is asked for.
  const context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: WIDTHS[0], height: HEIGHT } });
  const page = await watched(context, complaints);
  for (let name = waiting.shift(); name; name = waiting.shift()) {
    complaints.length = 0;
    await judge(page, complaints, name);
    if (complaints.length) failed += 1;
    for (const complaint of new Set(complaints)) console.log(`${name}: ${complaint}`);
  }
};
await Promise.all([work(), work(), work()]);
await browser.close();
server.close();
console.log(`${names.length - failed} passed, ${failed} failed`);
process.exit(failed || names.length === 0 ? 1 : 0);
