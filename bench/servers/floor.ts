/** The floor: what node:http2 alone can do with a unary call of gRPC. Reads the request, answers always the same. */
import { createServer } from "node:http2";
import { grpcFrame } from "../harness/calls-file.ts";
import { constantMessage, listen } from "./support.ts";

const frame = grpcFrame(constantMessage());
const server = createServer();

server.on("stream", (stream) => {
  stream.resume();
  stream.once("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(frame);
  });
});

listen(server);
