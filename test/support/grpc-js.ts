/** How a service of the contract is called with `@grpc/grpc-js`, for which nothing is generated. */
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  type ClientOptions,
  credentials,
  Metadata,
  type MethodDefinition,
  makeClientConstructor,
  type ServiceDefinition,
  type ServiceError,
} from "@grpc/grpc-js";

const serialize = (schema: DescMessage) => (message: unknown) =>
  Buffer.from(toBinary(schema, message as MessageShape<DescMessage>));
const deserialize = (schema: DescMessage) => (bytes: Buffer) => fromBinary(schema, bytes);

function serviceDefinition(service: DescService): ServiceDefinition {
  const entries = service.methods.map((method): [string, MethodDefinition<unknown, unknown>] => [
    method.localName,
    {
      path: `/${service.typeName}/${method.name}`,
      requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
      responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
      requestSerialize: serialize(method.input),
      requestDeserialize: deserialize(method.input),
      responseSerialize: serialize(method.output),
      responseDeserialize: deserialize(method.output),
    },
  ]);
  return Object.fromEntries(entries);
}

export type GrpcJsClient = Client & Record<string, UnaryCall>;

type UnaryCall = (
  request: unknown,
  metadata: Metadata,
  options: CallOptions,
  done: (error: ServiceError | null, answer: unknown) => void,
) => void;

export function grpcJsClient(service: DescService, url: string, options: ClientOptions = {}): GrpcJsClient {
  const Constructor = makeClientConstructor(serviceDefinition(service), service.typeName);
  return new Constructor(new URL(url).host, credentials.createInsecure(), options) as unknown as GrpcJsClient;
}

/** One call. Rejects with grpc-js's own ServiceError. */
export function callGrpcJs<I extends DescMessage, O extends DescMessage>(
  client: GrpcJsClient,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  { token, ...options }: CallOptions & { token?: string } = {},
): Promise<MessageShape<O>> {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return new Promise((resolve, reject) => {
    client[method.localName]?.(create(method.input, request), metadata, options, (error, answer) => {
      if (error) reject(error);
      else resolve(answer as MessageShape<O>);
    });
  });
}
