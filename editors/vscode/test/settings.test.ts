import assert from "node:assert/strict";
import { test } from "node:test";

import manifest from "../package.json";
import { concerns } from "../src/settings";

test("only what decides which program serves asks for another server", () => {
  const affected = (changed: string) => concerns((section) => section === changed);
  assert.ok(affected("convlint.python"));
  assert.ok(affected("convlint.path"));
  assert.ok(!affected("convlint.showInfo"));
});

test("every setting has a default, a scope and a description", () => {
  for (const [name, setting] of Object.entries(manifest.contributes.configuration.properties)) {
    assert.match(name, /^convlint\./);
    assert.ok("default" in setting && "scope" in setting, name);
    assert.ok("description" in setting || "markdownDescription" in setting, name);
  }
});

test("code of a workspace that is not trusted does not run", () => {
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, false);
});
