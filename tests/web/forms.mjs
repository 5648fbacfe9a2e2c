// The main forms, filled in and sent: by whoever does it, and without scripts most of all.
import assert from 'node:assert/strict';
import { provider } from './jobs.mjs';
import { api } from './person.mjs';

const look = (person) => person.click('button', 'Look at what it changes');
const apply = (person) => person.click('button', 'Apply');
const config = () => api('GET', '/api/v1/config?format=json');
const shown = async ({ page }) => (await page.locator('main').innerText()).match(/sr[a-z]?_\w+/)?.[0];

const projects = async (person) => {
  await person.open('/projects/new');
  await person.fill('Name', 'plain');
  await person.fill('Who answers for it', 'somebody');
  await look(person);
  await apply(person);
  await person.open('/projects/plain/edit');
  await person.fill('Who answers for it', 'somebody else');
  await look(person);
  await apply(person);
  assert.equal((await config()).projects.plain.owner, 'somebody else');
};

const callers = async (person) => {
  const { page } = person;
  await person.open('/callers/new?project=plain');
  await person.fill('Name', 'carol');
  await person.fill('Who answers for it', 'carol');
  await page.getByLabel('fast', { exact: true }).check();
  await look(person);
  // Something is mistaken, and comes back with what was typed.
  await person.click('button', 'Change it again');
  await person.fill('Requests a minute', 'many');
  await look(person);
  assert.equal(await page.getByLabel('Requests a minute').inputValue(), 'many');
  assert.equal(await page.getByLabel('Requests a minute').getAttribute('aria-invalid'), 'true');
  person.forgive(/^422: |status of 422/);
  await person.fill('Requests a minute', '60');
  await look(person);
  await apply(person);
  const found = (await config()).callers.find((it) => it.id === 'carol');
  assert.deepEqual([found.project, found.allow, found.limits.rpm], ['plain', ['fast'], 60]);
};

const tokens = async (person) => {
  await person.open('/tokens/new?caller=carol');
  await person.fill('Name', 'desk');
  await person.click('button', 'Make the token');
  const first = await shown(person);
  const found = async () => (await api('GET', '/api/v1/tokens?caller=carol')).tokens.filter((it) => it.name === 'desk');
  const [{ id: old }] = await found();
  await person.open(`/tokens/${old}`);
  await person.click('link', 'Rotate');
  await person.click('button', 'Rotate');
  const second = await shown(person);
  assert.ok(first && second && first !== second, `${first} and then ${second}`);
  const { id } = (await found()).find((it) => it.id !== old);
  for (const [act, state] of [['Suspend', 'suspended'], ['Resume', 'active'], ['Revoke', 'revoked']]) {
    await person.open(`/tokens/${id}`);
    await person.click('link', act);
    if (act === 'Revoke') await person.fill('Type desk to confirm', 'desk');
    await person.click('button', act);
    assert.equal((await found()).find((it) => it.id === id).state, state);
  }
};

const price = async (person) => {
  await person.open('/catalogue/north/mini/price');
  await person.fill('From', '2099-01-01');
  await person.fill('Input', '1');
  await person.fill('Output', '4');
  await look(person);
  await apply(person);
  assert.equal((await api('GET', '/api/v1/providers/north/models/mini/prices')).prices.length, 2);
};

const join = async (person) => {
  await person.open('/nodes/join');
  await person.click('button', 'Make the join token');
  assert.match(await shown(person), /^srj_/);
};

/** A draft that is kept, found again, and let go. */
const draft = async (person) => {
  const { page } = person;
  await person.open('/versions/drafts/new');
  await person.fill('Name', 'for later');
  const text = await page.getByLabel('Document').inputValue();
  await person.fill('Document', text.replace(/owner: platform/, 'owner: nobody'));
  await person.click('button', 'Check and save the draft');
  await person.open('/versions');
  await person.click('link', /for later/);
  assert.match(await page.locator('main').innerText(), /nobody/);
  await person.click('link', /^Discard/);
  await person.click('button', /^Discard/);
  assert.equal((await config()).projects.search.owner, 'platform');
};

const removal = async (person) => {
  await person.open('/callers/carol/remove');
  await person.fill('Type carol to confirm', 'carol');
  await person.click('button', 'Remove');
  assert.ok(!(await config()).callers.some((it) => it.id === 'carol'));
};

export const forms = async (person) => {
  await provider(person, 'plain');
  for (const does of [projects, callers, tokens, price, join, draft, removal]) await does(person);
};
