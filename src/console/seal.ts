/** Sealed texts: what the console leaves with the browser and nobody but the service can read or make. */
import { hkdfSync } from "node:crypto";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import type { Pepper } from "../domain/digest.ts";

export class Sealer {
  readonly #keys: readonly Uint8Array[];

  /** The first pepper seals; texts sealed under the others, retired ones, are still opened. */
  constructor(peppers: readonly Pepper[], purpose: string) {
    const info = `keyfast console ${purpose} v1`;
    this.#keys = peppers.map(({ secret }) => new Uint8Array(hkdfSync("sha256", secret, "", info, 32)));
  }

  /** AES-256-GCM, as a compact JWE. Opens until `expires`, in milliseconds since 1970, rounded down to the second. */
  seal(content: object, expires: number): Promise<string> {
    const [current] = this.#keys;
    if (!current) throw new RangeError("no pepper to seal with");
    return new EncryptJWT({ content })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime(Math.floor(expires / 1000))
      .encrypt(current);
  }

  /** What was sealed, or undefined where the text is not ours or has expired. */
  async open<T extends object>(text: string): Promise<T | undefined> {
    for (const key of this.#keys) {
      try {
        const { payload } = await jwtDecrypt(text, key, {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
          requiredClaims: ["exp"],
        });
        return payload.content as T;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
      }
    }
    return undefined;
  }
}
