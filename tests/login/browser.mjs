// The smallest browser: cookies by host and port, redirects one at a time, forms by their fields.

export class Browser {
  constructor() {
    this.jar = new Map();
  }

  cookies(url) {
    const { host } = new URL(url);
    return [...(this.jar.get(host) ?? new Map())];
  }

  // One request, without following where it leads.
  async ask(url, { method = "GET", form, headers = {} } = {}) {
    const { host, origin } = new URL(url);
    const cookie = this.cookies(url).map(([name, value]) => `${name}=${value}`).join("; ");
    const body = form && new URLSearchParams(form).toString();
    const all = {
      ...(cookie && { cookie }),
      ...(body !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
      ...(method !== "GET" && { origin }),
      "user-agent": "Browser of the tests",
      ...headers,
    };
    const response = await fetch(url, { method, body, headers: all, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...more] = line.split("; ");
      const at = pair.indexOf("=");
      const jar = this.jar.get(host) ?? this.jar.set(host, new Map()).get(host);
      const gone = more.some((it) => /^max-age=0$/i.test(it) || (/^expires=/i.test(it) && Date.parse(it.slice(8)) < Date.now()));
      if (gone) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get("location");
    return {
      url, status: response.status, headers: response.headers, text: await response.text(),
      location: location && new URL(location, url).href,
    };
  }

  // Follows redirects until `until` says so, or there are no more.
  async go(url, until = () => false, options = {}) {
    let answer = await this.ask(url, options);
    for (let hops = 0; answer.location && !until(answer.location) && hops < 20; hops++) answer = await this.ask(answer.location);
    return answer;
  }
}

// The fields of the first form with this action.
export function fields(html, action) {
  const form = html.split("<form").find((it) => it.includes(`action="${action}`));
  if (!form) throw new Error(`no form for ${action} in ${html}`);
  const inputs = form.split("</form>")[0].matchAll(/<input[^>]*>/g);
  const of = (tag, name) => unescaped(tag.match(new RegExp(`${name}="([^"]*)"`))?.[1] ?? "");
  return Object.fromEntries([...inputs].map(([tag]) => [of(tag, "name"), of(tag, "value")]).filter(([name]) => name));
}

export function unescaped(text) {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code)).replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
