// A segment: some whole elements of an export, encoded and compressed, complete in itself. Files are made of
// segments.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_budget.h"
#include "base/byte_buffer.h"
#include "base/result.h"
#include "exporter/source.h"
#include "format/encoder.h"
#include "model/export_task.h"

namespace rawhaul {

// Bytes as they will stand in a file. They stay where they are until they are uploaded, and count so long.
// The memory is used again: new pages of the system would cost more than what is written into them.
class FileBytes {
 public:
  explicit FileBytes(ByteBuffer bytes, ByteBudget::Lease memory = {})
      : bytes_(std::move(bytes)), memory_(std::move(memory)) {}
  FileBytes(FileBytes&&) noexcept = default;
  FileBytes& operator=(FileBytes&&) = delete;
  ~FileBytes();
  std::string_view view() const { return bytes_.view(); }
  // Other bytes, of about the same size, in the same memory.
  void Replace(ByteBuffer bytes);

 private:
  ByteBuffer bytes_;
  ByteBudget::Lease memory_;
};

struct Segment {
  FileBytes packed;
  uint64_t plain_bytes = 0;  // before compression
  Encoded encoded;
  std::optional<RecordPosition> end;  // PieceReader::position behind it
};

// What is encoded of a piece at a time: most often all of it. Less where the piece pauses, and of a large
// one.
struct EncodedPart {
  std::vector<Segment> segments;
  double share = 1;                   // PieceReader::share behind it
  std::unique_ptr<PieceReader> rest;  // null when the piece is done
};

// What a part of a piece takes from the start of its encoding until its segments are uploaded: a guess from
// above.
uint64_t MemoryOf(const ExportSource& source, size_t piece);

// The reader takes its StateBytes out of `memory`, and keeps them as long as it lives.
Result<std::unique_ptr<PieceReader>> OpenPiece(const ExportSource& source, size_t piece,
                                               ByteBudget::Lease& memory);

// Encodes a piece until it is done, or pauses, or has filled the memory of a part; blocks for the store.
// `memory` is what was granted; the segments take their part of it along. Where it turns out to be too little
// more is taken, and when there is no more the part ends. Safe to call from several threads at once.
Result<EncodedPart> EncodePart(std::unique_ptr<PieceReader> reader, const ExportRequest& request,
                               ByteBudget::Lease memory, std::stop_token stop);

}  // namespace rawhaul
