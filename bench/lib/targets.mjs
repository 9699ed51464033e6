// What the project wants to reach, on two cores.

// How many times as fast as the fastest peer of the same run.
export const exportRatio = {
  'json none': 2.5,
  'csv none': 2.5,
  'json gzip': 7,
  'csv gzip': 5,
  'json zstd': 3,
};
export const batchRecordsPerSecond = 150_000;
export const batchP99Ms = 50; // at half of that load
export const bulkRatio = 1; // to ClickHouse's insert as JSONEachRow
export const diskBytesPerRecord = 80;
export const exportPeakMib = 400;
