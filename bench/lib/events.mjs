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
export const formats = ['json', 'csv'];
export const compressions = ['none', 'gzip', 'zstd'];
