// A control plane as a process.

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { SECRET } from "./evil.mjs";

export const ADMIN_TOKEN = "sra_testtesttest_0123456789abcdefghijklmnopqrstuvwxyzABCDEF0";

export async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

function connects(port) {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => done(true));
    socket.once("connect", () => socket.destroy());
    socket.once("error", () => done(false));
  });
}

export class Router {
  static async start(binary, directory, port, { database, masterKey, tls } = {}) {
    const router = new Router();
    const url = tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
    Object.assign(router, { binary, directory, port, url, log: `${directory}.log`, database, masterKey, tls });
    await router.spawn();
    return router;
  }

  async spawn() {
    const log = openSync(this.log, "a");
    const options = ["control-plane", "--data-dir", this.directory, "--admin-listen", `127.0.0.1:${this.port}`];
    options.push("--grpc-listen", `127.0.0.1:${await freePort()}`);
    if (this.tls) options.push("--admin-tls-certificate", this.tls.certificate, "--admin-tls-key", this.tls.key);
    const env = { PATH: process.env.PATH, SMART_ROUTER_ADMIN_TOKEN: ADMIN_TOKEN, LLM_SECRET_OIDC: SECRET };
    if (this.database) env.SMART_ROUTER_DATABASE_URL = this.database;
    if (this.masterKey) env.SMART_ROUTER_MASTER_KEY = this.masterKey;
    this.process = spawn(this.binary, options, { env, stdio: ["ignore", log, log] });
    closeSync(log);
    for (let tries = 0; ; tries++) {
      // Its certificate is nobody's: that it is listening will do.
      const ready = this.tls
        ? await connects(this.port)
        : await fetch(`${this.url}/readyz`).then((it) => it.ok, () => false);
      if (ready) return;
      if (tries > 200 || this.process.exitCode !== null) throw new Error(`the control plane does not start: ${this.logged()}`);
      await sleep(100);
    }
  }

  logged() {
    return readFileSync(this.log, "utf8");
  }

  async kill() {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGKILL");
    await ended;
  }

  // The admin API, with the token that it was started with or another.
  async api(method, path, body, token = ADMIN_TOKEN) {
    const headers = { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) };
    const response = await fetch(`${this.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, text, json: text && JSON.parse(text) };
  }

  async apply(document) {
    const answer = await this.api("POST", "/api/v1/config/apply", { document: JSON.stringify(document) });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  }
}
