#include "store/ingest_store.h"

namespace rawhaul {

size_t IngestBatch::MemoryBytes() const {
  size_t bytes = sizeof(IngestBatch) - sizeof(DevicePatch) + device.MemoryBytes() + complete_bytes;
  bytes += records.capacity() * sizeof(PackedRecords) + feedback.capacity() * sizeof(feedback[0]);
  for (const PackedRecords& packed : records) bytes += packed.rows.capacity();
  for (const auto& [key, value] : feedback) bytes += value.answers.capacity() * sizeof(PollAnswer);
  return bytes;
}

}  // namespace rawhaul
