// People in the pages of a running system: `tests/system/live.rs` starts it, and says where it is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { Person, api, world } from './person.mjs';
import { crawl, left } from './crawl.mjs';
import { plant } from './hostile.mjs';

let browser;
before(async () => {
  if (world.screenshots) mkdirSync(world.screenshots, { recursive: true });
  browser = await launch();
});
after(() => browser.close());

/** What stands in a terminal, done in one; the page cannot know where this test's router listens. */
const inTerminal = (lines) => execFileSync('sh', ['-c', lines.join('\n').replaceAll(/http:\/\/[^/ ]*:8801/g, world.routers[0])], { encoding: 'utf8' });

/** Makes a token, sends the first request as the page says, and follows it to why it went where it went. */
const firstRequest = async (person, caller) => {
  await person.open('/overview');
  person.clicks = 0;
  await person.click('link', 'Tokens');
  await person.click('link', /New token/);
  await person.choose('Caller', caller);
  await person.fill('Name', 'laptop');
  await person.click('button', 'Make the token');
  await person.shoot('token');
  const { page } = person;
  const code = await page.locator('pre code').allTextContents();
  const answer = inTerminal([code.find((it) => it.startsWith('export ')), code.find((it) => it.startsWith('curl ')).replace('curl ', 'curl --silent --show-error ')]);
  assert.match(answer, /chat\.completion/);
  if (person.scripts) {
    await page.getByRole('link', { name: /why it went there/ }).waitFor();
    await person.click('link', /why it went there/);
  } else {
    await person.click('link', 'Look again');
    await person.click('link', 'Requests', page.locator('main'));
    const row = page.locator('main tbody [data-row-link]');
    for (let tries = 0; await row.count() === 0; tries += 1) {
      assert.ok(tries < 100, 'the first request does not arrive');
      await page.waitForTimeout(200);
      await page.reload();
    }
    await row.first().click();
  }
  await page.getByRole('heading', { name: 'Why this target' }).waitFor();
  await person.shoot('request');
  const main = await page.locator('main').innerText();
  assert.match(main, /(north|south)\/mini/);
  assert.match(main, new RegExp(caller));
};

test('a token and the first request: seven clicks', async () => {
  const person = await Person.arrive(browser);
  await person.logIn();
  await firstRequest(person, 'ana');
  assert.equal(person.clicks, 7);
  await person.leave();
});

test('the same without scripts', async () => {
  const person = await Person.arrive(browser, { scripts: false });
  await person.logIn();
  await firstRequest(person, 'bot');
  await person.leave();
});

test('the same without a mouse', async () => {
  const person = await Person.arrive(browser);
  const { page } = person;
  await person.logIn();
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForURL('**/tokens');
  await person.press('link', /New token/);
  await person.tabTo('combobox', 'Caller');
  await page.keyboard.type('ana');
  await person.tabTo('textbox', 'Name');
  await page.keyboard.type('keyboard');
  await person.press('button', 'Make the token');
  const code = await page.locator('pre code').allTextContents();
  inTerminal([code.find((it) => it.startsWith('export ')), code.find((it) => it.startsWith('curl ')).replace('curl ', 'curl --silent --show-error ')]);
  await page.getByRole('link', { name: /why it went there/ }).waitFor();
  await person.press('link', /why it went there/);
  await page.getByRole('heading', { name: 'Why this target' }).waitFor();
  await person.leave();
});

test('a provider with a model and a group: nine clicks', { skip: !world.pages.includes('/providers/new') }, async () => {
  const person = await Person.arrive(browser);
  await person.logIn();
  await person.open('/overview');
  person.clicks = 0;
  await person.click('link', 'Providers');
  await person.click('link', /Add a provider/);
  await person.click('link', /vLLM, llama\.cpp/);
  await person.fillIn('id', 'lab');
  await person.fill('Address', `${world.sandbox}/v1`);
  await person.fillIn('name', 'tiny');
  await person.fill('Group', 'lab');
  await person.shoot('provider');
  await person.click('button', 'Look at what it changes');
  await person.click('button', 'Apply');
  const { providers, groups } = await api('GET', '/api/v1/config?format=json');
  assert.equal(providers.lab.base_url, `${world.sandbox}/v1`);
  assert.deepEqual(groups.lab.targets.map((it) => it.model), ['lab/tiny']);
  assert.equal(person.clicks, 9);
  await person.leave();
});

/** Changes weights in the document, sees what that does, applies it, sees two routers take it, and goes back. */
const changeWeights = async (person) => {
  const { page } = person;
  const inForce = async () => {
    const words = page.getByText('in force on 2 of 2');
    if (person.scripts) return words.waitFor();
    for (let tries = 0; await words.count() === 0; tries += 1) {
      assert.ok(tries < 100, 'the routers do not take it');
      await page.waitForTimeout(200);
      await page.reload();
    }
  };
  const weights = async () => (await api('GET', '/api/v1/config?format=json')).groups.fast.targets.map((it) => it.weight);
  await person.open('/overview');
  person.clicks = 0;
  await person.click('link', 'Versions');
  await person.click('link', /Write a document/);
  const text = await page.getByLabel('Document').inputValue();
  await person.fill('Document', text.replace(/weight: 70/, 'weight: 60').replace(/weight: 30/, 'weight: 40'));
  await person.click('button', 'Check and save the draft');
  await person.shoot('draft');
  const draft = await page.locator('main').innerText();
  for (const word of ['70', '60', '30', '40', 'Whom and what it touches', '2 callers', '2 routers']) assert.ok(draft.includes(word), `${word} is not in ${draft}`);
  await person.click('button', /^Apply over version/);
  await inForce();
  await person.shoot('version');
  assert.deepEqual(await weights(), [60, 40]);
  await person.click('link', 'Versions', page.getByRole('navigation', { name: 'Main' }));
  await person.click('link', /^\d+$/, page.locator('main tbody tr').nth(1));
  await person.click('link', /^Go back to it/);
  await person.click('button', /^Go back to version/);
  await inForce();
  assert.deepEqual(await weights(), [70, 30]);
};

const versions = { skip: !world.pages.includes('/versions') };
test('weights changed, seen in force on two routers, and taken back: nine clicks', versions, async () => {
  const person = await Person.arrive(browser);
  await person.logIn();
  await changeWeights(person);
  assert.equal(person.clicks, 9);
  await person.leave();
});

test('the same without scripts', versions, async () => {
  const person = await Person.arrive(browser, { scripts: false });
  await person.logIn();
  await changeWeights(person);
  await person.leave();
});

test('the most expensive caller of last month, exported: five clicks', async () => {
  const person = await Person.arrive(browser);
  const { page } = person;
  await person.logIn();
  await person.open('/overview');
  person.clicks = 0;
  await person.unfold('Last 7 days');
  await person.click('link', 'Last month');
  await person.shoot('overview');
  const callers = page.locator('section.card').filter({ has: page.getByRole('heading', { name: 'Callers', exact: true }) });
  await person.click('link', /All/, callers);
  await person.shoot('explore');
  assert.equal(await page.locator('table.answer tbody .row-link').first().innerText(), 'bot');
  await person.unfold('Export');
  const [download] = await Promise.all([page.waitForEvent('download'), person.click('link', 'CSV')]);
  const [head, dearest] = readFileSync(await download.path(), 'utf8').split('\n').filter((it) => !it.startsWith('#'));
  assert.match(head, /caller/);
  assert.match(dearest, /^bot,/);
  assert.match(dearest, /1\.08/);
  assert.equal(person.clicks, 5);
  await person.leave();
});

test('every page answers without scripts', async () => {
  const person = await Person.arrive(browser, { scripts: false });
  await person.logIn();
  const seen = await crawl(person, 2);
  const missing = world.pages.filter((it) => !seen.has(it) && !left.test(it) && it !== '/versions/compare');
  await person.leave();
  assert.deepEqual(missing, [], 'they were not opened');
});

test('texts that mean harm are texts, on every page', async () => {
  await plant();
  const person = await Person.arrive(browser);
  await person.logIn();
  await crawl(person, 3);
  await person.leave();
});
