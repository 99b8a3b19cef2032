"""A client in Python with Debian's grpcio: no generated code, messages built from a descriptor set."""

import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

descriptor_path, target, token, method, request_json = sys.argv[1:6]

pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet()
with open(descriptor_path, "rb") as descriptor_file:
    files.ParseFromString(descriptor_file.read())
for file in files.file:
    pool.Add(file)
service = pool.FindServiceByName("keyfast.v1.ApiKeyService")
rpc = service.methods_by_name[method]
if hasattr(message_factory, "GetMessageClass"):
    class_of = message_factory.GetMessageClass
else:
    class_of = message_factory.MessageFactory(pool).GetPrototype
request_class, response_class = class_of(rpc.input_type), class_of(rpc.output_type)

with grpc.insecure_channel(target) as channel:
    call = channel.unary_unary(
        f"/{service.full_name}/{method}",
        request_serializer=request_class.SerializeToString,
        response_deserializer=response_class.FromString,
    )
    request = json_format.Parse(request_json, request_class())
    try:
        metadata = [("authorization", f"Bearer {token}"), ("x-text", "a value"), ("x-bytes-bin", b"\x00\xff")]
        reply = call(request, timeout=10, metadata=metadata)
        print(json.dumps({"ok": json_format.MessageToDict(reply)}))
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata() or ())
        print(json.dumps({"code": error.code().name, "hasDetails": "grpc-status-details-bin" in details}))
