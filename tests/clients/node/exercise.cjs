// Runs every method of Backstage's own catalog client against a server, and says what did not go as expected.
//
//   node exercise.cjs http://127.0.0.1:7007     (in a folder where @backstage/catalog-client is installed)
//
// Prints {"called": [method, …], "failed": {check: message, …}}. What the catalog holds is in ../conftest.py.
"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { createRequire } = require("node:module");

const here = createRequire(path.join(process.cwd(), "package.json"));
const { CatalogClient, CATALOG_FILTER_EXISTS } = here("@backstage/catalog-client");

const BASE = process.argv[2];
const MANUAL = "https://github.com/acme/manual/blob/main";
const MISSING = "00000000-0000-4000-8000-000000000000";
const COMPONENTS = { kind: "Component", "metadata.name": Array.from({ length: 12 }, (_, n) => service(n)) };
const BY_NAME = { field: "metadata.name", order: "asc" };

const called = new Set();
const client = recorded(new CatalogClient({ discoveryApi: { getBaseUrl: async (id) => `${BASE}/api/${id}` } }));

const CHECKS = {
  "getEntities with filter, fields, order, offset and limit": async () => {
    const request = { filter: COMPONENTS, fields: ["metadata.name"], order: BY_NAME, offset: 1, limit: 3 };
    const { items } = await client.getEntities(request);
    assert.deepEqual(items, [1, 2, 3].map((n) => ({ metadata: { name: service(n) } })));
  },
  "getEntities without anything gives everything": async () => {
    const { items } = await client.getEntities();
    assert.ok(items.length > 12);
    assert.ok(items.every((entity) => entity.metadata.uid && entity.metadata.etag && Array.isArray(entity.relations)));
  },
  "getEntities with sets of conditions, one of them that a field exists": async () => {
    const filter = [{ kind: "group" }, { kind: "location", "spec.presence": CATALOG_FILTER_EXISTS }];
    const { items } = await client.getEntities({ filter, fields: ["kind"] });
    assert.ok(items.some((entity) => entity.kind === "Group"));
    assert.ok(!items.some((entity) => entity.kind === "Component"));
  },
  "queryEntities forth and back": async () => {
    const first = await client.queryEntities({ filter: COMPONENTS, orderFields: BY_NAME, limit: 5 });
    assert.deepEqual([names(first), first.totalItems, first.pageInfo.prevCursor], [range(0, 5), 12, undefined]);
    const second = await client.queryEntities({ cursor: first.pageInfo.nextCursor, limit: 5 });
    assert.deepEqual([names(second), second.totalItems], [range(5, 10), 12]);
    const third = await client.queryEntities({ cursor: second.pageInfo.nextCursor, limit: 5 });
    assert.deepEqual([names(third), third.pageInfo.nextCursor], [range(10, 12), undefined]);
    const back = await client.queryEntities({ cursor: third.pageInfo.prevCursor, limit: 5, fields: ["metadata.name"] });
    assert.deepEqual(back.items, range(5, 10).map((name) => ({ metadata: { name } })));
    const start = await client.queryEntities({ cursor: back.pageInfo.prevCursor, limit: 5 });
    assert.deepEqual([names(start), start.pageInfo.prevCursor], [range(0, 5), undefined]);
  },
  "queryEntities with a predicate, forth and back": async () => {
    const query = { $all: [{ kind: "component" }, { "metadata.name": { $hasPrefix: "service-" } }] };
    const first = await client.queryEntities({ query, orderFields: [BY_NAME], limit: 7 });
    assert.deepEqual([names(first), first.totalItems], [range(0, 7), 12]);
    const second = await client.queryEntities({ cursor: first.pageInfo.nextCursor, limit: 7 });
    assert.deepEqual([names(second), second.pageInfo.nextCursor], [range(7, 12), undefined]);
    const back = await client.queryEntities({ cursor: second.pageInfo.prevCursor, limit: 7 });
    assert.deepEqual(names(back), range(0, 7));
  },
  "queryEntities with predicate and filter together": async () => {
    const request = { query: { kind: "component" }, filter: { "metadata.name": service(3) } };
    assert.deepEqual(names(await client.queryEntities(request)), [service(3)]);
  },
  "queryEntities with full text": async () => {
    const fullTextFilter = { term: "VICE-1", fields: ["metadata.name", "metadata.title"] };
    const found = await client.queryEntities({ fullTextFilter, orderFields: BY_NAME });
    assert.deepEqual(names(found), [service(10), service(11)]);
  },
  "queryEntities without a count": async () => {
    const found = await client.queryEntities({ filter: COMPONENTS, limit: 1, totalItems: "exclude" });
    assert.deepEqual([found.items.length, found.totalItems], [1, 0]);
  },
  "queryEntities refuses a cursor that is none": async () => {
    await refused(400, client.queryEntities({ cursor: "none of ours" }));
  },
  "streamEntities pages through everything": async () => {
    const pages = await collected(client.streamEntities({ filter: COMPONENTS, orderFields: BY_NAME, pageSize: 5 }));
    assert.deepEqual(pages.map((page) => page.map((entity) => entity.metadata.name)), [range(0, 5), range(5, 10), range(10, 12)]);
  },
  "streamEntities with a predicate": async () => {
    const query = { "metadata.name": { $hasPrefix: "service-" } };
    const pages = await collected(client.streamEntities({ query, orderFields: BY_NAME, pageSize: 8 }));
    assert.deepEqual(pages.flat().map((entity) => entity.metadata.name), range(0, 12));
  },
  "getEntitiesByRefs keeps the order, with undefined for what is missing": async () => {
    const entityRefs = [ref(2), "component:default/nobody", ref(1), ref(2)];
    const { items } = await client.getEntitiesByRefs({ entityRefs, fields: ["metadata.name"] });
    assert.deepEqual(items.map((entity) => entity?.metadata.name), [service(2), undefined, service(1), service(2)]);
  },
  "getEntitiesByRefs with filter, predicate and more refs than one request takes": async () => {
    const many = Array.from({ length: 2500 }, (_, n) => `component:default/absent-${n}`);
    const entityRefs = [ref(0), ...many, "group:default/team", ref(11)];
    const filtered = await client.getEntitiesByRefs({ entityRefs, filter: { kind: "component" } });
    assert.deepEqual([filtered.items.length, filtered.items.filter(Boolean).map(name)], [2503, [service(0), service(11)]]);
    const queried = await client.getEntitiesByRefs({ entityRefs, query: { kind: "group" }, filter: { kind: "group" } });
    assert.deepEqual(queried.items.filter(Boolean).map(name), ["team"]);
  },
  "getEntityByRef, as text and in parts": async () => {
    assert.equal((await client.getEntityByRef("Component:Default/Service-04")).metadata.name, service(4));
    const parts = { kind: "component", namespace: "default", name: service(4) };
    assert.equal((await client.getEntityByRef(parts)).spec.owner, "team");
    assert.equal(await client.getEntityByRef("component:default/nobody"), undefined);
  },
  "getEntityByName with the default namespace": async () => {
    assert.equal((await client.getEntityByName({ kind: "group", name: "team" })).kind, "Group");
    assert.equal(await client.getEntityByName({ kind: "group", name: "nobody" }), undefined);
  },
  "getEntityAncestors up to the provider's Location": async () => {
    const { rootEntityRef, items } = await client.getEntityAncestors({ entityRef: "component:default/deep" });
    assert.equal(rootEntityRef, "component:default/deep");
    assert.deepEqual(items.map((item) => item.entity.kind), ["Component", "Location", "Location"]);
    assert.deepEqual(items[0].parentEntityRefs, ["location:default/nested"]);
    assert.deepEqual(items[2].parentEntityRefs, []);
    await refused(404, client.getEntityAncestors({ entityRef: "component:default/nobody" }));
  },
  "getEntityFacets with a filter, and with a predicate": async () => {
    const facets = ["kind", "spec.type", "nope"];
    const expected = { facets: { kind: [{ value: "Component", count: 12 }], "spec.type": [{ value: "service", count: 12 }], nope: [] } };
    assert.deepEqual(await client.getEntityFacets({ facets, filter: COMPONENTS }), expected);
    const query = { "metadata.name": { $hasPrefix: "service-" } };
    assert.deepEqual(await client.getEntityFacets({ facets, query }), expected);
    assert.deepEqual(await client.getEntityFacets({ facets, query, filter: { kind: "component" } }), expected);
  },
  "refreshEntity": async () => {
    assert.equal(await client.refreshEntity(ref(0)), undefined);
    await refused(404, client.refreshEntity("component:default/nobody"));
  },
  "validateEntity": async () => {
    const entity = { apiVersion: "backstage.io/v1alpha1", kind: "Component", metadata: { name: "v" } };
    const spec = { type: "service", lifecycle: "production", owner: "team" };
    assert.deepEqual(await client.validateEntity({ ...entity, spec }, `url:${MANUAL}/v.yaml`), { valid: true });
    const wrong = await client.validateEntity({ ...entity, spec: { ...spec, owner: undefined } }, `url:${MANUAL}/v.yaml`);
    assert.deepEqual([wrong.valid, wrong.errors.map((error) => error.name)], [false, ["InputError"]]);
    assert.match(wrong.errors[0].message, /owner/);
  },
  "analyzeLocation": async () => {
    const answer = await client.analyzeLocation({ location: { type: "url", target: "https://github.com/acme/manual" } });
    assert.deepEqual(answer.existingEntityFiles, []);
    assert.equal(answer.generateEntities[0].entity.metadata.name, "manual");
    await refused(400, client.analyzeLocation({ location: { type: "url", target: "nothing" } }));
  },
  "addLocation as a rehearsal stores nothing": async () => {
    const answer = await client.addLocation({ target: `${MANUAL}/one.yaml`, dryRun: true });
    assert.deepEqual([answer.exists, answer.location.type], [false, "url"]);
    assert.deepEqual(answer.entities.map((entity) => entity.kind).sort(), ["Component", "Location"]);
    assert.deepEqual(await client.getLocations(), { items: [] });
    await refused(400, client.addLocation({ target: `${MANUAL}/broken.yaml`, dryRun: true }));
    await refused(400, client.addLocation({ target: `${MANUAL}/absent.yaml`, dryRun: true }));
  },
  "addLocation, then every way to find it": async () => {
    const { location, entities } = await client.addLocation({ target: `${MANUAL}/one.yaml` });
    assert.deepEqual([location.type, location.target, entities], ["url", `${MANUAL}/one.yaml`, []]);
    await refused(409, client.addLocation({ target: location.target }));
    const again = await client.addLocation({ target: location.target, onConflict: "refresh" });
    assert.equal(again.location.id, location.id);
    await until(async () => client.getEntityByRef("component:default/one"));
    assert.deepEqual((await client.getLocations()).items, [location]);
    assert.deepEqual(await client.getLocationById(location.id), location);
    assert.deepEqual(await client.getLocationByRef(`url:${location.target}`), location);
    assert.deepEqual(await client.getLocationByEntity("component:default/one"), location);
    assert.equal(await client.getLocationById(MISSING), undefined);
    assert.equal(await client.getLocationByRef("url:https://nowhere.example/x.yaml"), undefined);
    assert.equal(await client.getLocationByEntity("component:default/nobody"), undefined);
  },
  "queryLocations and streamLocations in pages": async () => {
    const target = "https://github.com/acme/manual/blob/main/absent.yaml";
    await client.addLocation({ type: "url", target });
    const first = await client.queryLocations({ limit: 1, query: { type: "url" } });
    assert.deepEqual([first.items.length, first.totalItems], [1, 2]);
    const second = await client.queryLocations({ cursor: first.pageInfo.nextCursor });
    assert.deepEqual([second.items.length, second.pageInfo.nextCursor], [1, undefined]);
    const some = await client.queryLocations({ query: { target: { $hasPrefix: `${MANUAL}/ABS` } } });
    assert.deepEqual(some.items.map((location) => location.target), [target]);
    const pages = await collected(client.streamLocations({ limit: 1 }));
    assert.deepEqual(pages.flat().map((location) => location.target).sort(), [target, `${MANUAL}/one.yaml`]);
    await refused(400, client.queryLocations({ query: { unknown: "x" } }));
  },
  "updateLocation moves it": async () => {
    const before = await client.getLocationByRef(`url:${MANUAL}/one.yaml`);
    const after = await client.updateLocation(before.id, { target: `${MANUAL}/other.yaml` });
    assert.deepEqual(after, { ...before, target: `${MANUAL}/other.yaml` });
    await until(async () => client.getEntityByRef("component:default/other"));
    await until(async () => !(await client.getEntityByRef("component:default/one")));
    await refused(404, client.updateLocation(MISSING, { target: `${MANUAL}/one.yaml` }));
    await refused(409, client.updateLocation(before.id, { target: `${MANUAL}/absent.yaml` }));
  },
  "removeLocationById takes its entities with it": async () => {
    for (const { id } of (await client.getLocations()).items) {
      assert.equal(await client.removeLocationById(id), undefined);
    }
    await until(async () => !(await client.getEntityByRef("component:default/other")));
    assert.deepEqual(await client.getLocations(), { items: [] });
    await refused(404, client.removeLocationById(MISSING));
  },
  "removeEntityByUid, after which what is still declared comes back": async () => {
    const { uid } = (await client.getEntityByRef(ref(7))).metadata;
    assert.equal(await client.removeEntityByUid(uid), undefined);
    await until(async () => client.getEntityByRef(ref(7)));
    assert.equal(await client.removeEntityByUid(MISSING), undefined);
  },
};

function service(n) {
  return `service-${String(n).padStart(2, "0")}`;
}

function ref(n) {
  return `component:default/${service(n)}`;
}

function range(from, to) {
  return Array.from({ length: to - from }, (_, n) => service(from + n));
}

function name(entity) {
  return entity.metadata.name;
}

function names(answer) {
  return answer.items.map(name);
}

/** The client, which notes whose methods a check calls (not what they call themselves). */
function recorded(target) {
  const get = (from, key) => {
    if (typeof from[key] !== "function") return from[key];
    called.add(key);
    return from[key].bind(from);
  };
  return new Proxy(target, { get });
}

async function collected(pages) {
  const all = [];
  for await (const page of pages) all.push(page);
  return all;
}

async function refused(status, answer) {
  await assert.rejects(answer, (error) => {
    assert.deepEqual([error.name, error.statusCode], ["ResponseError", status]);
    assert.ok(error.body.error.message, "the error says nothing");
    return true;
  });
}

async function until(look) {
  const deadline = Date.now() + 30_000;
  while (!(await look())) {
    assert.ok(Date.now() < deadline, `after 30 s still not: ${look}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

async function main() {
  const failed = {};
  for (const [check, run] of Object.entries(CHECKS)) {
    try {
      await run();
    } catch (error) {
      failed[check] = `${error.message}${error.body ? ` ${JSON.stringify(error.body)}` : ""}`;
    }
  }
  process.stdout.write(JSON.stringify({ called: [...called].sort(), failed }));
}

main();
