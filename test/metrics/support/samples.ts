/** Reads the text format of Prometheus, strictly: a line that is none of it is an error. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) \S.*$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN|Nan)$/;
const LABELS = /^(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,(?=.)|$))*$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
/** What the names of a histogram's samples end with. */
const PARTS = /_(?:bucket|sum|count)$/;

const number = (text: string) => Number(text.replace("Inf", "Infinity").replace("Nan", "NaN"));

/** Throws where a line cannot be read, a sample comes without its type, or twice. */
export function samplesIn(text: string) {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const types = new Map<string, string>();
  const all: Sample[] = [];
  const seen = new Set<string>();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, typed, type = ""] = TYPE.exec(line) ?? [];
    if (typed !== undefined) {
      if (types.has(typed)) throw new Error(`typed twice: ${typed}`);
      types.set(typed, type);
    } else if (!HELP.test(line)) {
      const sample = parse(line);
      const id = line.slice(0, line.lastIndexOf(" "));
      if (seen.has(id)) throw new Error(`told twice: ${id}`);
      seen.add(id);
      const family = types.has(sample.name) ? sample.name : sample.name.replace(PARTS, "");
      if (!types.has(family)) throw new Error(`without a type: ${line}`);
      all.push(sample);
    }
  }
  /** The samples of a name that are not 0, by their labels. */
  const of = (name: string): Record<string, number> =>
    Object.fromEntries(
      all
        .filter((sample) => sample.name === name && sample.value !== 0)
        .map(({ labels, value }) => [
          Object.entries(labels)
            .map(([label, text]) => `${label}=${text}`)
            .join(),
          value,
        ]),
    );
  return { all, types, of };
}

function parse(line: string): Sample {
  const [, name, labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  if (name === undefined || !LABELS.test(labels)) throw new Error(`not of the format: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label = "", text = ""]) => [label, text]);
  return { name, labels: Object.fromEntries(pairs), value: number(value) };
}
