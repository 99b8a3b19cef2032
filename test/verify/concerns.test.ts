/** A connection string may say what it likes about concerns: the promise hangs on them. */
import { expect, it } from "vitest";
import { createClient } from "../../src/store/connection.ts";
import { Store } from "../../src/store/store.ts";

it.each([
  "",
  "w=1",
  "w=0",
  "journal=false",
  "readConcernLevel=local",
  "readPreference=secondary",
  "w=1&journal=false&readConcernLevel=available&readPreference=nearest",
])("with ?%s in the connection string all is read and written by majority", async (query) => {
  const client = () => createClient(`mongodb://127.0.0.1:1/?${query}`);
  const store = new Store(client(), client(), "keyfast");
  const { keys, audit, requests, markers, leases, peppers } = store;
  for (const { collection } of [keys, audit, requests, markers, leases, peppers]) {
    expect(collection.readConcern?.level).toBe("majority");
    expect(collection.writeConcern).toMatchObject({ w: "majority", j: true });
    expect(collection.readPreference?.mode).toBe("primary");
  }
  await store.close();
});
