// Turns stored data into the text of exported files. Encoders append to a buffer and never allocate per
// field.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "base/time.h"
#include "model/device.h"
#include "model/export_task.h"
#include "model/feedback.h"
#include "model/record_batch.h"

namespace rawhaul {

// The frame of a file, which stands around its elements: for CSV the header line, for a JSON array its
// brackets. A file is: head, what the encoders appended with `separator` between what is not empty, tail.
// Lines of CSV and JSON lines bring their own line end, so their separator is empty.
struct FileFrame {
  std::string head;
  std::string separator;
  std::string tail;

  bool operator==(const FileFrame&) const = default;
};
FileFrame FrameOf(ExportType type, ExportFormat format);

// What was appended by a call: rows (records) and, of historical types, the span of their times.
struct Encoded {
  uint64_t rows = 0;
  std::optional<Timestamp> first = {};
  std::optional<Timestamp> last = {};
};

// All encoders append whole elements: `out` ends without a separator, and one is put in front of the first
// element when `out` is not empty. One call appends all the elements of its input, or, at an error, leaves
// `out` as it was.

// Activity, Event, Error, Crash, Job, Session. Used by one thread; make one for many batches, since it keeps
// what neighbouring batches have in common.
class RecordEncoder {
 public:
  virtual ~RecordEncoder() = default;
  // `batch` is an encoded RecordBatch (model/record_batch.h) of the type's kind; kDataLoss when it is not.
  virtual Result<Encoded> Encode(uint64_t sequence, std::string_view batch, ByteBuffer& out) = 0;
  // A record that is stored in no batch. REQUIRES head.kind to be the type's.
  virtual Encoded EncodeRow(const RecordId& id, const RecordBatchHead& head, const RecordRow& row,
                            ByteBuffer& out) = 0;
};
// REQUIRES RecordKindOf(type).
std::unique_ptr<RecordEncoder> MakeRecordEncoder(ExportType type, ExportFormat format);

// Tag, Token, Device. A device that has nothing of what the type exports (no tag, no token) appends nothing.
Encoded EncodeDevice(ExportType type, ExportFormat format, const Device& device, ByteBuffer& out);
// Push. `user_id` is empty when unknown.
Encoded EncodeFeedback(ExportFormat format, const FeedbackKey& key, const Feedback& feedback,
                       std::string_view user_id, ByteBuffer& out);

}  // namespace rawhaul
