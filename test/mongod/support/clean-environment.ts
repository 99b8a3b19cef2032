import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { freePort } from "../../../src/mongod/free-port.ts";
import { tempFolder } from "./temp-folder.ts";

/**
 * An environment without mongod on the path, without settings of this machine's user, and with nothing to download
 * from: the registry and the mirror are at ports where nobody listens, unless they are given.
 */
export async function cleanEnvironment(
  hosts: { registry?: string; mirror?: string } = {},
): Promise<NodeJS.ProcessEnv> {
  const home = await tempFolder();
  await writeFile(join(home, ".npmrc"), "");
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const { PATH = "", npm_execpath } = process.env;
  return {
    PATH: PATH.split(delimiter)
      .filter((folder) => !existsSync(join(folder, "mongod")))
      .join(delimiter),
    ...(npm_execpath && { npm_execpath }),
    HOME: home,
    npm_config_userconfig: join(home, ".npmrc"),
    npm_config_cache: join(home, "npm-cache"),
    npm_config_registry: hosts.registry ?? nobody,
    MONGOMS_DOWNLOAD_MIRROR: hosts.mirror ?? nobody,
    MONGOMS_USE_HTTP: "true",
    // Else the archive depends on the distribution that the tests run on.
    MONGOMS_ARCHIVE_NAME: "mongodb-linux-x86_64-debian12-8.2.6.tgz",
  };
}
