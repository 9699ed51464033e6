// The rows as the peers get them: the columns of an exported event (docs/exported-files.md).
export const columns = [
  'recordId',
  'deviceId',
  'userId',
  'name',
  'timestamp',
  'infoId',
  'sessionId',
  'locationId',
  'jobId',
  'extras',
  'receivedAt',
];

export const recordsPerBatch = 10;

// What a Session export of activities has, out of a peer's rows: the records of a batch are one session.
export const sessionsQuery =
  'SELECT "deviceId", "sessionId", min("timestamp") AS "start", max("timestamp") AS "end" ' +
  'FROM events GROUP BY "deviceId", "sessionId"';

export const formats = ['json', 'csv'];
export const compressions = ['none', 'gzip', 'zstd'];
