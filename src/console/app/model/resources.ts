/** The resources in their groups, every word of them out of the contract's own options. */
import { getOption, hasOption } from "@bufbuild/protobuf";
import {
  type Resource,
  type ResourceInfo,
  ResourceSchema,
  resource as resourceOption,
} from "../../../../gen/keyfast/v1/resource_pb.ts";

export interface ResourceEntry extends Pick<ResourceInfo, "group" | "title" | "description"> {
  readonly resource: Resource;
}

export interface ResourceGroup {
  readonly title: string;
  readonly resources: readonly ResourceEntry[];
}

export const RESOURCES: readonly ResourceEntry[] = ResourceSchema.values
  .filter((value) => hasOption(value, resourceOption))
  .map((value) => {
    const { group, title, description } = getOption(value, resourceOption);
    return { resource: value.number as Resource, group, title, description };
  });

/** In the order of the contract. */
export const RESOURCE_GROUPS: readonly ResourceGroup[] = [
  ...new Set(RESOURCES.map(({ group }) => group)),
].map((title) => ({ title, resources: RESOURCES.filter(({ group }) => group === title) }));
