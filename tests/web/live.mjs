// People in the pages of a running system: `tests/system/live.rs` starts it, and says where it is.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { launch } from './browser.mjs';
import { crawl, left } from './crawl.mjs';
import { forms } from './forms.mjs';
import { plant } from './hostile.mjs';
import { dearest, firstRequest, leadByRule, leadByToken, provider, weightsOfDocument, weightsOfGroup } from './jobs.mjs';
import { Person, Typist, world } from './person.mjs';
import { printed } from './print.mjs';

let browser;
before(async () => {
  if (world.screenshots) mkdirSync(world.screenshots, { recursive: true });
  browser = await launch();
});
after(() => browser.close());

/** A job that somebody does: how many clicks it takes, where that is said. */
const job = (name, does, { clicks, who = Person, scripts = true } = {}) => test(name, () => who.visits(browser, { scripts }, async (person) => {
  await does(person);
  if (clicks) assert.equal(person.clicks, clicks);
}));
const plain = { scripts: false };
const keys = { who: Typist };

describe('jobs', { concurrency: 2 }, () => {
  describe('that change the configuration', { concurrency: 1 }, () => {
    job('a provider with a model and a group: nine clicks', (it) => provider(it, 'lab'), { clicks: 9 });
    job('the same without a mouse', (it) => provider(it, 'keys'), keys);
    job('weights of a group changed, seen in force on two routers, and taken back: twelve clicks', weightsOfGroup, { clicks: 12 });
    job('the same without a mouse', weightsOfGroup, keys);
    job('the same without scripts', weightsOfGroup, plain);
    job('the same in the document, without scripts', weightsOfDocument, plain);
    job('a rule that gives a team lead one project: seven clicks', (it) => leadByRule(it, 'leads'), { clicks: 7 });
    job('the same without a mouse', (it) => leadByRule(it, 'leads-by-keys'), keys);
  });

  describe('that look', { concurrency: 1 }, () => {
    job('a token and the first request: seven clicks', (it) => firstRequest(it, 'ana'), { clicks: 7 });
    job('the same without a mouse', (it) => firstRequest(it, 'ana'), keys);
    job('the same without scripts', (it) => firstRequest(it, 'bot'), plain);
    job('the most expensive caller of last month, exported: five clicks', dearest, { clicks: 5 });
    job('the same without a mouse', dearest, keys);
    job('the same without scripts', dearest, plain);
    job('an admin token that gives a team lead one project: five clicks', async (it) => assert.equal(await leadByToken(it, 'lead'), 5));
    job('a report and the overview, printed', printed);
  });
});

test('forms do without scripts', () => Person.visits(browser, plain, forms));

describe('pages', { concurrency: 2 }, () => {
  let planted;
  before(() => { planted = plant(); });

  test('every page answers without scripts', () => Person.visits(browser, plain, async (person) => {
    const seen = await crawl(person, 1);
    const missing = world.pages.filter((it) => !seen.has(it) && !left.test(it));
    assert.deepEqual(missing, [], 'they were not opened');
  }));

  test('texts that mean harm are texts, on every page', async () => {
    await planted;
    await Person.visits(browser, {}, (person) => crawl(person, 2));
  });
});
