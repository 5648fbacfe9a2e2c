// Opens every page of the gallery (`web::gallery`) as its readers would, light and dark, narrow and wide, under the policy that the
// control plane sends, and prints what is wrong with it. Usage: node gallery.mjs FOLDER [SCREENSHOTS]
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, extname, join } from 'node:path';
import { WIDTHS, launch, overflowing, watched } from './browser.mjs';

const [folder, screenshots] = process.argv.slice(2);
const policy = readFileSync(join(folder, 'policy.txt'), 'utf8').trim();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain' };

const server = createServer((request, response) => {
  const path = join(folder, decodeURIComponent(new URL(request.url, 'http://here').pathname));
  if (!existsSync(path)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain', 'content-security-policy': policy });
  return response.end(readFileSync(path));
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await launch();

/** What axe finds that keeps somebody out. Its script is not ours: it looks at the page where the policy is not asked. */
const barriers = (page) => page.evaluate(async () => {
  const { violations } = await globalThis.axe.run({ resultTypes: ['violations'] });
  return violations.filter((it) => ['serious', 'critical'].includes(it.impact))
    .map((it) => `axe ${it.id}: ${it.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join('; ')}`);
});

const judge = async (name) => {
  const complaints = [];
  const strict = await browser.newContext();
  const page = await watched(strict, complaints);
  await page.goto(`${base}/${name}.html`, { waitUntil: 'load' });
  const title = await page.title();
  if (!title.endsWith('Smart Router')) complaints.push(`a text has become script: the title is ${title}`);
  const open = await browser.newContext({ bypassCSP: true });
  const judged = await open.newPage();
  await judged.goto(`${base}/${name}.html`, { waitUntil: 'load' });
  await judged.evaluate(axe);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    complaints.push(...(await overflowing(page)).map((it) => `${width} px: ${it}`));
    if (screenshots && width !== 1920) await page.screenshot({ path: join(screenshots, `${name}-${width}.png`), fullPage: true });
    await judged.setViewportSize({ width, height: 900 });
    complaints.push(...(await barriers(judged)).map((it) => `${width} px: ${it}`));
  }
  await strict.close();
  await open.close();
  return [...new Set(complaints)];
};

if (screenshots) mkdirSync(screenshots, { recursive: true });
const names = readdirSync(folder).filter((it) => /-(light|dark)\.html$/.test(it)).map((it) => basename(it, '.html')).sort();
let failed = 0;
const waiting = [...names];
const work = async () => {
  for (let name = waiting.shift(); name; name = waiting.shift()) {
    const complaints = await judge(name);
    if (complaints.length) failed += 1;
    for (const complaint of complaints) console.log(`${name}: ${complaint}`);
  }
};
await Promise.all([work(), work()]);
await browser.close();
server.close();
console.log(`${names.length - failed} passed, ${failed} failed`);
process.exit(failed || names.length === 0 ? 1 : 0);
