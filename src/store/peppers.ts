/** The collection `peppers`: a check value for each pepper, so that no replica works with another one under its id. */
import { Binary, type Collection, type Db } from "mongodb";
import { digestsMatch, type Pepper, pepperCheck } from "../domain/digest.ts";
import { attempt, DeploymentError } from "./connection.ts";

interface PepperDocument {
  _id: string;
  check: Binary;
}

export const PEPPERS_VALIDATOR = {
  $jsonSchema: {
    bsonType: "object",
    additionalProperties: false,
    required: ["_id", "check"],
    properties: { _id: { bsonType: "string" }, check: { bsonType: "binData" } },
  },
};

export class PepperCollection {
  readonly collection: Collection<PepperDocument>;

  constructor(db: Db) {
    this.collection = db.collection<PepperDocument>("peppers");
  }

  /** Records the pepper's check value at its first use; DeploymentError where the id stands for another pepper. */
  async check(pepper: Pepper): Promise<void> {
    const mine = pepperCheck(pepper);
    const document = await attempt(() =>
      this.collection.findOneAndUpdate(
        { _id: pepper.id },
        { $setOnInsert: { check: new Binary(mine) } },
        { upsert: true, returnDocument: "after" },
      ),
    );
    if (!document || !digestsMatch(document.check.buffer, mine)) {
      throw new DeploymentError(
        `the pepper with the id "${pepper.id}" is not the one that this database was used with; keys made with the other one would never verify`,
      );
    }
  }
}
