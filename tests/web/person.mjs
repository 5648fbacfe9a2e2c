// Somebody at a browser: finds things by what they are and what they are called, and counts what it takes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { AXE, HEIGHT, barriers, overflowing, watched } from './browser.mjs';

export const world = JSON.parse(process.env.WORLD);

const WORDS = ['acks', 'compare', 'discard', 'drafts', 'edit', 'first', 'key', 'models', 'new', 'price', 'rebase', 'remove', 'resume', 'revoke', 'rollback', 'rotate', 'suspend'];

/** The sort of page that an address opens: names and numbers of what it shows left out. */
export const sort = (pathname) => {
  const [, first, ...rest] = pathname.split('/');
  return ['', first, ...rest.map((it) => (WORDS.includes(it) ? it : '…'))].join('/');
};

/** What has been judged: a sort of page is looked at once in each of its two ways. */
const judged = new Set();

export class Person {
  static async arrive(browser, { scripts = true, width = 1280 } = {}) {
    const person = Object.assign(new Person(), { complaints: [], clicks: 0, scripts });
    person.context = await browser.newContext({ javaScriptEnabled: scripts, reducedMotion: 'reduce', viewport: { width, height: HEIGHT }, acceptDownloads: true });
    if (scripts) await person.context.addInitScript(AXE);
    person.context.setDefaultTimeout(20_000);
    person.page = await watched(person.context, person.complaints);
    return person;
  }

  /** With the token of an administrator, or another one. */
  async logIn(token = world.token) {
    await this.page.goto(`${world.admin}/login`);
    await this.page.getByLabel('Admin token').fill(token);
    const there = this.page.waitForURL((it) => !it.pathname.startsWith('/login'));
    await this.page.getByLabel('Admin token').press('Enter');
    await there;
  }

  async open(path) {
    await this.page.goto(world.admin + path);
    await this.judge();
  }

  /** One click, and where it leads is looked at. */
  async click(role, name, within = this.page) {
    const found = within.getByRole(role, { name, exact: typeof name === 'string' });
    this.clicks += 1;
    await found.first().click();
    await this.page.waitForLoadState('load');
    await this.judge();
  }

  /** One click on what opens a menu. */
  async unfold(name) {
    this.clicks += 1;
    await this.page.locator('summary').filter({ hasText: name }).first().click();
  }

  /** One click into a field; what is typed is not counted. */
  async fill(label, value) {
    this.clicks += 1;
    await this.page.getByLabel(label, { exact: true }).fill(value);
  }

  /** The same into a field that shares its name with another, by its id. */
  async fillIn(id, value) {
    this.clicks += 1;
    await this.page.locator(`#${id}`).fill(value);
  }

  /** Two clicks: what is chosen from opens first. */
  async choose(label, value) {
    this.clicks += 2;
    await this.page.getByLabel(label, { exact: true }).selectOption(value);
  }

  /** Whether the page that is open is one that should be. */
  async judge() {
    const kind = sort(new URL(this.page.url()).pathname);
    const main = this.page.locator('main');
    assert.equal(await main.count(), 1, `${this.page.url()} has no main part`);
    if (!this.scripts || judged.has(kind)) return;
    judged.add(kind);
    for (const complaint of [...await barriers(this.page), ...await overflowing(this.page)]) this.complaints.push(`${kind}: ${complaint}`);
    await this.page.setViewportSize({ width: 375, height: HEIGHT });
    for (const complaint of await overflowing(this.page)) this.complaints.push(`${kind}: 375 px: ${complaint}`);
    await this.page.setViewportSize({ width: 1280, height: HEIGHT });
  }

  async shoot(name) {
    if (world.screenshots && this.scripts) await this.page.screenshot({ path: join(world.screenshots, `${name}.png`) });
  }

  /** Goes to what is called so by the tabulator, as somebody without a mouse does, and sees where the focus is on the way. */
  async tabTo(role, name) {
    const wanted = await this.page.getByRole(role, { name, exact: typeof name === 'string' }).first().elementHandle();
    assert.ok(wanted, `there is no ${role} ${name}`);
    for (let steps = 0; steps < 80; steps += 1) {
      await this.page.keyboard.press('Tab');
      const [there, shown] = await wanted.evaluate((it) => {
        const { activeElement } = document;
        const style = getComputedStyle(activeElement);
        return [activeElement === it, style.outlineStyle !== 'none' || style.boxShadow !== 'none' || getComputedStyle(activeElement, '::after').outlineStyle !== 'none'];
      });
      assert.ok(shown, `where the focus is cannot be seen on the way to ${role} ${name}`);
      if (there) return;
    }
    assert.fail(`the tabulator does not reach ${role} ${name}`);
  }

  /** Goes there and presses it. */
  async press(role, name) {
    await this.tabTo(role, name);
    const there = this.page.waitForEvent('load');
    await this.page.keyboard.press('Enter');
    await there;
  }

  async leave() {
    await this.context.close();
    assert.deepEqual([...new Set(this.complaints)], []);
  }
}

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
