/** Generates C++ from the contract and compiles the client with it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = new URL("../../../", import.meta.url).pathname;
const SERVICE = "keyfast/v1/api_key_service";
const MESSAGES = [
  SERVICE,
  "keyfast/v1/api_key",
  "keyfast/v1/resource",
  "buf/validate/validate",
  "google/rpc/error_details",
];

/** The path of the program, which is made in the folder. Rejects with what the compilers say. */
export async function buildClient(folder: string): Promise<string> {
  // From a descriptor set: Debian's compiler is older than an option that the contract's text has.
  const contract = join(folder, "contract.binpb");
  await run("buf", ["build", ROOT, "-o", contract, "--as-file-descriptor-set"]);
  const generate = (...args: string[]) => run("protoc", [`--descriptor_set_in=${contract}`, ...args]);
  await generate(`--cpp_out=${folder}`, ...MESSAGES.map((name) => `${name}.proto`));
  const plugin = (await run("which", ["grpc_cpp_plugin"])).stdout.trim();
  await generate(`--plugin=protoc-gen-grpc=${plugin}`, `--grpc_out=${folder}`, `${SERVICE}.proto`);
  const flags = (await run("pkg-config", ["--cflags", "--libs", "grpc++", "protobuf"])).stdout
    .trim()
    .split(/\s+/);
  const generated = [...MESSAGES.map((name) => `${name}.pb.cc`), `${SERVICE}.grpc.pb.cc`];
  const sources = [join(import.meta.dirname, "client.cpp"), ...generated.map((name) => join(folder, name))];
  const program = join(folder, "client");
  await run("g++", ["-std=c++17", "-I", folder, "-o", program, ...sources, ...flags]);
  return program;
}
