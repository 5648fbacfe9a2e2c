// Somebody at a browser: finds things by what they are and what they are called, and counts what it takes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEIGHT, WHOLE, barriers, overflowing, watched } from './browser.mjs';

export const world = JSON.parse(process.env.WORLD);

const WORDS = ['acks', 'compare', 'discard', 'drafts', 'edit', 'first', 'key', 'models', 'new', 'price', 'rebase', 'remove', 'resume', 'revoke', 'rollback', 'rotate', 'suspend'];

/** The sort of page that an address opens: names and numbers of what it shows left out. */
export const sort = (pathname) => {
  const [, first, ...rest] = pathname.split('/');
  return ['', first, ...rest.map((it) => (WORDS.includes(it) ? it : '…'))].join('/');
};

/** For the guide: what a screen shows first. */
export const shot = async (page, name, options) => {
  if (world.screenshots) await page.screenshot({ path: join(world.screenshots, `${name}.png`), clip: { x: 0, y: 0, width: 1280, height: 720 }, ...options });
};

/** What has been judged: a sort of page is looked at once in each of its two ways. */
const judged = new Set();

/** With a mouse. */
export class Person {
  static async arrive(browser, { scripts = true, width = 1280, at = world.admin } = {}) {
    const person = Object.assign(new this(), { complaints: [], clicks: 0, scripts, at });
    person.context = await browser.newContext({ javaScriptEnabled: scripts, reducedMotion: 'reduce', viewport: { width, height: HEIGHT }, acceptDownloads: true });
    person.context.setDefaultTimeout(20_000);
    person.page = await watched(person.context, person.complaints);
    return person;
  }

  /** The same person, who does all of this and goes. */
  static async visits(browser, options, does) {
    const person = await this.arrive(browser, options);
    await person.logIn(options.token);
    await does(person);
    await person.leave();
  }

  /** With the token of an administrator, or another one. */
  async logIn(token = world.token) {
    await this.page.goto(`${this.at}/login`);
    await this.page.getByLabel('Admin token').fill(token);
    const there = this.page.waitForURL((it) => !it.pathname.startsWith('/login'));
    await this.page.getByLabel('Admin token').press('Enter');
    await there;
  }

  /** Where a job begins: clicks count from here. */
  async begin(path = '/overview') {
    await this.open(path);
    this.clicks = 0;
  }

  async open(path) {
    await this.page.goto(this.at + path);
    await this.judge();
  }

  /** One click, and where it leads is looked at. */
  async click(role, name, within = this.page) {
    this.clicks += 1;
    await this.follow(named(within, role, name));
    await this.judge();
  }

  /** One click on what gives a file; its text. */
  async download(role, name) {
    this.clicks += 1;
    const [file] = await Promise.all([this.page.waitForEvent('download'), this.press(named(this.page, role, name))]);
    return readFileSync(await file.path(), 'utf8');
  }

  /** One click on what opens a menu. */
  async unfold(name) {
    this.clicks += 1;
    await this.press(this.page.locator('summary').filter({ hasText: name }).first());
  }

  /** One click into a field; what is typed is not counted. */
  async fill(label, value) {
    this.clicks += 1;
    await this.write(this.page.getByLabel(label, { exact: true }), value);
  }

  /** The same into a field that shares its name with another, by its id. */
  async fillIn(id, value) {
    this.clicks += 1;
    await this.write(this.page.locator(`#${id}`), value);
  }

  /** Two clicks: what is chosen from opens first. */
  async choose(label, value) {
    this.clicks += 2;
    await this.pick(this.page.getByLabel(label, { exact: true }), value);
  }

  press(found) {
    return found.click();
  }

  async follow(found) {
    await found.click();
    await this.page.waitForLoadState('load');
  }

  write(found, value) {
    return found.fill(value);
  }

  pick(found, value) {
    return found.selectOption(value);
  }

  /** Whether the page that is open is one that should be. */
  async judge() {
    const kind = sort(new URL(this.page.url()).pathname);
    const main = this.page.locator('main');
    assert.equal(await main.count(), 1, `${this.page.url()} has no main part`);
    if (!this.scripts || judged.has(kind)) return;
    judged.add(kind);
    for (const complaint of [...WHOLE ? await barriers(this.page) : [], ...await overflowing(this.page)]) this.complaints.push(`${kind}: ${complaint}`);
    await this.page.setViewportSize({ width: 375, height: HEIGHT });
    for (const complaint of await overflowing(this.page)) this.complaints.push(`${kind}: 375 px: ${complaint}`);
    await this.page.setViewportSize({ width: 1280, height: HEIGHT });
  }

  /** A picture of it. */
  async shoot(name) {
    if (this.scripts && !(this instanceof Typist)) await shot(this.page, name);
  }

  /** What is expected and looks like a failure to a browser. */
  forgive(pattern) {
    this.complaints.splice(0, Infinity, ...this.complaints.filter((it) => !pattern.test(it)));
  }

  async leave() {
    await this.context.close();
    assert.deepEqual([...new Set(this.complaints)], []);
  }
}

/** With a keyboard alone: goes wherever a mouse would click, and sees where the focus is on the way. */
export class Typist extends Person {
  async press(found) {
    await this.reach(found);
    await this.page.keyboard.press('Enter');
  }

  async follow(found) {
    await this.reach(found);
    const there = this.page.waitForEvent('load');
    await this.page.keyboard.press('Enter');
    await there;
  }

  /** What stood in the field is selected when it is reached from before it. */
  async write(found, value) {
    await this.reach(found);
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.type(value);
    assert.equal(await found.inputValue(), value);
  }

  async pick(found, value) {
    await this.reach(found);
    await this.page.keyboard.type(value);
    assert.equal(await found.inputValue(), value);
  }

  /** By the tabulator, past the navigation where what is wanted stands behind it. */
  async reach(found) {
    const { page } = this;
    const wanted = await found.elementHandle();
    assert.ok(wanted, `there is no ${found}`);
    if (await wanted.evaluate((it) => document.activeElement === document.body && document.querySelector('main').contains(it))) {
      await page.keyboard.press('Tab');
      assert.match(await page.evaluate(() => document.activeElement.className), /skip-link/);
      await page.keyboard.press('Enter');
    }
    for (let steps = 0; steps < 90; steps += 1) {
      await page.keyboard.press('Tab');
      const [there, shown] = await wanted.evaluate((it) => {
        const { activeElement } = document;
        const style = getComputedStyle(activeElement);
        return [activeElement === it, style.outlineStyle !== 'none' || style.boxShadow !== 'none' || getComputedStyle(activeElement, '::after').outlineStyle !== 'none'];
      });
      assert.ok(shown, `where the focus is cannot be seen on the way to ${found}`);
      if (there) return;
    }
    assert.fail(`the tabulator does not reach ${found}`);
  }
}

const named = (within, role, name) => within.getByRole(role, { name, exact: typeof name === 'string' }).first();

/** The admin API, as a program. */
export const api = async (method, path, body) => {
  const response = await fetch(world.admin + path, { method, headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
};

export const eventually = async (what, condition) => {
  const until = Date.now() + 30_000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    assert.ok(Date.now() < until, `${what}: it never came`);
    await new Promise((done) => { setTimeout(done, 100); });
  }
};
