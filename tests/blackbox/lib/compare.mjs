// Compares exported records with expected ones, whatever their order.
import assert from 'node:assert/strict';

// JSON with sorted keys: equal objects have equal text.
export function canonical(value) {
  return JSON.stringify(value, (key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

// Ids are made of content: equal content has equal ids, and unequal content unequal ones. Keep one book over
// all that is exported of a server, since ids must agree everywhere.
export class IdBook {
  #contents = new Map();
  #ids = new Map();

  check(what, id, content) {
    if (content === undefined) {
      assert.equal(id, undefined, `there is no ${what} where nothing is known`);
      return;
    }
    assert.match(id, /^[0-9a-f]{32}$/, what);
    const key = `${what} ${canonical(content)}`;
    assert.equal(this.#ids.get(key) ?? id, id, `equal content has one ${what}`);
    assert.equal(this.#contents.get(id) ?? key, key, `a ${what} stands for one content`);
    this.#ids.set(key, id);
    this.#contents.set(id, key);
  }
}

const byText = (a, b) => (a.text < b.text ? -1 : 1);

function sorted(records, omitted) {
  return records
    .map((record) => {
      const rest = { ...record };
      for (const key of omitted) delete rest[key];
      return { record, rest, text: canonical(rest) };
    })
    .sort(byText);
}

// `columns`: which fields the type has; expected fields that it lacks do not count (a job has no location,
// say).
export function assertSameRecords(actual, expected, columns, book) {
  const found = sorted(actual, ['recordId', 'receivedAt', 'infoId', 'locationId']);
  const wanted = sorted(expected, ['info', 'location']);
  assert.deepEqual(
    found.map((entry) => entry.rest),
    wanted.map((entry) => entry.rest),
  );
  for (const [i, { record }] of found.entries()) {
    const { info, location } = wanted[i].record;
    if (columns.includes('infoId')) book.check('infoId', record.infoId, info);
    if (columns.includes('locationId')) book.check('locationId', record.locationId, location);
  }
}

export function assertUniqueRecordIds(records) {
  const ids = records.map((record) => record.recordId);
  assert.equal(new Set(ids).size, ids.length, 'record ids are unique');
  return new Map(records.map((record) => [record.recordId, canonical({ ...record, recordId: undefined })]));
}
