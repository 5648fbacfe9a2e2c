// A provider that sends what no good one would: it signs whatever it is told is right.

import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { CompactSign, exportJWK, exportSPKI, generateKeyPair } from "jose";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export const CLIENT = "evil-client";
export const SECRET = "the-clients-secret-of-the-tests";

export class EvilProvider {
  static async start(port) {
    const evil = new EvilProvider();
    Object.assign(evil, { port, issuer: `http://127.0.0.1:${port}`, next: {}, codes: new Map(), asked: { keys: 0 } });
    evil.good = await evil.pair("evil-1");
    evil.unknown = await evil.pair("evil-unknown");
    evil.published = [evil.good];
    evil.server = createServer((request, response) => evil.answer(request, response));
    await new Promise((ready) => evil.server.listen(port, "127.0.0.1", ready));
    return evil;
  }

  async pair(kid) {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" };
    return { kid, privateKey, jwk, pem: await exportSPKI(publicKey) };
  }

  async rotate() {
    this.good = await this.pair(`evil-${Date.now()}`);
    this.published = [this.good];
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async answer(request, response) {
    const url = new URL(request.url, this.issuer);
    const json = (value, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    if (url.pathname === "/.well-known/openid-configuration") {
      return json({
        issuer: this.next.discoveredIssuer ?? this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        userinfo_endpoint: `${this.issuer}/userinfo`,
        jwks_uri: `${this.issuer}/keys`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    }
    if (url.pathname === "/keys") {
      this.asked.keys += 1;
      return json({ keys: this.published.map((it) => it.jwk) });
    }
    if (url.pathname === "/userinfo") return this.next.userinfo ? json({ sub: "mallory", ...this.next.userinfo }) : json({}, 404);
    if (url.pathname === "/authorize") {
      this.authorized = Object.fromEntries(url.searchParams);
      const code = `code-${Math.random().toString(36).slice(2)}`;
      this.codes.set(code, this.authorized);
      const back = new URL(this.authorized.redirect_uri);
      const answer = { code, state: this.authorized.state, ...this.next.callback };
      for (const [name, value] of Object.entries(answer)) if (value !== undefined) back.searchParams.set(name, value);
      response.writeHead(303, { location: back.href });
      return response.end();
    }
    if (url.pathname === "/token") {
      let body = "";
      for await (const part of request) body += part;
      const asked = this.codes.get(new URLSearchParams(body).get("code"));
      if (!asked) return json({ error: "invalid_grant" }, 400);
      const token = await this.token({ nonce: asked.nonce, ...this.next.claims }, this.next);
      return json({ access_token: "access", token_type: "Bearer", expires_in: 60, id_token: token });
    }
    json({}, 404);
  }

  // A token that says what it is told, with what is right for all the rest.
  async token(more, { header = {}, sign = "good", drop = [] } = {}) {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.issuer, aud: CLIENT, sub: "mallory", iat: now, exp: now + 60,
      name: "Mallory", email: "mallory@example.com", email_verified: true, groups: ["leads"], ...more,
    };
    for (const name of drop) delete claims[name];
    const head = { alg: "RS256", kid: this.good.kid, ...header };
    const text = `${encode(head)}.${encode(claims)}`;
    if (sign === "none") return `${text}.`;
    if (sign === "secret" || sign === "public-key") {
      const secret = sign === "secret" ? SECRET : this.good.pem;
      return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    }
    if (sign === "wrong-key") {
      const other = await new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(head).sign(this.unknown.privateKey);
      return other;
    }
    const key = sign === "unknown" ? this.unknown : this.good;
    const protectedHeader = { ...head, kid: header.kid ?? key.kid };
    return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(protectedHeader).sign(key.privateKey);
  }

  logoutToken(more = {}, how = {}) {
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const header = { typ: "logout+jwt", ...how.header };
    return this.token({ jti: Math.random().toString(36), events, ...more }, { ...how, header, drop: ["name", "email", "email_verified", "groups", ...(how.drop ?? [])] });
  }
}
