// Whole record batches for tests and benchmarks: the server makes heads and rows at different times.
#pragma once

#include <string>
#include <string_view>

#include "model/record_batch.h"

namespace rawhaul {

class RecordBatchEncoder {
 public:
  RecordBatchEncoder(RecordKind kind, const Guid& device_id, std::string_view user_id, const Guid& info_id,
                     const Guid& location_id, Timestamp received_at)
      : head_(EncodeRecordBatchHead(kind, device_id, user_id, info_id, location_id, received_at)),
        rows_(received_at) {}

  void Add(const Record& record) { rows_.Add(record); }
  uint32_t rows() const { return rows_.rows(); }
  std::string Finish() { return head_ + rows_.Finish(); }

 private:
  const std::string head_;
  RecordRowsEncoder rows_;
};

}  // namespace rawhaul
