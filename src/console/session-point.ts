/** `/console/session`: who is signed in (GET), signing in with a token (POST), signing out (DELETE). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../domain/caller.ts";
import { PROJECT_ID } from "../domain/project-id.ts";
import { answerJson, answerWrongMethod, Refusal, readFields } from "./answers.ts";
import { CookieTooLargeError } from "./cookies.ts";
import { identify, requireAdministrator } from "./identify.ts";
import { type ConsoleOptions, mayBeOperator } from "./options.ts";
import { isFromConsole } from "./origin.ts";
import { freshForMs, newSession, type Session, type Sessions } from "./sessions.ts";

const CREDENTIAL = /^[\x21-\x2b\x2d-\x7e]{1,16384}$/;

export class SessionPoint {
  readonly #options: ConsoleOptions;
  readonly #sessions: Sessions;

  constructor(options: ConsoleOptions, sessions: Sessions) {
    this.#options = options;
    this.#sessions = sessions;
  }

  async answer(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    if (!isFromConsole(request, this.#options.publicUrl)) {
      throw new Refusal(403, "foreign", "Only the console's own pages may call this.");
    }
    switch (request.method) {
      case "GET":
        return this.#tell(request, response, origin);
      case "POST":
        return this.#signIn(request, response, origin);
      case "DELETE":
        await this.#sessions.end(request, response, origin, this.#options.onFault);
        return answerJson(response, 200, this.#signedOut(request, false));
      default:
        return answerWrongMethod(response, "GET, POST, DELETE");
    }
  }

  async #tell(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    const session = await this.#sessions.readFresh(request, response, origin);
    const caller = session && (await identify(this.#options.authenticate, session.credential));
    if (session && caller && this.#mayStay(caller, request)) {
      return answerJson(response, 200, signedIn(session, caller));
    }
    const hadOne = this.#sessions.hasCookie(request, origin);
    if (hadOne) this.#sessions.clear(request, response, origin);
    answerJson(response, 200, this.#signedOut(request, hadOne));
  }

  #mayStay(caller: Caller, request: IncomingMessage): boolean {
    return caller.kind === "user" || (caller.kind === "operator" && mayBeOperator(this.#options, request));
  }

  async #signIn(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    const { credential, projectId } = await readFields(request);
    if (typeof projectId !== "string" || !PROJECT_ID.test(projectId)) {
      const rule = "A project id is 1 to 64 letters, digits, dots, underscores or hyphens.";
      throw new Refusal(400, "field", rule, "projectId");
    }
    if (typeof credential !== "string" || !CREDENTIAL.test(credential)) {
      throw new Refusal(400, "field", "Paste the whole token, without spaces.", "credential");
    }
    const caller = await identify(this.#options.authenticate, credential);
    requireAdministrator(caller, mayBeOperator(this.#options, request));
    const session = newSession(credential, caller, { projectId, renewal: undefined, now: Date.now() });
    try {
      await this.#sessions.write(request, response, origin, session);
    } catch (error) {
      if (!(error instanceof CookieTooLargeError)) throw error;
      throw new Refusal(400, "field", "This token is too long for a session.", "credential");
    }
    answerJson(response, 200, signedIn(session, caller));
  }

  #signedOut(request: IncomingMessage, hasEnded: boolean) {
    const { provider, takesJwt } = this.#options;
    const methods = {
      provider: provider !== undefined,
      jwt: takesJwt,
      operator: mayBeOperator(this.#options, request),
    };
    return { signedIn: false, hasEnded, methods };
  }
}

function signedIn(session: Session, caller: Caller) {
  const { kind, caller: name, label, projectId } = session;
  const projects = caller.kind === "user" ? [...caller.projects].sort() : null;
  return { signedIn: true, kind, caller: name, label, projectId, projects, freshForMs: freshForMs(session) };
}
