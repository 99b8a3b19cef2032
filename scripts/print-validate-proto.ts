/**
 * Writes the path given, or `third_party/proto/buf/validate/validate.proto` from the descriptor inside `@bufbuild/protovalidate`.
 *
 * The npm package carries generated code but not the schema's text, and a build must not need a schema registry.
 * Names, numbers, labels and extension ranges are printed; comments and option values are not, since the rules
 * themselves are evaluated from the package's own descriptor.
 */
import { writeFileSync } from "node:fs";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const MAX_EXTENSION = 536_870_912; // exclusive end of "to max"

const scalarName = (field: FieldDescriptorProto) =>
  field.typeName ? field.typeName : Type[field.type].toLowerCase();

function printField(field: FieldDescriptorProto, inOneof: boolean): string {
  const label = inOneof ? "" : `${Label[field.label].toLowerCase()} `;
  return `${label}${scalarName(field)} ${field.name} = ${field.number};`;
}

function printEnum(type: EnumDescriptorProto): string[] {
  return [`enum ${type.name} {`, ...type.value.map((v) => `  ${v.name} = ${v.number};`), "}"];
}

function indent(lines: string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function printMessage(message: DescriptorProto): string[] {
  const plain = message.field.filter((f) => !isInOneof(f)).map((f) => printField(f, false));
  const oneofs = message.oneofDecl.flatMap((oneof, index) => {
    const members = message.field.filter((f) => isInOneof(f) && f.oneofIndex === index);
    if (members.length === 0) return [];
    return [`oneof ${oneof.name} {`, ...indent(members.map((f) => printField(f, true))), "}"];
  });
  const ranges = message.extensionRange.map(
    (range) => `extensions ${range.start} to ${range.end >= MAX_EXTENSION ? "max" : range.end - 1};`,
  );
  const nested = [...message.nestedType.flatMap(printMessage), ...message.enumType.flatMap(printEnum)];
  return [`message ${message.name} {`, ...indent([...plain, ...oneofs, ...ranges, ...nested]), "}"];
}

function isInOneof(field: FieldDescriptorProto): boolean {
  return Object.hasOwn(field, "oneofIndex") && !field.proto3Optional;
}

function printExtensions(fields: FieldDescriptorProto[]): string[] {
  return fields.flatMap((f) => [`extend ${f.extendee} {`, `  ${printField(f, false)}`, "}"]);
}

const file = file_buf_validate_validate.proto;
// An empty syntax is how descriptors say proto2.
if (file.syntax) throw new Error(`validate.proto is no longer proto2 but ${file.syntax}`);
const lines = [
  "// Printed by scripts/print-validate-proto.ts from the descriptor in @bufbuild/protovalidate (Apache-2.0).",
  'syntax = "proto2";',
  `package ${file.package};`,
  ...file.dependency.map((name) => `import "${name}";`),
  ...printExtensions(file.extension),
  ...file.messageType.flatMap(printMessage),
  ...file.enumType.flatMap(printEnum),
];
const target =
  process.argv[2] ?? new URL("../third_party/proto/buf/validate/validate.proto", import.meta.url);
writeFileSync(target, `${lines.join("\n")}\n`);
