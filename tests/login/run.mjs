// People log in to a live control plane, with a certified OpenID provider and with one that is not what it says.
//
//     CONTROL_PLANE_BINARY=target/release/smart-router LOGIN_DIR=… node run.mjs
//
// Exits 0 if all is as it should be. With SMART_ROUTER_TEST_POSTGRES_URL two control planes share their sessions.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Browser, fields, unescaped } from "./browser.mjs";
import { CLIENT, EvilProvider } from "./evil.mjs";
import { RealProvider } from "./provider.mjs";
import { ADMIN_TOKEN, Router, freePort } from "./router.mjs";

const directory = mkdtempSync(join(tmpdir(), "logins-"));
const binary = process.env.CONTROL_PLANE_BINARY;
let real, evil, router, replica;

const secret = { env: "LLM_SECRET_OIDC" };
const document = (change = (it) => it) =>
  change({
    version: 1,
    projects: { search: { owner: "platform" } },
    oidc: [
      {
        id: "corp", name: "Example Corp", issuer: real.issuer, client_id: "smart-router", client_secret: secret,
        scopes: ["profile", "email", "groups"], require_verified_email: true,
        roles: [
          { claim: "groups", value: "platform", role: "admin" },
          { claim: "groups", value: "leads", role: "viewer" },
        ],
      },
      {
        id: "strict", issuer: real.issuer, client_id: "strict-router", client_secret: secret, scopes: ["email", "groups"],
        email_domains: ["example.com"], roles: [{ claim: "groups", value: "leads", role: "auditor" }],
      },
      { id: "evil", issuer: evil.issuer, client_id: CLIENT, client_secret: secret, roles: [{ claim: "groups", value: "leads", role: "viewer" }] },
    ],
  });
const with_provider = (id, more) => document((it) => ({ ...it, oidc: it.oidc.map((one) => (one.id === id ? { ...one, ...more } : one)) }));

before(async () => {
  const [realPort, evilPort, port, other] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const routers = [port, other].map((it) => `http://127.0.0.1:${it}`);
  real = await RealProvider.start(realPort, routers);
  evil = await EvilProvider.start(evilPort);
  const database = process.env.LOGIN_DATABASE_URL;
  const shared = database && { database, masterKey: randomBytes(32).toString("base64") };
  router = await Router.start(binary, join(directory, "one"), port, shared);
  if (database) replica = await Router.start(binary, join(directory, "two"), other, shared);
  await router.apply(document());
});

after(async () => {
  for (const it of [router, replica]) await it?.kill();
  evil.stop();
  await real.stop();
  const logs = router.logged();
  rmSync(directory, { recursive: true });
  assert.doesNotMatch(logs, /panicked/);
  for (const word of ["the-clients-secret", ADMIN_TOKEN]) assert.ok(!logs.includes(word), `${word} is logged`);
});

// Goes through the provider's own pages until the browser is sent back; answers where to.
async function throughProvider(browser, address, person) {
  const back = (it) => it.startsWith(router.url) || (replica && it.startsWith(replica.url));
  let page = await browser.go(address, back);
  for (let steps = 0; steps < 4 && !(page.location && back(page.location)); steps++) {
    const action = page.text.match(/action="([^"]*)"/)?.[1];
    assert.ok(action, `no form at ${page.url}: ${page.text.slice(0, 500)}`);
    const form = fields(page.text, action);
    if ("login" in form) Object.assign(form, { login: person, password: "any" });
    page = await browser.go(new URL(action, page.url).href, back, { method: "POST", form });
  }
  return page.location;
}

async function login(browser, person, { provider = "corp", query = "", at = router } = {}) {
  const begun = await browser.ask(`${at.url}/login/oidc/${provider}${query}`);
  assert.equal(begun.status, 303, begun.text);
  return browser.ask(await throughProvider(browser, begun.location, person));
}

const sessions = async (at = router) => (await at.api("GET", "/api/v1/admin-sessions")).json.admin_sessions;
const asked = (browser, path, options, at = router) => browser.ask(`${at.url}${path}`, options);
const cookie = (browser, at = router) => browser.cookies(at.url).find(([name]) => name.includes("session"))?.[1];
const events = async () => (await router.api("GET", "/api/v1/audit?limit=20")).json.events;

// What a page would embed for its forms: it follows from the cookie (RFC 2104).
async function csrf(browser, at = router) {
  const { createHmac } = await import("node:crypto");
  const token = createHmac("sha256", cookie(browser, at)).update("csrf\0").digest();
  return Buffer.concat([Buffer.alloc(32), token]).toString("base64url");
}

describe("with a certified provider", () => {
  test("a group's claim gives its role, and nothing more", async () => {
    const browser = new Browser();
    const entered = await login(browser, "ana", { query: "?return_to=%2Fdocs%3Fx%3D1" });
    assert.equal(entered.status, 303, entered.text);
    assert.equal(entered.location, `${router.url}/docs?x=1`);
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 200);
    assert.equal((await asked(browser, "/api/v1/admin-tokens")).status, 403, "a viewer's session");
    const [session] = (await sessions()).filter((it) => it.actor === "person/corp/ana");
    assert.equal(session.name, "ana@example.com");
    const event = (await events()).find((it) => it.action === "admin-session.login");
    assert.equal(event.actor, "person/corp/ana");
    const set = entered.headers.getSetCookie().find((it) => it.includes("session"));
    assert.match(set, /; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  test("an admin's claim gives the owner's role, with a client that proves itself in the form", async () => {
    const [olga, ana] = [new Browser(), new Browser()];
    assert.equal((await login(olga, "olga")).status, 303);
    assert.equal((await asked(olga, "/api/v1/admin-tokens")).status, 200);
    assert.equal((await login(ana, "ana", { provider: "strict" })).status, 303);
    assert.equal((await asked(ana, "/api/v1/audit")).status, 200);
    assert.equal((await asked(ana, "/api/v1/config/versions")).status, 200);
  });

  test("whom no rule gives a role is told so and has no session", async () => {
    const browser = new Browser();
    const refused = await login(browser, "ben");
    assert.equal(refused.status, 403);
    assert.match(refused.text, /none of your groups has a role/);
    assert.equal(cookie(browser), undefined);
  });

  test("an e-mail address that is not verified, or of another domain, lets nobody in", async () => {
    assert.match((await login(new Browser(), "carl")).text, /has not verified an e-mail address/);
    assert.match((await login(new Browser(), "carl", { provider: "strict" })).text, /has not verified/);
    assert.match((await login(new Browser(), "eve", { provider: "strict" })).text, /not of a domain/);
  });

  test("nothing leads elsewhere after a login", async () => {
    for (const to of ["https://evil.example/", "//evil.example", "/\\evil.example", "/%0d%0aSet-Cookie:x", "javascript:alert(1)"]) {
      const entered = await login(new Browser(), "ana", { query: `?return_to=${encodeURIComponent(to)}` });
      assert.equal(new URL(entered.location).origin, router.url, to);
    }
  });

  test("a session is another one after each login, and the old cookie opens nothing", async () => {
    const browser = new Browser();
    await login(browser, "ana");
    const before = cookie(browser);
    await login(browser, "ana");
    assert.notEqual(cookie(browser), before);
    const old = new Browser();
    old.jar.set(new URL(router.url).host, new Map(browser.cookies(router.url).map(([name]) => [name, before])));
    assert.equal((await asked(old, "/api/v1/nodes")).status, 401);
    // A cookie that somebody has planted is not taken over.
    const planted = new Browser();
    const value = randomBytes(32).toString("base64url");
    planted.jar.set(new URL(router.url).host, new Map([[`smart-router-session-${router.port}`, value]]));
    await login(planted, "ana");
    assert.notEqual(cookie(planted), value);
  });

  test("a state is good once, for the browser that began, and for the provider that was asked", async () => {
    const [browser, other] = [new Browser(), new Browser()];
    const begun = await browser.ask(`${router.url}/login/oidc/corp`);
    const back = await throughProvider(browser, begun.location, "ana");
    const stolen = await other.ask(back);
    assert.equal(stolen.status, 400, "another browser");
    await other.ask(`${router.url}/login/oidc/corp`);
    assert.equal((await other.ask(back)).status, 400, "another browser that has begun, too");
    assert.equal((await browser.ask(back)).status, 303, "whoever steals it does not even use it up");
    const again = await browser.ask(`${router.url}/login/oidc/corp`);
    const callback = await throughProvider(browser, again.location, "ana");
    assert.equal((await browser.ask(callback)).status, 303);
    assert.equal((await browser.ask(callback)).status, 400, "replayed");
    const third = await browser.ask(`${router.url}/login/oidc/corp`);
    const elsewhere = (await throughProvider(browser, third.location, "ana")).replace("/oidc/corp/", "/oidc/evil/");
    assert.equal((await browser.ask(elsewhere)).status, 400, "another provider's path");
    const made_up = new URL(callback);
    made_up.searchParams.set("state", randomBytes(32).toString("base64url"));
    assert.equal((await browser.ask(made_up.href)).status, 400, "a state that nobody has given out");
  });

  test("PKCE, state and nonce are sent, and are new each time", async () => {
    const browser = new Browser();
    const sent = async () => new URL((await browser.ask(`${router.url}/login/oidc/corp`)).location).searchParams;
    const [one, two] = [await sent(), await sent()];
    assert.equal(one.get("code_challenge_method"), "S256");
    assert.equal(one.get("scope"), "openid profile email groups");
    for (const name of ["state", "nonce", "code_challenge"]) {
      assert.equal(one.get(name).length, 43);
      assert.notEqual(one.get(name), two.get(name));
    }
  });

  test("a role that the configuration takes is gone with the next request, and given with the next", async () => {
    const browser = new Browser();
    await login(browser, "ana");
    await router.apply(with_provider("corp", { roles: [{ claim: "groups", value: "platform", role: "admin" }] }));
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 401);
    await router.apply(with_provider("corp", { roles: [{ claim: "groups", value: "leads", role: "admin" }] }));
    assert.equal((await asked(browser, "/api/v1/admin-tokens")).status, 200);
    await router.apply(with_provider("corp", { disabled: true }));
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 401, "a provider that is switched off ends its sessions");
    assert.match((await asked(browser, "/login/oidc/corp")).text, /switched off/);
    await router.apply(document());
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 401, "and for good");
  });

  test("what changes something takes the pages' own word beside the cookie", async () => {
    const browser = new Browser();
    await login(browser, "olga");
    const post = (headers) => asked(browser, "/api/v1/nodes/join-tokens", { method: "POST", headers: { "content-type": "application/json", ...headers } });
    const token = await csrf(browser);
    for (const headers of [
      {},
      { "x-csrf-token": "wrong" },
      { "x-csrf-token": token, origin: "https://evil.example" },
      { "x-csrf-token": token, origin: "null" },
      { "x-csrf-token": token, "sec-fetch-site": "cross-site" },
      { "x-csrf-token": token, "sec-fetch-site": "same-site" },
    ]) {
      const answer = await post(headers);
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.equal(JSON.parse(answer.text).code, "forged-request");
    }
    assert.notEqual(JSON.parse((await post({ "x-csrf-token": token })).text).code, "forged-request");
    assert.equal((await asked(browser, "/logout", { method: "POST", form: { csrf: "wrong" } })).status, 403);
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 200, "still logged in");
  });

  test("logging out here logs out there", async () => {
    const browser = new Browser();
    await login(browser, "ana");
    const left = await asked(browser, "/logout", { method: "POST", form: { csrf: await csrf(browser) } });
    assert.equal(left.status, 200, left.text);
    assert.equal(left.headers.get("clear-site-data"), '"cache", "storage"');
    assert.equal(cookie(browser), undefined);
    const onwards = new URL(unescaped(left.text.match(/url=([^"]*)"/)[1]));
    assert.equal(onwards.origin, real.issuer);
    assert.ok(onwards.searchParams.get("id_token_hint").split(".").length === 3);
    // The provider asks, and sends the browser back.
    const page = await browser.go(onwards.href);
    const action = page.text.match(/action="([^"]*)"/)[1];
    const form = { ...fields(page.text, action), logout: "yes" };
    const done = await browser.go(new URL(action, page.url).href, () => false, { method: "POST", form });
    assert.equal(new URL(done.url).pathname, "/login/logged-out");
    const begun = await browser.ask(`${router.url}/login/oidc/corp`);
    const asks = await browser.go(begun.location);
    assert.match(asks.text, /name="login"/, "the provider knows nobody any more");
  });

  test("logging out there logs out here", async () => {
    const [browser, other] = [new Browser(), new Browser()];
    await login(browser, "ana");
    await login(other, "ana");
    const page = await browser.go(`${real.issuer}/session/end?client_id=smart-router`);
    const action = page.text.match(/action="([^"]*)"/)[1];
    await browser.go(new URL(action, page.url).href, () => false, { method: "POST", form: { ...fields(page.text, action), logout: "yes" } });
    for (let tries = 0; (await asked(browser, "/api/v1/nodes")).status !== 401; tries++) {
      assert.ok(tries < 50, "the session goes on");
      await sleep(100);
    }
    assert.equal((await asked(other, "/api/v1/nodes")).status, 200, "another session of the same person with the provider");
  });

  test("keys that the provider has replaced are asked for anew", async () => {
    const browser = new Browser();
    await sleep(10_000);
    await real.restart();
    assert.equal((await login(browser, "ana")).status, 303);
  });

  test("a provider that is down lets nobody in, and who is in stays", async () => {
    const [browser, outside] = [new Browser(), new Browser()];
    await login(browser, "ana");
    const begun = await outside.ask(`${router.url}/login/oidc/corp`);
    const back = await throughProvider(outside, begun.location, "ana");
    await real.stop();
    const refused = await outside.ask(back);
    assert.equal(refused.status, 503);
    assert.match(refused.text, /does not answer/);
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 200);
    await router.kill();
    await router.spawn();
    assert.equal((await asked(outside, "/login/oidc/corp")).status, 503);
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 200, "sessions outlive the process");
    await real.listen();
    // One that did not answer is left alone for a second.
    await sleep(1_100);
    assert.equal((await login(outside, "ana")).status, 303);
  });
});

describe("with a provider that is not what it says", () => {
  const attempt = async (next) => {
    evil.next = next;
    const browser = new Browser();
    try {
      const begun = await browser.ask(`${router.url}/login/oidc/evil`);
      const sent = await browser.go(begun.location, (it) => it.startsWith(router.url));
      const answer = await browser.ask(sent.location);
      return { ...answer, entered: answer.status === 303 && cookie(browser) !== undefined };
    } finally {
      evil.next = {};
    }
  };
  const now = () => Math.floor(Date.now() / 1000);

  test("a token that is right lets somebody in", async () => assert.ok((await attempt({})).entered));

  for (const [what, next] of Object.entries({
    "another state": { callback: { state: "x".repeat(43) } },
    "no state": { callback: { state: "" } },
    "another nonce": { claims: { nonce: "another" } },
    "no nonce": { drop: ["nonce"] },
    "another audience": { claims: { aud: "somebody-else" } },
    "a further audience": { claims: { aud: [CLIENT, "somebody-else"] } },
    "another authorised party": { claims: { azp: "somebody-else" } },
    "another issuer": { claims: { iss: "https://id.example.com" } },
    "an issuer with a slash more": { claims: { iss: "SLASH" } },
    "another issuer in the answer": { callback: { iss: "https://id.example.com" } },
    "an expired token": { claims: { exp: 1_700_000_000 } },
    "a token from the future": { claims: { iat: 4_000_000_000, exp: 4_000_000_060 } },
    "an old token that is still good": { claims: { iat: 1_700_000_000, exp: 4_000_000_000 } },
    "a token that is not valid yet": { claims: { nbf: 4_000_000_000 } },
    "no signature": { header: { alg: "none" }, sign: "none" },
    "the client's secret as key (HS256)": { header: { alg: "HS256" }, sign: "secret" },
    "the public key as secret (HS256)": { header: { alg: "HS256" }, sign: "public-key" },
    "a key that is not published": { sign: "unknown" },
    "a published key's name on another key": { sign: "wrong-key" },
    "a token in a token": { header: { cty: "JWT" } },
    "another type of token": { header: { typ: "at+jwt" } },
    "no subject": { drop: ["sub"] },
    "an empty subject": { claims: { sub: "" } },
    "a subject of two lines": { claims: { sub: "a\r\n\u001b[31mb" } },
    "a long subject": { claims: { sub: "x".repeat(256) } },
    "an access token that is not the ID token's": { claims: { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" } },
    "a code that was never given out": { callback: { code: "made-up" } },
    "no code": { callback: { code: "" } },
    "an error instead of a code": { callback: { error: "access_denied" } },
  })) {
    test(`${what} is refused`, async () => {
      if (next.claims?.iss === "SLASH") next.claims.iss = `${evil.issuer}/`;
      const answer = await attempt(next);
      assert.ok(!answer.entered);
      assert.ok([400, 403].includes(answer.status), `${answer.status} ${answer.text}`);
    });
  }

  test("groups without a role let nobody in, whatever they are", async () => {
    for (const groups of [["Leads"], "leads,admin", { leads: true }, [["leads"]], null, 7]) {
      assert.ok(!(await attempt({ claims: { groups } })).entered, JSON.stringify(groups));
    }
  });

  test("an address is verified by the answer that has it, and by no other", async () => {
    const rule = { claim: "email", value: "boss@example.com", role: "admin" };
    await router.apply(with_provider("evil", { roles: [rule] }));
    const boss = "boss@example.com";
    for (const [claims, userinfo, enters] of [
      [{ email: boss, email_verified: undefined }, { email: "u1@x.example", email_verified: true }, false],
      [{ email: undefined, email_verified: true }, { email: boss, email_verified: false }, false],
      [{ email: undefined, email_verified: true }, { email: boss }, false],
      [{ email: undefined, email_verified: undefined }, { email: boss, email_verified: true }, true],
    ]) {
      const answer = await attempt({ claims: { name: undefined, groups: undefined, ...claims }, userinfo });
      assert.equal(answer.entered, enters, JSON.stringify([claims, userinfo]));
    }
    await router.apply(document());
  });

  test("keys are asked for no more than each ten seconds, whatever names are made up", async () => {
    const before = evil.asked.keys;
    for (let at = 0; at < 5; at++) await attempt({ sign: "unknown", header: { kid: `made-up-${at}` } });
    assert.ok(evil.asked.keys - before <= 1, `${evil.asked.keys - before}`);
  });

  test("a login that reveals asks again, and the provider must have done so", async () => {
    await router.apply(with_provider("evil", { roles: [{ claim: "groups", value: "leads", role: "admin" }] }));
    evil.next = {};
    const browser = new Browser();
    const through = async (query, next = {}) => {
      evil.next = next;
      const begun = await browser.ask(`${router.url}/login/oidc/evil${query}`);
      const sent = await browser.go(begun.location, (it) => it.startsWith(router.url));
      return browser.ask(sent.location);
    };
    assert.equal((await through("?again=true")).status, 403, "no auth_time");
    assert.equal(evil.authorized.prompt, "login");
    assert.equal(evil.authorized.max_age, "0");
    assert.equal((await through("?again=true", { claims: { auth_time: now() - 3600 } })).status, 403, "an hour ago");
    const mint = async () => {
      const headers = { "content-type": "application/json", "x-csrf-token": await csrf(browser), "sec-fetch-site": "same-origin" };
      return (await asked(browser, "/api/v1/nodes/join-tokens", { method: "POST", headers })).status;
    };
    // The provider knows the browser and asks nobody: that is a login, and no recent one.
    for (const claims of [{}, { auth_time: now() - 9999 }]) {
      assert.equal((await through("", { claims })).status, 303);
      assert.equal(await mint(), 403, JSON.stringify(claims));
    }
    assert.equal((await through("", { claims: { auth_time: now() - 5 } })).status, 303);
    assert.notEqual(await mint(), 403, "it says that the person was there just now");
    assert.equal((await through("?again=true", { claims: { auth_time: now() } })).status, 303);
    assert.notEqual(await mint(), 403);
    evil.next = {};
    await router.apply(document());
  });

  test("a logout is obeyed once, and only if it is one", async () => {
    const send = async (token, at = "evil") => {
      const body = new URLSearchParams({ logout_token: token });
      return (await fetch(`${router.url}/login/oidc/${at}/backchannel-logout`, { method: "POST", body })).status;
    };
    const browser = new Browser();
    const begun = await browser.ask(`${router.url}/login/oidc/evil`);
    evil.next = { claims: { sid: "s-1" } };
    await browser.ask((await browser.go(begun.location, (it) => it.startsWith(router.url))).location);
    evil.next = {};
    const inside = async () => (await asked(browser, "/api/v1/nodes")).status === 200;
    assert.ok(await inside());
    const tokens = {
      "an ID token": await evil.token({ sid: "s-1" }),
      "with a nonce": await evil.logoutToken({ sid: "s-1", nonce: "n" }),
      "for somebody else": await evil.logoutToken({ sid: "s-1", aud: "somebody-else" }),
      "of another issuer": await evil.logoutToken({ sid: "s-1", iss: "https://id.example.com" }),
      "an old one": await evil.logoutToken({ sid: "s-1", iat: now() - 3600, exp: now() + 60 }),
      "an expired one": await evil.logoutToken({ sid: "s-1", exp: now() - 120 }),
      "without a number": await evil.logoutToken({ sid: "s-1" }, { drop: ["jti"] }),
      "of nobody": await evil.logoutToken({}, { drop: ["sub", "sid"] }),
      "without a signature": await evil.logoutToken({ sid: "s-1" }, { header: { alg: "none" }, sign: "none" }),
      "with the client's secret": await evil.logoutToken({ sid: "s-1" }, { header: { alg: "HS256" }, sign: "secret" }),
      "with another key": await evil.logoutToken({ sid: "s-1" }, { sign: "wrong-key" }),
      "no token": "x.y.z",
    };
    for (const [what, token] of Object.entries(tokens)) assert.equal(await send(token), 400, what);
    assert.equal(await send(await evil.logoutToken({ sid: "s-1" }), "corp"), 400, "of another provider");
    assert.equal(await send(await evil.logoutToken({ sid: "s-2" })), 200, "another session");
    assert.ok(await inside());
    const good = await evil.logoutToken({ sid: "s-1" });
    assert.equal(await send(good), 200);
    assert.ok(!(await inside()));
    assert.equal(await send(good), 400, "replayed");
  });

  test("a provider that names another issuer, and one with new keys", async () => {
    await evil.rotate();
    await sleep(10_000);
    assert.ok((await attempt({})).entered, "rotated keys");
    await router.kill();
    await router.spawn();
    evil.next = { discoveredIssuer: "https://id.example.com" };
    assert.equal((await asked(new Browser(), "/login/oidc/evil")).status, 503);
    evil.next = {};
  });
});

describe("without a provider", () => {
  async function with_token(browser, token, at = router) {
    const page = await asked(browser, "/login", {}, at);
    return asked(browser, "/login/token", { method: "POST", form: { ...fields(page.text, "/login/token"), token } }, at);
  }

  test("an admin token logs in, with what it may do and for as long as it may", async () => {
    const { json: made } = await router.api("POST", "/api/v1/admin-tokens", { name: "looks", grants: [{ role: "viewer" }] });
    const browser = new Browser();
    assert.equal((await with_token(browser, `${made.token}x`)).status, 403);
    assert.equal((await with_token(browser, made.token)).status, 303);
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 200);
    assert.equal((await asked(browser, "/api/v1/audit")).status, 403);
    assert.equal((await router.api("DELETE", `/api/v1/admin-tokens/${made.id}`)).status, 204);
    assert.equal((await asked(browser, "/api/v1/nodes")).status, 401, "revoked");
  });

  test("nobody is logged in by another site", async () => {
    const browser = new Browser();
    const page = await asked(browser, "/login");
    const form = { ...fields(page.text, "/login/token"), token: ADMIN_TOKEN };
    const post = (more, headers = {}) => asked(browser, "/login/token", { method: "POST", form: { ...form, ...more }, headers });
    assert.equal((await post({ csrf: "" })).status, 403);
    assert.equal((await post({}, { origin: "https://evil.example" })).status, 403);
    assert.equal((await post({}, { "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await asked(new Browser(), "/login/token", { method: "POST", form })).status, 403, "another browser's form");
    assert.equal((await post({})).status, 303);
  });

  test("sessions are listed and ended: one's own by everybody, others' by an admin who has logged in lately", async () => {
    const [owner, viewer] = [new Browser(), new Browser()];
    await with_token(owner, ADMIN_TOKEN);
    const { json: made } = await router.api("POST", "/api/v1/admin-tokens", { name: "looks", grants: [{ role: "viewer" }] });
    await with_token(viewer, made.token);
    const list = async (browser) => JSON.parse((await asked(browser, "/api/v1/admin-sessions")).text).admin_sessions;
    assert.deepEqual((await list(viewer)).map((it) => it.actor), [`admin-token/${made.id}`]);
    const mine = (await list(owner)).find((it) => it.current);
    const theirs = (await list(owner)).find((it) => it.actor === `admin-token/${made.id}`);
    assert.ok(!theirs.current);
    const end = async (browser, id) =>
      (await asked(browser, `/api/v1/admin-sessions/${id}`, { method: "DELETE", headers: { "x-csrf-token": await csrf(browser) } })).status;
    assert.equal(await end(viewer, mine.id), 403);
    assert.equal(await end(owner, theirs.id), 204);
    assert.equal((await asked(viewer, "/api/v1/nodes")).status, 401);
    assert.equal(await end(owner, theirs.id), 404);
    assert.equal(await end(owner, mine.id), 204);
    assert.equal((await asked(owner, "/api/v1/nodes")).status, 401);
  });

  test("a session that is not used ends, and an old one asks again for what reveals", async () => {
    await router.apply(document((it) => ({ ...it, settings: { admin_sessions: { recent_login: "1m" } } })));
    const browser = new Browser();
    await with_token(browser, ADMIN_TOKEN);
    const headers = { "x-csrf-token": await csrf(browser), "content-type": "application/json" };
    const make = () => asked(browser, "/api/v1/nodes/join-tokens", { method: "POST", headers });
    assert.notEqual((await make()).status, 403);
    await router.apply(document());
  });
});

describe("in Chromium", () => {
  let chromium;
  before(async () => {
    const { chromium: kind } = await import("playwright-core");
    // Without the network of its maker.
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"];
    chromium = await kind.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
  });
  after(async () => chromium?.close());

  async function opened(options) {
    const context = await chromium.newContext(options);
    const page = await context.newPage();
    const wrong = [];
    // What the provider's own pages lack is theirs.
    const ours = (message) => message.location().url.startsWith(router.url);
    page.on("console", (message) => message.type() === "error" && ours(message) && wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(String(error)));
    return { context, page, wrong };
  }

  // By the button of the pages.
  async function leave(page, origin) {
    await page.goto(`${origin}/`);
    await page.getByRole("button", { name: "Log out" }).click();
  }

  // Somebody else's page frames a harmless one of theirs, which is shown, and one of ours, which is not.
  async function framing(page, address) {
    const pages = { "/harmless": "<p>Nothing to fear</p>", "/": `<iframe name="theirs" src="/harmless"></iframe><iframe name="ours" src="${address}"></iframe>` };
    const stranger = createServer(({ url }, response) => response.writeHead(200, { "content-type": "text/html" }).end(pages[url] ?? ""));
    await new Promise((ready) => stranger.listen(0, "127.0.0.1", ready));
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    try {
      // It has loaded when both of its frames have.
      await page.goto(`http://127.0.0.1:${stranger.address().port}/`, { waitUntil: "load" });
      assert.match(await page.frame("theirs").content(), /Nothing to fear/);
      assert.doesNotMatch(await page.frame("ours").content(), /Admin token|<form/);
      assert.ok(said.some((it) => it.includes(new URL(address).origin) && it.includes("frame-ancestors")), said.join("\n"));
    } finally {
      stranger.closeAllConnections();
      stranger.close();
    }
  }

  test("somebody logs in with the provider's pages, and out on both sides", async () => {
    const { context, page, wrong } = await opened();
    await page.goto(`${router.url}/login?return_to=/docs`);
    await page.getByRole("link", { name: "Example Corp" }).click();
    await page.fill('[name="login"]', "ana");
    await page.fill('[name="password"]', "any");
    await page.getByRole("button").first().click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(`${router.url}/docs`);
    const [cookie] = (await context.cookies(router.url)).filter((it) => it.name.includes("smart-router-session"));
    assert.ok(cookie.httpOnly && cookie.sameSite === "Lax" && cookie.expires === -1);
    const status = async () => (await context.request.get(`${router.url}/api/v1/nodes`)).status();
    assert.equal(await status(), 200);
    await leave(page, router.url);
    await page.waitForURL(/session\/end/);
    await page.getByRole("button", { name: /yes|sign me out/i }).first().click();
    await page.waitForURL(`${router.url}/login/logged-out**`);
    assert.equal(await status(), 401);
    assert.deepEqual(wrong.filter((it) => !it.includes("401")), []);
    await context.close();
  });

  test("over TLS the cookie is __Host-, and a frame shows nothing", async () => {
    const port = await freePort();
    const [key, certificate] = ["key.pem", "certificate.pem"].map((it) => join(directory, it));
    const { execFileSync } = await import("node:child_process");
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], { stdio: "ignore" });
    const secure = await Router.start(binary, join(directory, "tls"), port, { tls: { key, certificate } });
    const origin = `https://localhost:${port}`;
    const { context, page } = await opened({ ignoreHTTPSErrors: true });
    try {
      await page.goto(`${origin}/login?return_to=/docs`);
      await page.fill('[name="token"]', ADMIN_TOKEN);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.waitForURL(`${origin}/docs`, { timeout: 5_000 }).catch(async (error) => { throw new Error(`${error.message}: ${page.url()} ${await page.content()}`); });
      const [cookie] = (await context.cookies(origin)).filter((it) => it.name.includes("smart-router-session"));
      assert.equal(cookie.name, "__Host-smart-router-session");
      assert.ok(cookie.secure && cookie.httpOnly && cookie.path === "/");
      await framing(page, `${origin}/login`);
    } finally {
      await context.close();
      await secure.kill();
    }
  });
});

test("another control plane serves the same sessions, and finishes what this one began", { skip: !process.env.LOGIN_DATABASE_URL }, async () => {
  const browser = new Browser();
  const begun = await browser.ask(`${router.url}/login/oidc/corp`);
  const back = await throughProvider(browser, begun.location, "ana");
  // The ports differ, and the cookies' names with them: behind one address they would not.
  const move = () => {
    const cookies = browser.cookies(router.url).map(([name, value]) => [name.replace(String(router.port), String(replica.port)), value]);
    browser.jar.set(new URL(replica.url).host, new Map(cookies));
  };
  await browser.ask(back);
  move();
  assert.equal((await asked(browser, "/api/v1/nodes", {}, replica)).status, 200);
  await router.kill();
  assert.equal((await asked(browser, "/api/v1/nodes", {}, replica)).status, 200);
  const begunThere = await browser.ask(`${replica.url}/login/oidc/corp`);
  assert.equal(begunThere.status, 303);
  await router.spawn();
});
