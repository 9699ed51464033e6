// A segment: some whole elements of an export, encoded and compressed, complete in itself. Files are made of
// segments.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/result.h"
#include "exporter/source.h"
#include "format/encoder.h"
#include "model/export_task.h"

namespace rawhaul {

struct Segment {
  std::string bytes;         // as they will stand in the file
  uint64_t plain_bytes = 0;  // before compression
  Encoded encoded;
};

struct EncodedPiece {
  std::vector<Segment> segments;
  ByteBudget::Lease memory;
};

// Reads and encodes one piece of the source; blocks for the store. Safe to call from several threads at once.
Result<EncodedPiece> EncodePiece(const ExportSource& source, size_t piece, const ExportRequest& request,
                                 std::stop_token stop);

}  // namespace rawhaul
