#include "store/store_testing.h"

#include "model/record_batch.h"

namespace rawhaul {

Guid TestGuid(uint64_t number, uint8_t first_byte) {
  Guid guid;
  for (size_t i = 0; i < 8; ++i) guid.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  guid.bytes[0] = first_byte;
  return guid;
}

Timestamp TestTime(int hours) { return FromMillis(1'461'628'800'000) + std::chrono::hours(hours); }

IngestBatch EventBatch(uint32_t app, Timestamp time, std::string_view name) {
  IngestBatch batch;
  batch.app = app;
  batch.received_at = time;
  batch.device_id = TestGuid(1);
  batch.device.Seen(time);
  Record record;
  record.name = name;
  record.time = time;
  RecordRowsEncoder encoder(time);
  encoder.Add(record);
  batch.records.push_back({RecordKind::kEvent, HourOf(time), encoder.Finish()});
  return batch;
}

std::vector<BatchOutcome> WriteEach(Stores& stores, const std::vector<IngestBatch>& batches) {
  std::vector<const IngestBatch*> pointers;
  for (const IngestBatch& batch : batches) pointers.push_back(&batch);
  return stores.ingest().Write(pointers);
}

Status WriteAll(Stores& stores, const std::vector<IngestBatch>& batches) {
  for (const BatchOutcome& outcome : WriteEach(stores, batches)) RAWHAUL_TRY(outcome.ToStatus());
  return {};
}

Result<std::vector<NamedRecord>> ReadNames(const Stores& stores, const RecordRange& range) {
  std::vector<NamedRecord> names;
  RAWHAUL_ASSIGN(const auto cursor, stores.records().Read(range));
  for (StoredBatch batch; cursor->Next(batch);) {
    RAWHAUL_ASSIGN(auto reader, RecordBatchReader::Open(batch.encoded));
    for (RecordRow row; reader.Next(row);) names.emplace_back(batch.position.sequence, row.name.json);
    RAWHAUL_TRY(reader.status());
  }
  RAWHAUL_TRY(cursor->status());
  return names;
}

RecordRange WholeRange(const RecordQuery& query) { return {query, 0, UINT64_MAX, 0}; }

RecordQuery EventQuery(uint32_t app, Timestamp first, Timestamp last, uint64_t cut_off) {
  return {app, RecordKind::kEvent, HourOf(first), HourOf(last), cut_off};
}

Result<std::vector<std::string>> AllEventNames(const Stores& stores, uint32_t app) {
  const auto query = EventQuery(app, FromMillis(0), FromMillis(INT64_MAX), UINT64_MAX);
  RAWHAUL_ASSIGN(const auto records, ReadNames(stores, WholeRange(query)));
  std::vector<std::string> names;
  for (const auto& [sequence, name] : records) names.push_back(name);
  return names;
}

}  // namespace rawhaul
