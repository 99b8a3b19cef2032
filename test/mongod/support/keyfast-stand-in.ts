/**
 * Holds a local database on the folder that is given, as the service does. On SIGINT it first writes to the database
 * once more, as a service that drains, and then stops it. With `exit` as second argument it ends without stopping it.
 */
import { MongoClient } from "mongodb";
import { startLocalMongod } from "../../../src/mongod/local.ts";
import { testMongod } from "./mongod.ts";

const [dataDir = "", ending] = process.argv.slice(2);
const local = await startLocalMongod({ mongod: await testMongod(), dataDir, log: () => {} });
const client = await new MongoClient(local.uri).connect();
const written = client.db("test").collection("written");
await written.insertOne({ by: "start" }, { writeConcern: { w: "majority", journal: true } });
process.on("SIGINT", async () => {
  await written.insertOne({ by: "drain" });
  await client.close();
  await local.stop();
  console.log("drained");
});
console.log(JSON.stringify({ pid: local.pid, port: local.port }));
if (ending === "exit") process.exit();
