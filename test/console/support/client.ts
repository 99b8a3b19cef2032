/** A browser's share of the work, by hand: cookies are kept, and every header can be sent. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly setCookies: readonly string[];
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is what the tests are about.
  readonly json: () => any;
}

type Headers = Readonly<Record<string, string>>;

/** What the console's own pages send with each call. */
export const OWN_HEADERS = { "x-keyfast-console": "1", "sec-fetch-site": "same-origin" };

export class ConsoleClient {
  readonly cookies = new Map<string, string>();
  readonly #url: URL;
  readonly #host: string;

  /** `host`: as the browser would name the service, where that is not its address. */
  constructor(httpUrl: string, { host }: { host?: string } = {}) {
    this.#url = new URL(httpUrl);
    this.#host = host ?? this.#url.host;
  }

  async send(
    method: string,
    path: string,
    { headers = {}, body = "" }: { headers?: Headers; body?: string } = {},
  ) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = { host: this.#host, ...(cookie ? { cookie } : {}), ...headers };
    const { hostname, port } = this.#url;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = httpRequest({ hostname, port, method, path, headers: all, agent: false }, (response) => {
      text(response).then((answered) => {
        const setCookies = response.headers["set-cookie"] ?? [];
        for (const line of setCookies) this.#keep(line);
        const { statusCode: status = 0, headers: answeredHeaders } = response;
        const json = () => JSON.parse(answered);
        resolve({ status, headers: answeredHeaders, setCookies, text: answered, json });
      }, reject);
    });
    request.on("error", reject);
    request.end(body);
    return promise;
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/; *max-age=0\b/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  get(path: string, headers: Headers = {}) {
    return this.send("GET", path, { headers });
  }

  session(method = "GET") {
    return this.send(method, "/console/session", { headers: OWN_HEADERS });
  }

  signIn(projectId: string, credential: string, headers: Headers = {}) {
    return this.send("POST", "/console/session", {
      headers: { ...OWN_HEADERS, "content-type": "application/json", ...headers },
      body: JSON.stringify({ projectId, credential }),
    });
  }

  list(projectId: string, headers: Headers = OWN_HEADERS) {
    return this.send("POST", "/keyfast.v1.ApiKeyService/ListApiKeys", {
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ projectId }),
    });
  }
}
