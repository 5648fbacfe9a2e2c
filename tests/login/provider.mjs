// A real OpenID provider (oidc-provider is certified), with people of its own.

import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

export const PEOPLE = {
  ana: { name: "Ana", email: "ana@example.com", email_verified: true, groups: ["staff", "leads"] },
  olga: { name: "Olga", email: "olga@example.com", email_verified: true, groups: ["platform"] },
  ben: { name: "Ben", email: "ben@example.com", email_verified: true, groups: ["staff"] },
  carl: { name: "Carl", email: "carl@example.com", email_verified: false, groups: ["leads"] },
  eve: { name: "<script>alert(1)</script>", email: "eve@elsewhere.example", email_verified: true, groups: ["leads"] },
};

async function key(kid) {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
}

export class RealProvider {
  static async start(port, routers) {
    const provider = new RealProvider();
    Object.assign(provider, { port, issuer: `http://127.0.0.1:${port}`, routers, generation: 0 });
    await provider.listen();
    return provider;
  }

  // Keys are made anew with each start: whoever knew the ones of before must ask again.
  async listen() {
    this.generation += 1;
    const client = (id, path, more) => ({
      client_id: id,
      client_secret: "the-clients-secret-of-the-tests",
      redirect_uris: this.routers.map((it) => `${it}/login/oidc/${path}/callback`),
      post_logout_redirect_uris: this.routers.map((it) => `${it}/login/logged-out`),
      backchannel_logout_uri: `${this.routers[0]}/login/oidc/${path}/backchannel-logout`,
      backchannel_logout_session_required: true,
      ...more,
    });
    const config = {
      clients: [
        client("smart-router", "corp", {}),
        client("strict-router", "strict", { token_endpoint_auth_method: "client_secret_post" }),
      ],
      claims: { openid: ["sub", "sid"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
      scopes: ["openid", "email", "profile", "groups"],
      features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
      findAccount: (_, id) => PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) },
      pkce: { required: () => true },
      cookies: { keys: ["of the tests"] },
      // It would refuse to tell a router on this machine.
      fetch: (url, { dispatcher, ...options }) => fetch(url, options),
      jwks: { keys: [await key(`real-${this.generation}`)] },
      ttl: { Session: 3600, Grant: 3600, IdToken: 3600, AccessToken: 3600, Interaction: 3600 },
    };
    this.provider = new Provider(this.issuer, config);
    for (const event of ["backchannel.error", "server_error"]) {
      this.provider.on(event, (_, error) => console.error(event, error));
    }
    this.server = createServer(this.provider.callback());
    await new Promise((ready) => this.server.listen(this.port, "127.0.0.1", ready));
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async restart() {
    await this.stop();
    await this.listen();
  }
}
