// Two people at one group, a database that goes away, and a control plane that is killed: nothing that somebody writes is lost. Two control
// planes share a database behind one address; `tests/system/live.rs` says which.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { Person, api, eventually, world } from './person.mjs';
import { ADMIN_TOKEN, Plane, Wire } from './planes.mjs';

const DOCUMENT = {
  version: 1,
  providers: Object.fromEntries(['north', 'south'].map((id) => [id, { base_url: `https://${id}.example.com/v1`, dialects: ['openai-chat'], models: { mini: { model: 'mini', state: 'active' } } }])),
  groups: { fast: { policy: { kind: 'weighted' }, targets: [{ model: 'north/mini', weight: 70 }, { model: 'south/mini', weight: 30 }] } },
};

let browser, database, front, planes;
before(async () => {
  const url = new URL(world.database);
  database = await Wire.to(Number(url.port || 5432));
  url.port = database.port;
  const start = (name) => Plane.start({ ...world, name, database: url.href });
  // One after the other: the first brings the database up to date.
  planes = [await start('one'), await start('two')];
  front = await Wire.to(...planes.map((it) => it.port));
  Object.assign(world, { admin: `http://127.0.0.1:${front.port}`, token: ADMIN_TOKEN });
  await api('POST', '/api/v1/config/apply', { document: JSON.stringify(DOCUMENT) });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  for (const it of [...planes ?? [], front, database]) await (it?.kill ?? it?.close)?.call(it);
});

afterEach(() => database.mend());

const group = async () => (await api('GET', '/api/v1/config?format=json')).groups.fast;
const weights = async () => (await group()).targets.map((it) => it.weight ?? 1);
const arrive = async () => {
  const person = await Person.arrive(browser, { at: world.admin });
  await person.logIn();
  return person;
};
const main = ({ page }) => page.locator('main').innerText();

test('of two who edit one group, the second sees both versions, and can take over', async () => {
  const [ana, ben] = [await arrive(), await arrive()];
  for (const it of [ana, ben]) await it.open('/groups/fast/edit');
  await ana.fill('Weight of target 1', '50');
  await ana.fill('Weight of target 2', '50');
  await ben.fill('Weight of target 1', '90');
  await ben.fill('Purpose', 'short answers');
  await ana.click('button', 'Look at what it changes');
  await ana.click('button', 'Apply');
  await ben.click('button', 'Look at what it changes');
  const told = await main(ben);
  for (const word of ['nothing is lost', 'before both: 70', 'Theirs', '50', 'Yours', '90', 'short answers']) assert.ok(told.includes(word), `${word} is not in ${told}`);
  ben.forgive(/^412: |status of 412/);
  await ben.shoot('clash');
  await ben.page.getByRole('radio', { name: /Yours/ }).check();
  await ben.click('button', 'Look at both together');
  await ben.click('button', 'Apply');
  // His, where both meant the same; hers, where she alone did; and his own.
  const made = await group();
  assert.deepEqual([await weights(), made.contract.purpose], [[90, 50], 'short answers']);
  for (const it of [ana, ben]) await it.leave();
});

/** Sends a form while the database is away, in which `text` was written; it is there when it is back. */
const outage = async (person, button, text) => {
  const { page } = person;
  const isAway = async () => /The database is away/.test(await main(person));
  const again = () => person.click('button', 'Send it again');
  database.sever();
  await person.click('button', button);
  for (let times = 0; times < 2; times += 1) {
    assert.ok(await isAway(), await main(person));
    const kept = await page.locator('main textarea').evaluateAll((all) => all.map((it) => it.value));
    assert.ok(kept.some((it) => it.includes(text)), `${text} is not among ${kept}`);
    await person.shoot('away');
    if (times === 0) await again();
  }
  database.mend();
  await eventually('it is taken', async () => {
    await again();
    return !await isAway();
  });
  person.forgive(/^503: |status of 503/);
};

test('what stands in a form is there while the database is away, and is sent when it is back', async () => {
  const person = await arrive();
  await person.open('/groups/fast/edit');
  await person.fill('Weight of target 1', '11');
  await person.fill('Purpose', 'written while it was away');
  await outage(person, 'Look at what it changes', 'written while it was away');
  await person.click('button', 'Apply');
  assert.equal((await group()).contract.purpose, 'written while it was away');
  assert.equal((await weights())[0], 11);
  await person.leave();
});

test('so is a document, which is a draft then', async () => {
  const person = await arrive();
  const { page } = person;
  await person.open('/versions/drafts/new');
  await person.fill('Name', 'for the evening');
  const text = await page.getByLabel('Document').inputValue();
  await person.fill('Document', text.replace('written while it was away', 'a draft of the evening'));
  await outage(person, 'Check and save the draft', 'a draft of the evening');
  await person.open('/versions');
  await person.click('link', /for the evening/);
  assert.match(await main(person), /a draft of the evening/);
  await person.click('button', /^Apply over version/);
  assert.equal((await group()).contract.purpose, 'a draft of the evening');
  await person.leave();
});

test('when a control plane is killed, the other one goes on with the same sessions and forms', async () => {
  const person = await arrive();
  const before = await person.context.cookies();
  await person.open('/groups/fast/edit');
  await person.fill('Purpose', 'finished at the other one');
  await planes[0].kill();
  await person.click('button', 'Look at what it changes');
  await person.click('button', 'Apply');
  assert.equal((await group()).contract.purpose, 'finished at the other one');
  await person.open('/admins');
  assert.match(await main(person), /this one/);
  assert.deepEqual(await person.context.cookies(), before, 'nobody had to log in again');
  // Those of old are where they were, and somebody new gets in.
  const other = await arrive();
  await other.open('/overview');
  for (const it of [person, other]) await it.leave();
});
