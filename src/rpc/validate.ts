/** The contract's field rules, applied as clients can apply them too. */
import { type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Validator } from "@bufbuild/protovalidate";
import { type FieldViolation, KeyfastError } from "../domain/errors.ts";

export class RequestValidator {
  readonly #validator: Validator = createValidator();

  /** FIELD_INVALID with every violation. Its first call for a message takes tens of milliseconds: see `warm`. */
  check<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
    const violations = [...illFormedText(schema, message), ...this.#ruleViolations(schema, message)];
    if (violations.length > 0) {
      throw new KeyfastError("FIELD_INVALID", "fields of the message break their rules", { violations });
    }
  }

  #ruleViolations<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): FieldViolation[] {
    const result = this.#validator.validate(schema, message);
    if (result.kind === "error") throw result.error;
    if (result.kind === "valid") return [];
    return result.violations.map((v) => ({ field: pathToString(v.field), description: v.message }));
  }

  /** Compiles the rules of a message ahead of its first use. */
  warm<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
    this.#validator.validate(schema, message);
  }
}

/** Lone surrogates are text in JSON and in JavaScript, but in no encoding: they would be stored as something else. */
function illFormedText(schema: DescMessage, message: MessageShape<DescMessage>): FieldViolation[] {
  const values = message as unknown as Record<string, unknown>;
  return schema.fields
    .filter((field) => field.fieldKind === "scalar" && field.scalar === ScalarType.STRING)
    .filter((field) => !(values[field.localName] as string).isWellFormed())
    .map((field) => ({ field: field.name, description: "must be well-formed Unicode" }));
}
