/** What a read message must pass before it is worked on, in this order. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Caller } from "../domain/caller.ts";
import { authorizeProject } from "./authorize.ts";
import type { RequestValidator } from "./validate.ts";

/** The project first, then the fields: who may not act in a project learns nothing from how a message is judged. */
export function checkMessage<Desc extends DescMessage>(
  validator: RequestValidator,
  caller: Caller,
  schema: Desc,
  message: MessageShape<Desc>,
): void {
  authorizeProject(caller, (message as unknown as { projectId: string }).projectId);
  validator.check(schema, message);
}
