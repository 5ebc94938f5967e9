import assert from "node:assert/strict";
import { test } from "node:test";

import { Servers } from "../src/servers";

function recorded(failing: string[] = []): { log: string[]; servers: Servers<string> } {
  const log: string[] = [];
  const servers = new Servers<string>(
    async (key) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`start ${key}`);
      return failing.includes(key) ? undefined : key;
    },
    async (key) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`stop ${key}`);
    },
  );
  return { log, servers };
}

test("folders that come and go start and stop their servers only", async () => {
  const { log, servers } = recorded();
  await servers.keep(["a", "b"], false);
  await servers.keep(["b", "c"], false);
  assert.deepEqual(log, ["start a", "start b", "stop a", "start c"]);
});

test("a restart stops before it starts", async () => {
  const { log, servers } = recorded();
  await servers.keep(["a"], false);
  await servers.keep(["a"], true);
  assert.deepEqual(log, ["start a", "stop a", "start a"]);
});

test("changes that come at once are made one after the other", async () => {
  const { log, servers } = recorded();
  await Promise.all([servers.keep(["a"], false), servers.keep(["a"], true), servers.keep([], false)]);
  assert.deepEqual(log, ["start a", "stop a", "start a", "stop a"]);
});

test("a server that did not start is tried again, and is not stopped", async () => {
  const { log, servers } = recorded(["a"]);
  await servers.keep(["a"], false);
  await servers.keep(["a"], false);
  await servers.keep([], false);
  assert.deepEqual(log, ["start a", "start a"]);
});
