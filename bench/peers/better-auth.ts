/**
 * The nearest peer: better-auth with its api-key plugin on the same MongoDB, over its own HTTP handler.
 *
 * The plugin's verify is for code on the server only, so it is put behind an endpoint in the way that better-auth has for
 * that. What would slow it down without need is off: its rate limits, telemetry and log; the look-up by digest has the
 * index that its MongoDB adapter does not create.
 */
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { text } from "node:stream/consumers";
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { mongodbAdapter } from "better-auth/adapters/mongodb";
import { createAuthEndpoint } from "better-auth/api";
import { MongoClient } from "mongodb";
import { z } from "zod";
import { type Call, writeCalls } from "../harness/calls-file.ts";
import { listen } from "../servers/support.ts";

const CREATED_AT_ONCE = 32;
const { BENCH_MONGODB_URI = "", BENCH_KEYS = "", BENCH_CALLS = "", BENCH_SECRET = "" } = process.env;

const client = await new MongoClient(BENCH_MONGODB_URI).connect();
const db = client.db("better_auth");
await db.collection("apikey").createIndex({ key: 1 }, { unique: true });

const question = z.object({ key: z.string(), permissions: z.record(z.string(), z.array(z.string())) });

const verifyOverHttp = {
  id: "verify-over-http",
  endpoints: {
    verifyOverHttp: createAuthEndpoint("/verify", { method: "POST", body: question }, async (context) =>
      context.json(await verifyKey(context.body)),
    ),
  },
};

// Its type is said because the endpoint and `auth` are each made of the other.
function verifyKey(body: z.infer<typeof question>): Promise<object> {
  return auth.api.verifyApiKey({ body });
}

const auth = betterAuth({
  secret: BENCH_SECRET,
  baseURL: "http://127.0.0.1",
  database: mongodbAdapter(db, { client }),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } }), verifyOverHttp],
});

async function createKeys(count: number): Promise<Call[]> {
  const { user } = await auth.api.signUpEmail({
    body: { name: "Bench", email: "bench@example.com", password: BENCH_SECRET },
  });
  const calls: Call[] = [];
  let number = 0;
  const createRest = async () => {
    while (number < count) {
      const name = `key-${number++}`;
      const permissions = { calls: ["read"], messages: ["read", "write"] };
      const { key } = await auth.api.createApiKey({ body: { name, userId: user.id, permissions } });
      const body = JSON.stringify({ key, permissions: { messages: ["read"] } });
      // A key that is not good is answered without its name.
      calls.push({ body: Buffer.from(body), answer: { contains: Buffer.from(`"name":"${name}"`) } });
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, createRest));
  return calls;
}

const calls = await createKeys(Number(BENCH_KEYS));
await writeCalls(BENCH_CALLS, calls.length, calls);

/** From an HTTP/2 stream to the standard `Request` that better-auth's handler takes, and back. */
async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  const request = new Request(`http://127.0.0.1${headers[":path"]}`, {
    method: "POST",
    headers: { "content-type": `${headers["content-type"]}` },
    body: await text(stream),
  });
  const response = await auth.handler(request);
  stream.respond({ ":status": response.status, "content-type": "application/json" });
  stream.end(await response.text());
}

const server = createServer();
server.on("stream", (stream, headers) => void answer(stream, headers));
listen(server);
