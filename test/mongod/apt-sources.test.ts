import { describe, expect, test } from "vitest";
import { rewriteDeb822, rewriteOneLine } from "../../src/mongod/glibc/apt-sources.ts";

const CHANGE = { from: "bookworm", to: "trixie" };

describe("apt sources in deb822 format", () => {
  test("the stanza of the machine's release is kept with the new suite, and all others go", () => {
    const text = `
# The archive
Types: deb deb-src
URIs: http://archive.test/debian
# a comment in the middle
Suites: bookworm bookworm-updates
Components: main contrib non-free-firmware
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://archive.test/security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://vendor.test/packages
Suites: bookworm
Components: stable
`;
    expect(rewriteDeb822(text, CHANGE)).toBe(
      `Types: deb
URIs: http://archive.test/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/archive.gpg
`,
    );
  });

  test("a key that is written into the stanza stays whole", () => {
    const key =
      "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----";
    const text = `Types: deb\nURIs: http://archive.test/debian\nSuites: bookworm\nComponents: main\n${key}\n`;
    expect(rewriteDeb822(text, CHANGE)).toBe(text.replace("bookworm", "trixie"));
  });

  test("names of fields in any case and values on lines of their own are understood", () => {
    const text =
      "types: deb\nuris: http://archive.test/debian\nsuites:\n bookworm\n bookworm-updates\ncomponents: main\n";
    expect(rewriteDeb822(text, CHANGE)).toBe(
      "Types: deb\nuris: http://archive.test/debian\nSuites: trixie\nComponents: main\n",
    );
  });

  test("a release followed by its alias counts as the machine's own", () => {
    const text = "Types: deb\nURIs: http://archive.test/debian\nSuites: oldstable\nComponents: main\n";
    expect(rewriteDeb822(text, CHANGE)).toBe(text.replace("oldstable", "trixie"));
  });

  test("nothing is kept that is switched off, has sources only, or belongs to another release", () => {
    const stanza = (types: string, suite: string, more = "") =>
      `Types: ${types}\nURIs: http://archive.test/debian\nSuites: ${suite}\nComponents: main\n${more}`;
    for (const text of [
      "",
      "# nothing here\n",
      stanza("deb", "bookworm", "Enabled: no\n"),
      stanza("deb-src", "bookworm"),
      stanza("deb", "bullseye"),
      stanza("deb", "bookworm-backports"),
    ]) {
      expect(rewriteDeb822(text, CHANGE), text).toBe("");
    }
  });
});

describe("apt sources in one-line format", () => {
  test("the line of the machine's release is kept with the new suite, and all others go", () => {
    const text = `
# deb http://archive.test/off bookworm main
deb http://archive.test/debian bookworm main contrib # the archive
deb-src http://archive.test/debian bookworm main
deb http://archive.test/debian bookworm-updates main
deb http://archive.test/security bookworm-security main
deb [arch=amd64] http://vendor.test/packages bookworm stable
deb http://archive.test/flat ./
`;
    expect(rewriteOneLine(text, CHANGE)).toBe("deb http://archive.test/debian trixie main\n");
  });

  test("options in brackets stay", () => {
    const text =
      "deb [arch=amd64 signed-by=/usr/share/keyrings/archive.gpg] http://archive.test/debian stable main";
    expect(rewriteOneLine(text, CHANGE)).toBe(
      "deb [arch=amd64 signed-by=/usr/share/keyrings/archive.gpg] http://archive.test/debian trixie main\n",
    );
  });
});
