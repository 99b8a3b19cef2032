/** Names of keys as people give them, in which some words are frequent and some are rare. */
import { pick, type Random } from "./random.ts";

/** Every name has one of each list: a search for one of these words matches one key in sixteen. */
export const FREQUENT = {
  teams: [
    "Billing",
    "Search",
    "Mobile",
    "Partner",
    "Nightly",
    "Support",
    "Ledger",
    "Voice",
    "Edge",
    "Growth",
    "Console",
    "Fraud",
    "Shipping",
    "Catalog",
    "Identity",
    "Metrics",
  ],
  uses: [
    "export",
    "webhook",
    "import",
    "backend",
    "gateway",
    "reader",
    "worker",
    "crawler",
    "dashboard",
    "pipeline",
    "mirror",
    "alerts",
    "sandbox",
    "archive",
    "sync",
    "probe",
  ],
} as const;

/** How many keys of a project share one rare word, whatever the project's size. */
export const KEYS_PER_RARE_WORD = 3;
export const RARE_WORDS = Array.from({ length: 100 }, (_, index) => `zq${(index + 1_000).toString(36)}x`);

/** How one name in so many ends: longer than the index of names holds in one piece. */
export const LONG_ENDING = "for the delivery of parcels in all regions and overseas";
const NAMES_PER_LONG = 100;

const plainName = (random: Random, index: number) =>
  `${pick(random, FREQUENT.teams)} ${pick(random, FREQUENT.uses)} ${index.toString(36)}`;

const ending = (index: number) => (index % NAMES_PER_LONG === 1 ? ` ${LONG_ENDING}` : "");

/** Names for a project of `count` keys; the rare words lie evenly between them. */
export function* projectNames(random: Random, count: number): Generator<string> {
  const planted = RARE_WORDS.length * KEYS_PER_RARE_WORD;
  const step = Math.max(1, Math.floor(count / planted));
  for (let index = 0; index < count; index++) {
    const rare = index % step === 0 ? RARE_WORDS[(index / step) % RARE_WORDS.length] : undefined;
    const isPlanted = rare !== undefined && index / step < planted;
    yield `${plainName(random, index)}${isPlanted ? ` ${rare}` : ""}${ending(index)}`;
  }
}
