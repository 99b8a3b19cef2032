/** Keys as the service makes them, for tests that need no store. */
import { UNRESTRICTED } from "../../src/domain/access.ts";
import { type KeyWish, makeKey } from "../../src/domain/new-key.ts";

export const PEPPER = { id: "p", secret: Buffer.alloc(32, 1) };

const WISH: KeyWish = {
  projectId: "demo",
  displayName: "Key",
  access: UNRESTRICTED,
  environment: 3,
  expireTime: undefined,
};

export const aKey = (wish: Partial<KeyWish> = {}) => makeKey({ ...WISH, ...wish }, "operator", "kf", PEPPER);
