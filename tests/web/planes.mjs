// Control planes as processes, and what stands between them and others: a wire that can be cut, and one address for all of them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const ADMIN_TOKEN = 'sra_testtesttest_0123456789abcdefghijklmnopqrstuvwxyzABCDEF0';
const KEY = randomBytes(32).toString('base64');

const freePort = async () => {
  const server = createServer();
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return port;
};

/** Passes bytes on to the first of several ports that takes them. */
export class Wire {
  /** `to`: ports, or a function that gives them. */
  static async to(...ports) {
    const wire = Object.assign(new Wire(), { ports, cut: false, ends: new Set() });
    wire.server = createServer((end) => wire.pass(end, [...wire.ports]));
    await new Promise((ready) => { wire.server.listen(0, '127.0.0.1', ready); });
    wire.port = wire.server.address().port;
    return wire;
  }

  pass(near, [port, ...others]) {
    if (this.cut || !port) return near.destroy();
    const far = connect(port, '127.0.0.1');
    const kept = (end, other) => {
      this.ends.add(end);
      end.on('error', () => {}).once('close', () => { this.ends.delete(end); other.destroy(); });
    };
    far.once('connect', () => {
      kept(near, far);
      kept(far, near);
      near.pipe(far).pipe(near);
    });
    far.once('error', () => { if (far.connecting || !this.ends.has(far)) this.pass(near, others); });
    return undefined;
  }

  /** Ends what is open, and takes nothing more until it is mended. */
  sever() {
    this.cut = true;
    for (const end of this.ends) end.destroy();
  }

  mend() {
    this.cut = false;
  }

  close() {
    this.sever();
    this.server.close();
  }
}

export class Plane {
  static async start({ binary, directory, name, database, port }) {
    const plane = Object.assign(new Plane(), { port: port ?? await freePort() });
    const log = join(directory, `${name}.log`);
    const file = openSync(log, 'a');
    const listen = ['--admin-listen', `127.0.0.1:${plane.port}`, '--grpc-listen', `127.0.0.1:${await freePort()}`];
    const env = { PATH: process.env.PATH, SMART_ROUTER_ADMIN_TOKEN: ADMIN_TOKEN, SMART_ROUTER_DATABASE_URL: database, SMART_ROUTER_MASTER_KEY: KEY };
    plane.process = spawn(binary, ['control-plane', '--data-dir', join(directory, name), ...listen], { env, stdio: ['ignore', file, file] });
    closeSync(file);
    for (let tries = 0; !await plane.isReady(); tries += 1) {
      assert.ok(tries < 600 && plane.process.exitCode === null, `the control plane does not start: ${readFileSync(log, 'utf8')}`);
      await sleep(100);
    }
    return plane;
  }

  isReady() {
    return fetch(`http://127.0.0.1:${this.port}/readyz`).then((it) => it.ok, () => false);
  }

  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode) return;
    const ended = new Promise((done) => { this.process.once('exit', done); });
    this.process.kill('SIGKILL');
    await ended;
  }
}
