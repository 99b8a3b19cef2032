/** Who may call what. The project is checked apart, once the message is read. */
import { API_KEYS_RESOURCE, allows, READ, WRITE } from "../domain/access.ts";
import type { Caller } from "../domain/caller.ts";
import { KeyfastError } from "../domain/errors.ts";

export type MethodName = "ListApiKeys" | "GetApiKey" | "CreateApiKey" | "DeleteApiKey" | "VerifyApiKey";

/** The API_KEYS level that a key needs; undefined: no key may call it. */
const KEY_LEVEL: Readonly<Record<MethodName, number | undefined>> = {
  ListApiKeys: READ,
  GetApiKey: READ,
  CreateApiKey: WRITE,
  DeleteApiKey: WRITE,
  VerifyApiKey: undefined,
};

function mayCall(caller: Caller, method: MethodName): boolean {
  switch (caller.kind) {
    case "operator":
      return true;
    case "service":
      return method === "VerifyApiKey";
    case "user":
      return method !== "VerifyApiKey";
    case "key": {
      const level = KEY_LEVEL[method];
      return level !== undefined && allows(caller.key.access, { resource: API_KEYS_RESOURCE, level });
    }
  }
}

/** METHOD_NOT_ALLOWED where this kind of caller may never call the method. */
export function authorizeMethod(caller: Caller, method: MethodName): void {
  if (!mayCall(caller, method)) {
    throw new KeyfastError("METHOD_NOT_ALLOWED", "this credential may not call this method");
  }
}

function mayActIn(caller: Caller, projectId: string): boolean {
  switch (caller.kind) {
    case "operator":
      return true;
    case "service":
      // No project said means any that the service is pinned to.
      return projectId === "" || (caller.pins.projects?.has(projectId) ?? true);
    case "user":
      return caller.projects.has(projectId);
    case "key":
      return caller.key.projectId === projectId;
  }
}

/** PROJECT_NOT_ALLOWED, in the same words whether or not there is such a project. */
export function authorizeProject(caller: Caller, projectId: string): void {
  if (!mayActIn(caller, projectId)) {
    throw new KeyfastError("PROJECT_NOT_ALLOWED", "this credential may not act in this project");
  }
}
