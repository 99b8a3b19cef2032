// A client in C++ with Debian's gRPC: verifies each key of its standard input, a line each, over one connection, and prints
// how each call ended: "OK <verdict>" and the project where it is told, or the number of the status and the reason.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/empty.pb.h>
#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "keyfast/v1/api_key_service.grpc.pb.h"

using namespace keyfast::v1;

// The number of the field `details` in google.rpc.Status.
constexpr int DETAILS = 3;

// A google.rpc.Status is read as a message whose fields are all unknown: then nothing has to be generated for it.
std::string reason_of(const grpc::Status& status) {
  google::protobuf::Empty told;
  told.ParseFromString(status.error_details());
  const auto& fields = told.GetReflection()->GetUnknownFields(told);
  for (int i = 0; i < fields.field_count(); i++) {
    if (fields.field(i).number() != DETAILS) continue;
    google::protobuf::Any detail;
    google::rpc::ErrorInfo info;
    detail.ParseFromString(fields.field(i).length_delimited());
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "none";
}

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: client <target> <token> <deadline in milliseconds>\n");
    return 2;
  }
  const std::string token = arguments[2];
  const auto limit = std::chrono::milliseconds(std::atoi(arguments[3]));
  const auto channel = grpc::CreateChannel(arguments[1], grpc::InsecureChannelCredentials());
  const auto service = ApiKeyService::NewStub(channel);
  for (std::string key; std::getline(std::cin, key);) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    context.AddMetadata("authorization", "Bearer " + token);
    context.AddMetadata("x-bytes-bin", std::string("\0\xff", 2));
    VerifyApiKeyRequest request;
    request.set_key(key);
    VerifyApiKeyResponse response;
    const grpc::Status status = service->VerifyApiKey(&context, request, &response);
    if (status.ok()) {
      const std::string& project = response.identity().project_id();
      std::cout << "OK " << Verdict_Name(response.verdict()) << (project.empty() ? "" : " ") << project << "\n";
    } else {
      std::cout << status.error_code() << " " << reason_of(status) << "\n";
    }
  }
}
