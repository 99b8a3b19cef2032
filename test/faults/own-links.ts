/**
 * Preloaded into a replica: leads its connections to MongoDB through links of its own. All replicas learn the same
 * addresses from the replica set, and yet the way of one must be cut while the others' stay open. Nothing of the driver or the
 * service is changed: only where a port of this machine leads to.
 */
import net, { type NetConnectOpts } from "node:net";
import { LINKS_VARIABLE } from "./links-variable.ts";

const links = JSON.parse(process.env[LINKS_VARIABLE] ?? "{}") as Readonly<Record<string, number>>;
const createConnection = net.createConnection;

net.createConnection = ((options: NetConnectOpts, listener?: () => void) => {
  const link = "port" in options ? links[options.port] : undefined;
  return createConnection(link === undefined ? options : { ...options, port: link }, listener);
}) as typeof net.createConnection;
