// What people come for, by clicks, by keys or without scripts: whoever does it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Person, api, eventually, world } from './person.mjs';

/** What stands in a terminal, done in one; the page cannot know where this test's router listens. */
const inTerminal = (lines) => execFileSync('sh', ['-c', lines.join('\n').replaceAll(/http:\/\/[^/ ]*:8801/g, world.routers[0])], { encoding: 'utf8' });

/** What comes by itself, or, without scripts, when the page is loaded again. */
const comes = async ({ page, scripts }, what) => {
  if (scripts) return what.first().waitFor();
  return eventually(what, async () => await what.count() > 0 || page.reload().then(() => false));
};

/** Makes a token, sends the first request as the page says, and follows it to why it went where it went. */
export const firstRequest = async (person, caller) => {
  const { page } = person;
  await person.begin();
  await person.click('link', 'Tokens');
  await person.click('link', /New token/);
  await person.choose('Caller', caller);
  await person.fill('Name', 'laptop');
  await person.click('button', 'Make the token');
  await person.shoot('token');
  const code = await page.locator('pre code').allTextContents();
  const answer = inTerminal([code.find((it) => it.startsWith('export ')), code.find((it) => it.startsWith('curl ')).replace('curl ', 'curl --silent --show-error ')]);
  assert.match(answer, /chat\.completion/);
  if (person.scripts) {
    await comes(person, page.getByRole('link', { name: /why it went there/ }));
    await person.click('link', /why it went there/);
  } else {
    await person.click('link', 'Look again');
    await person.click('link', 'Requests', page.locator('main'));
    const row = page.locator('main tbody [data-row-link]');
    await comes(person, row);
    await row.first().click();
  }
  await page.getByRole('heading', { name: 'Why this target' }).waitFor();
  await person.shoot('request');
  const main = await page.locator('main').innerText();
  assert.match(main, /(north|south)\/mini/);
  assert.match(main, new RegExp(caller));
};

/** A provider with a model and a group of it. */
export const provider = async (person, id) => {
  await person.begin();
  await person.click('link', 'Providers');
  await person.click('link', /Add a provider/);
  await person.click('link', /vLLM, llama\.cpp/);
  await person.fillIn('id', id);
  await person.fill('Address', `${world.sandbox}/v1`);
  await person.fillIn('name', 'tiny');
  await person.fill('Group', id);
  await person.shoot('provider');
  await person.click('button', 'Look at what it changes');
  await person.click('button', 'Apply');
  const { providers, groups } = await api('GET', '/api/v1/config?format=json');
  assert.equal(providers[id].base_url, `${world.sandbox}/v1`);
  assert.deepEqual(groups[id].targets.map((it) => it.model), [`${id}/tiny`]);
};

const weights = async () => (await api('GET', '/api/v1/config?format=json')).groups.fast.targets.map((it) => it.weight);
const inForce = (person) => comes(person, person.page.getByText('in force on 2 of 2'));
const says = async ({ page }, words) => {
  const main = await page.locator('main').innerText();
  for (const word of words) assert.ok(main.includes(word), `${word} is not in ${main}`);
};

/** Back to the version before the newest, seen in force. */
const takeBack = async (person) => {
  const { page } = person;
  await person.click('link', 'Versions', page.getByRole('navigation', { name: 'Main' }));
  await person.click('link', /^\d+$/, page.locator('main tbody tr').nth(1));
  await person.click('link', /^Go back to it/);
  await person.click('button', /^Go back to version/);
  await inForce(person);
  assert.deepEqual(await weights(), [70, 30]);
};

/** Changes weights in the form of the group, sees what that does and whom it touches, applies it, sees two routers take it, and goes back. */
export const weightsOfGroup = async (person) => {
  const { page } = person;
  await person.begin();
  await person.click('link', 'Model groups');
  await person.click('link', 'fast', page.locator('main'));
  await person.click('link', 'Edit', page.locator('main'));
  await person.fill('Weight of target 1', '60');
  await person.fill('Weight of target 2', '40');
  await person.click('button', 'Look at what it changes');
  await person.shoot('group');
  await says(person, ['70', '60', '30', '40', 'Whom and what it touches', '2 callers', '2 routers']);
  assert.match(await page.locator('main').innerText(), /north\/mini: 70\s?% \S+ 60\s?%/);
  assert.deepEqual(await weights(), [70, 30]);
  await person.click('button', 'Apply');
  await person.click('link', 'See the version');
  await inForce(person);
  await person.shoot('version');
  assert.deepEqual(await weights(), [60, 40]);
  await takeBack(person);
};

/** The same in the document. */
export const weightsOfDocument = async (person) => {
  const { page } = person;
  await person.begin();
  await person.click('link', 'Versions');
  await person.click('link', /Write a document/);
  const text = await page.getByLabel('Document').inputValue();
  await person.fill('Document', text.replace(/weight: 70/, 'weight: 60').replace(/weight: 30/, 'weight: 40'));
  await person.click('button', 'Check and save the draft');
  await says(person, ['70', '60', '30', '40', 'Whom and what it touches', '2 callers', '2 routers']);
  await person.click('button', /^Apply over version/);
  await inForce(person);
  assert.deepEqual(await weights(), [60, 40]);
  await takeBack(person);
};

/** The caller who has cost the most last month, as a file. */
export const dearest = async (person) => {
  const { page } = person;
  await person.begin();
  await person.unfold('Last 7 days');
  await person.click('link', 'Last month');
  await person.shoot('overview');
  const callers = page.locator('section.card').filter({ has: page.getByRole('heading', { name: 'Callers', exact: true }) });
  await person.click('link', /All/, callers);
  await person.shoot('explore');
  assert.equal(await page.locator('table.answer tbody .row-link').first().innerText(), 'bot');
  await person.unfold('Export');
  const [head, dearest] = (await person.download('link', 'CSV')).split('\n').filter((it) => !it.startsWith('#'));
  assert.match(head, /caller/);
  assert.match(dearest, /^bot,/);
  assert.match(dearest, /1\.08/);
};

/** To the form in which somebody is given access to a project. */
const access = async (person) => {
  await person.begin();
  await person.click('link', 'Projects');
  await person.click('link', 'search', person.page.locator('main'));
  await person.click('link', 'Give somebody access');
};

/** Gives those whom the OpenID provider knows as `group` one project. */
export const leadByRule = async (person, group) => {
  await access(person);
  await person.click('link', /^A rule of Example Corp/);
  await person.fill('Is, or has among its entries', group);
  await person.shoot('lead');
  await person.click('button', 'Look at what it changes');
  await person.click('button', 'Apply');
  const [{ roles }] = (await api('GET', '/api/v1/config?format=json')).oidc;
  assert.deepEqual(roles.find((it) => it.value === group), { claim: 'groups', value: group, role: 'project-admin', projects: ['search'] });
};

/** The same for somebody without such a login, who comes and sees this project and no other. */
export const leadByToken = async (person, name) => {
  await access(person);
  await person.fill('Name', name);
  await person.click('button', 'Make the token');
  const { clicks } = person;
  const code = await person.page.locator('pre code, code.secret, .issued code').allTextContents();
  const token = code.join(' ').match(/sra_\w+/)?.[0];
  assert.ok(token, 'the token is not shown');
  await Person.visits(person.context.browser(), { scripts: person.scripts, token }, async (lead) => {
    await lead.begin();
    await lead.click('link', 'Projects');
    await says(lead, ['search']);
    assert.doesNotMatch(await lead.page.locator('main').innerText(), /support/);
    await lead.click('link', 'search', lead.page.locator('main'));
    assert.equal((await lead.page.goto(`${world.admin}/projects/support`)).status(), 404);
    assert.equal((await lead.page.goto(`${world.admin}/providers`)).status(), 403);
    lead.forgive(/^40[34]: |status of 40[34]/);
  });
  return clicks;
};
