// Makes the files of others under ../assets again, from the packages of package-lock.json: scripts as they are, of Tabler's CSS
// what the views use, of its icons those in icons.txt, and all licences with the digests of what was taken.
// `node build.mjs --check` writes nothing and fails where a file differs.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postcss from 'postcss';
import { PurgeCSS } from 'purgecss';

const here = dirname(fileURLToPath(import.meta.url));
const assets = join(here, '..', 'assets');
const packages = join(here, 'node_modules');
const read = (...path) => readFileSync(join(packages, ...path), 'utf8');
const digest = (text) => createHash('sha256').update(text).digest('hex');
const version = (name) => JSON.parse(read(name, 'package.json')).version;
const taken = [];
const take = (name, ...path) => {
  const text = read(name, ...path);
  taken.push({ name, version: version(name), file: path.join('/'), digest: digest(text) });
  return text;
};
const withoutMap = (text) => text.replace(/\n?\/[/*]# sourceMappingURL=.*$/m, '');

// Classes that are put together in Rust or set by scripts, and states of controls.
const spoken = [/^bg-.*-lt$/, /^text-(green|red|orange|yellow|blue|azure|purple|secondary|muted)$/, /^status-/, /^is-invalid$/, /^invalid-feedback$/, /^u-/, /^uplot$/];

/** What follows the system's setting: the rules for `dark` hold for `auto`, too, where the system says so. */
const followingTheSystem = (root) => {
  const preferred = postcss.atRule({ name: 'media', params: '(prefers-color-scheme: dark)' });
  root.walkRules((rule) => {
    if (!rule.selector.includes('data-bs-theme=dark') || rule.parent !== root) return;
    const twin = rule.clone();
    twin.selector = rule.selector.replaceAll(/data-bs-theme=["']?dark["']?/g, 'data-bs-theme=auto');
    preferred.append(twin);
  });
  root.append(preferred);
};

const tabler = async () => {
  const [purged] = await new PurgeCSS().purge({
    content: ['templates', 'src', 'assets'].flatMap((dir) => files(join(here, '..', dir))).map((path) => ({ raw: readFileSync(path, 'utf8'), extension: 'html' })),
    css: [{ raw: take('@tabler/core', 'dist', 'css', 'tabler.css') + take('uplot', 'dist', 'uPlot.min.css') }],
    defaultExtractor: (text) => text.match(/[\w-/:.]+(?<![:.])/g) ?? [],
    safelist: { standard: spoken, greedy: [/data-bs-theme/] },
    variables: true, keyframes: true, fontFace: true,
  });
  const root = postcss.parse(purged.css);
  root.walkComments((comment) => comment.remove());
  root.walkAtRules('charset', (rule) => rule.remove());
  followingTheSystem(root);
  // A rule is a line: what is added shows in a comparison.
  root.walk((node) => {
    node.raws.before = node.parent === root || node.parent.name === 'media' ? '\n' : '';
    if ('between' in node.raws) node.raws.between = node.type === 'decl' ? ':' : '';
    if ('after' in node.raws) node.raws.after = node.name === 'media' ? '\n' : '';
  });
  return `/* Of Tabler ${version('@tabler/core')} and uPlot ${version('uplot')}, what the views use: see /about/licences. Made by vendor/build.mjs. */${root.toString()}\n`;
};

const files = (dir) => readdirSync(dir, { recursive: true, withFileTypes: true })
  .filter((it) => it.isFile() && /\.(html|rs|js)$/.test(it.name) && !['htmx.js', 'hx-csp.js', 'uplot.js'].includes(it.name))
  .map((it) => join(it.parentPath, it.name)).sort();

const icons = () => {
  const names = readFileSync(join(here, 'icons.txt'), 'utf8').split('\n').filter(Boolean);
  const symbols = names.filter((it) => existsSync(join(packages, '@tabler/icons/icons/outline', `${it}.svg`))).map((name) => {
    const inner = read('@tabler/icons', 'icons', 'outline', `${name}.svg`).replace(/<!--[\s\S]*?-->/g, '').match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${inner.replace(/\s*\n\s*/g, '')}</symbol>`;
  });
  if (symbols.length !== names.length) throw new Error(`no such icon: ${names.filter((it) => !existsSync(join(packages, '@tabler/icons/icons/outline', `${it}.svg`)))}`);
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`;
  taken.push({ name: '@tabler/icons', version: version('@tabler/icons'), file: `icons/outline (${names.length} of them)`, digest: digest(sprite) });
  return sprite;
};

const licences = () => ['htmx.org', 'uplot', '@tabler/core', '@tabler/icons'].map((name) => {
  const file = readdirSync(join(packages, name)).find((it) => /^licen[cs]e/i.test(it));
  const text = file ? read(name, file) : `${JSON.parse(read(name, 'package.json')).license}\n`;
  const of = taken.filter((it) => it.name === name).map((it) => `${it.file}\n  sha256 ${it.digest}`).join('\n');
  return `${name} ${version(name)}\n${'='.repeat(40)}\n${of}\n\n${text.trim()}\n`;
}).join('\n\n');

const made = {
  'htmx.js': withoutMap(take('htmx.org', 'dist', 'htmx.min.js')),
  'hx-csp.js': withoutMap(take('htmx.org', 'dist', 'ext', 'hx-csp.min.js')),
  'uplot.js': take('uplot', 'dist', 'uPlot.iife.min.js'),
  'tabler.css': await tabler(),
  'icons.svg': icons(),
};
made['licences.txt'] = licences();
const stale = Object.entries(made).filter(([name, text]) => !existsSync(join(assets, name)) || readFileSync(join(assets, name), 'utf8') !== text);
if (process.argv.includes('--check')) {
  for (const [name] of stale) console.error(`web/assets/${name} is not what web/vendor makes: run \`node web/vendor/build.mjs\``);
  process.exit(stale.length ? 1 : 0);
}
for (const [name, text] of stale) writeFileSync(join(assets, name), text);
