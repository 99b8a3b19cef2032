/** The contract's own rules, run in the browser. A large part: loaded when the dialog opens, not with the page. */
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import {
  type CreateApiKeyRequest,
  CreateApiKeyRequestSchema,
} from "../../../../gen/keyfast/v1/api_key_service_pb.ts";
import type { FieldProblem } from "../api/problem.ts";

const validator = createValidator();

export function brokenRules(request: CreateApiKeyRequest): FieldProblem[] {
  const result = validator.validate(CreateApiKeyRequestSchema, request);
  if (result.kind === "error") throw result.error;
  if (result.kind === "valid") return [];
  return result.violations.map(({ field, message }) => ({ field: pathToString(field), message }));
}
