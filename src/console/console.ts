/** The console: its pages, its sessions, and the credential that a session lends to the calls of its pages. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isPageAddress, nearestPage } from "./addresses.ts";
import { answerRedirect, answerRefusal, answerText, answerWrongMethod, Refusal } from "./answers.ts";
import { Assets, sendAsset } from "./assets.ts";
import { setSecurityHeaders } from "./headers.ts";
import { Provider } from "./oidc.ts";
import { type ConsoleOptions, mayBeOperator } from "./options.ts";
import { CONSOLE_HEADER, isFromConsole, ownOrigin } from "./origin.ts";
import { ProviderSignIn } from "./provider-sign-in.ts";
import { SessionPoint } from "./session-point.ts";
import { Sessions } from "./sessions.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
type Answer = (request: IncomingMessage, response: ServerResponse, origin: string) => Promise<void> | void;

/** A handler for the HTTP/1.1 port that answers what is the console's, and hands everything else to `next`. */
export function createConsole(options: ConsoleOptions, next: Handler): Handler {
  const provider = options.provider && new Provider(options.provider);
  const sessions = new Sessions(options.peppers, provider);
  const answers = answersOf(options, sessions, provider);
  const lend = createLender(options, sessions);
  return (request, response) => {
    const answer = answers(pathOf(request));
    if (answer) return void answerSafely(options, answer, request, response);
    if (request.headers[CONSOLE_HEADER] === undefined) return next(request, response);
    lend(request).then(
      () => next(request, response),
      (error) => fail(options, response, error),
    );
  };
}

const pathOf = (request: IncomingMessage) => (request.url ?? "").split("?", 1)[0] ?? "";

function answersOf(options: ConsoleOptions, sessions: Sessions, provider: Provider | undefined) {
  const assets = new Assets(options.folder);
  const session = new SessionPoint(options, sessions);
  const signIn = provider && new ProviderSignIn(options, sessions, provider);
  const points: Readonly<Record<string, Answer | undefined>> = {
    "/console/session": (...call) => session.answer(...call),
    "/console/sign-in": signIn && getOnly((...call) => signIn.begin(...call)),
    "/console/callback": signIn && getOnly((...call) => signIn.finish(...call)),
  };
  return (path: string): Answer | undefined => {
    const asset = assets.at(path);
    if (asset === undefined) return points[path] ?? leadOn(path);
    return readOnly((request, response) => {
      if (asset !== "not built") return sendAsset(request, response, asset);
      answerText(response, 503, "The console is not built. Run: npm run build:console");
    });
  };
}

/** To the page that was meant, with what was searched for there. */
function leadOn(path: string): Answer | undefined {
  const page = nearestPage(path);
  if (page === undefined) return undefined;
  return readOnly((request, response) => {
    const address = page + (request.url ?? "").slice(path.length);
    answerRedirect(response, isPageAddress(address) ? address : page);
  });
}

const onlyBy =
  (...methods: readonly string[]) =>
  (answer: Answer): Answer =>
  (request, response, origin) => {
    if (methods.includes(request.method ?? "")) return answer(request, response, origin);
    answerWrongMethod(response, methods.join(", "));
  };

const readOnly = onlyBy("GET", "HEAD");
/** For what uses something up: a code, or the cookie of a sign-in under way. */
const getOnly = onlyBy("GET");

async function answerSafely(
  options: ConsoleOptions,
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    setSecurityHeaders(response);
    const origin = ownOrigin(request, options.publicUrl);
    if (origin === undefined) {
      return answerText(response, 421, "The console is not at home at this address: set KEYFAST_CONSOLE_URL");
    }
    await answer(request, response, origin);
  } catch (error) {
    fail(options, response, error);
  }
}

const INTERNAL = new Refusal(500, "internal", "Something went wrong in the service.");

function fail(options: ConsoleOptions, response: ServerResponse, error: unknown): void {
  const isOurs = !(error instanceof Refusal);
  if (isOurs) options.onFault(error);
  if (response.headersSent) response.destroy();
  else answerRefusal(response, isOurs ? INTERNAL : error);
}

/** Gives a call from our own page the credential of its session, as if the page had sent it. */
function createLender(options: ConsoleOptions, sessions: Sessions) {
  return async (request: IncomingMessage): Promise<void> => {
    const origin = ownOrigin(request, options.publicUrl);
    if (origin === undefined || !isFromConsole(request, options.publicUrl)) return;
    if (request.headers.authorization !== undefined) return;
    const session = await sessions.read(request, origin);
    if (!session || (session.kind === "operator" && !mayBeOperator(options, request))) return;
    request.headers.authorization = `Bearer ${session.credential}`;
  };
}
