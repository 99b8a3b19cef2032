/** Names under which a Debian release may be followed, besides its code name. */
const ALIASES = ["stable", "oldstable", "oldoldstable"];

/** Which suites are to be replaced, and by which. */
export interface SuiteChange {
  /** The code name of the machine's release, such as `bookworm`. */
  readonly from: string;
  readonly to: string;
}

/**
 * Rewrites apt sources in deb822 format (`*.sources`): keeps the stanzas for binary packages of the main component of the
 * machine's own release, now with the other suite. Empty where no stanza fits.
 */
export function rewriteDeb822(text: string, change: SuiteChange): string {
  const uncommented = text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
  const stanzas = uncommented.split(/\n\s*\n/).filter((stanza) => isWanted(stanza, change));
  return stanzas.map((stanza) => `${rewriteStanza(stanza.trim(), change)}\n`).join("\n");
}

/** The same for the one-line format (`*.list`). */
export function rewriteOneLine(text: string, change: SuiteChange): string {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  return lines.flatMap((line) => rewriteLine(line, change)).join("");
}

function isWanted(stanza: string, change: SuiteChange): boolean {
  return (
    words(stanza, "Types").includes("deb") &&
    words(stanza, "Suites").some((suite) => isOwnSuite(suite, change)) &&
    words(stanza, "Components").includes("main") &&
    !/^(no|false|off|0|without|disable)$/i.test(words(stanza, "Enabled")[0] ?? "yes")
  );
}

function rewriteStanza(stanza: string, change: SuiteChange): string {
  return setField(setField(setField(stanza, "Types", "deb"), "Suites", change.to), "Components", "main");
}

/** A field with its continuation lines, which begin with a blank. */
function fieldPattern(name: string): RegExp {
  return new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "im");
}

function words(stanza: string, name: string): string[] {
  return (fieldPattern(name).exec(stanza)?.[1] ?? "").split(/\s+/).filter(Boolean);
}

function setField(stanza: string, name: string, value: string): string {
  return stanza.replace(fieldPattern(name), `${name}: ${value}`);
}

function rewriteLine(line: string, change: SuiteChange): string[] {
  const match = /^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line);
  if (!match) return [];
  const [, options = "", uri, suite = "", components = ""] = match;
  if (!isOwnSuite(suite, change) || !components.split(/\s+/).includes("main")) return [];
  return [`deb ${options}${uri} ${change.to} main\n`];
}

function isOwnSuite(suite: string, change: SuiteChange): boolean {
  return suite === change.from || ALIASES.includes(suite);
}
