// Reading of historical records, as exports need it. Thread-safe; implementations live in folders of their
// own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace rawhaul {

// The records of one app, one kind and a span of hours that were stored up to a cut-off.
struct RecordQuery {
  uint32_t app = 0;
  RecordKind kind = RecordKind::kEvent;
  Hour first_hour = 0;
  Hour last_hour = 0;                                  // included
  uint64_t cut_off = 0;                                // the last sequence that counts
  std::optional<RecordPosition> after = std::nullopt;  // only what is stored behind it
};

// A part of a query that can be read by itself: batches with (hour, sequence) from first to last, both
// included.
struct RecordRange {
  RecordQuery query;
  uint64_t first_sequence = 0;     // in query.first_hour
  uint64_t last_sequence = 0;      // in query.last_hour
  uint64_t approximate_bytes = 0;  // as stored
};

struct StoredBatch {
  RecordPosition position;
  std::string_view encoded;  // a RecordBatch; valid until the next call on the cursor
};

// In order of (hour, sequence). Used by one thread at a time. Must not outlive the store.
class RecordCursor {
 public:
  virtual ~RecordCursor() = default;
  // False at the end and at an error; status() tells which.
  virtual bool Next(StoredBatch& batch) = 0;
  virtual Status status() const = 0;
};

class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // The sequence of the last batch that is durable: the cut-off of a task created now.
  virtual uint64_t LastSequence() const = 0;
  // Cuts the query into ranges of about `target_bytes` each as stored; together and in order they are the
  // query, each batch in exactly one. No range for what surely holds nothing. Takes time as there are ranges;
  // kCanceled soon after `stop`.
  virtual Result<std::vector<RecordRange>> Split(const RecordQuery& query, uint64_t target_bytes,
                                                 const std::stop_token& stop) const = 0;
  virtual Result<std::unique_ptr<RecordCursor>> Read(const RecordRange& range) const = 0;
};

}  // namespace rawhaul
