/**
 * The program that official.ts runs: `official-downloader.ts <folder> <version>` downloads mongod into the folder and
 * prints its path as the last line. A failure is one line on standard error.
 */
import { MongoBinary } from "mongodb-memory-server-core";

const [downloadDir, version] = process.argv.slice(2);
if (downloadDir === undefined || version === undefined) throw new Error("usage: <folder> <version>");
try {
  const path = await MongoBinary.getPath({ downloadDir, version });
  console.log(path);
} catch (error) {
  console.error((error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " "));
  process.exitCode = 1;
}
