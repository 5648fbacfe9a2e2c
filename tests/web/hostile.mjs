// Texts that mean harm, put wherever callers, upstreams and configurations can put a text.
import { createServer } from 'node:http';
import { api, eventually, world } from './person.mjs';

const TEXTS = [
  '"><img src=x onerror="document.title=\'owned\';alert(1)">',
  "</script><script>document.title='owned'</script>",
  '<div hx-get="/tokens" hx-trigger="load">{{7*7}}</div>',
  "javascript:document.title='owned'",
  '\u202etxet desrever\u2066 \u0000\u001b[31m',
];

/** An upstream that answers with such texts, and fails with them. */
const upstream = async () => {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      asked += 1;
      const text = TEXTS[asked % TEXTS.length];
      const failed = asked % 2;
      response.writeHead(failed ? 400 : 200, { 'content-type': 'application/json', 'x-request-id': encodeURIComponent(text) });
      response.end(JSON.stringify(failed
        ? { error: { message: text, type: text, code: text, param: text } }
        : { id: text, object: 'chat.completion', created: 1, model: text, choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } }));
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
};

const document = (base, text) => ({
  providers: {
    hostile: {
      base_url: `${base}/v1`, dialects: ['openai-chat'], network: 'private', credential: { env: 'PLANTED_PROVIDER_API_KEY' },
      models: { m: { model: text, state: 'active', prices: [{ input: 1, output: 1, source: text }] } },
    },
  },
  groups: { hostile: { policy: { kind: 'failover' }, targets: [{ model: 'hostile/m' }] } },
  projects: { hostile: { owner: text } },
  callers: { id: 'hostile', user: text, project: 'hostile', environment: text, allow: ['hostile', 'fast'] },
});

/** Puts them there, by the admin API and by requests. */
export const plant = async () => {
  const base = await upstream();
  const more = document(base, TEXTS[0]);
  const current = await api('GET', '/api/v1/config?format=json');
  const now = current;
  const whole = {
    ...now, providers: { ...now.providers, ...more.providers }, groups: { ...now.groups, ...more.groups },
    projects: { ...now.projects, ...more.projects }, callers: [...now.callers, more.callers],
  };
  await api('POST', '/api/v1/config/apply', { document: JSON.stringify(whole), comment: TEXTS[1] });
  const tokens = await Promise.all(TEXTS.slice(0, 3).map((name) => api('POST', '/api/v1/tokens', { caller: 'hostile', name })));
  const token = tokens[0].token;
  const ask = (model, text, path = '/v1/chat/completions') => fetch(world.routers[0] + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': encodeURI(text).length > 200 ? 'long' : text.replace(/[^\x20-\x7e]/g, '?'), 'x-session-id': text.replace(/[^\x20-\x7e]/g, '?') },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: text }] }),
  }).then(async (it) => [it.status, await it.text()]);
  await eventually('the group is there', async () => (await ask('hostile', TEXTS[0]))[0] !== 404 && (await ask('hostile', TEXTS[0]))[0] !== 401);
  for (const text of TEXTS) for (const model of ['hostile', text, 'fast']) await ask(model, text);
  await eventually('the requests are kept', async () => {
    const { requests, items, data } = await api('GET', '/api/v1/requests?filter=caller%3Dhostile');
    return (requests ?? items ?? data ?? []).length >= TEXTS.length;
  });
};
