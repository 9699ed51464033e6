#include <algorithm>

#include "exporter/encoded_span.h"
#include "exporter/source.h"

namespace rawhaul {
namespace {

// Small enough that many are under way on many cores and that memory stays small, large enough that opening a
// cursor costs nothing beside reading it.
constexpr uint64_t kPieceStoredBytes = uint64_t{512} << 10;
// Text over stored bytes, from above: records are packed and compressed in the store. Events as JSON lines
// take about ten times what they take there.
constexpr uint64_t kExpansion = 12;

class RecordPiece final : public PieceReader {
 public:
  RecordPiece(const ExportRequest& request, std::unique_ptr<RecordCursor> cursor)
      : encoder_(MakeRecordEncoder(request.type, request.format)), cursor_(std::move(cursor)) {}

  Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
    Encoded sum;
    StoredBatch batch;
    while (out.size() < target_bytes && cursor_->Next(batch)) {
      RAWHAUL_ASSIGN(const Encoded encoded, encoder_->Encode(batch.position.sequence, batch.encoded, out));
      position_ = batch.position;
      Add(sum, encoded);
    }
    RAWHAUL_TRY(cursor_->status());
    return sum;
  }

  std::optional<RecordPosition> position() const override { return position_; }

 private:
  const std::unique_ptr<RecordEncoder> encoder_;
  const std::unique_ptr<RecordCursor> cursor_;
  std::optional<RecordPosition> position_;
};

class RecordSource final : public ExportSource {
 public:
  RecordSource(const ExportRequest& request, const RecordStore& records, std::vector<RecordRange> ranges)
      : request_(request), records_(records), ranges_(std::move(ranges)) {}

  size_t pieces() const override { return ranges_.size(); }
  uint64_t EstimateBytes(size_t piece) const override {
    return ranges_[piece].approximate_bytes * kExpansion;
  }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    RAWHAUL_ASSIGN(auto cursor, records_.Read(ranges_[piece]));
    return std::make_unique<RecordPiece>(request_, std::move(cursor));
  }

 private:
  const ExportRequest request_;
  const RecordStore& records_;
  const std::vector<RecordRange> ranges_;
};

}  // namespace

RecordQuery RecordsOf(const ExportTask& task, RecordKind kind) {
  const DayRange& days = *task.request.days;
  // Records have no hours before 1970, and the nearest one is not theirs.
  const Hour first_hour = days.last < Day() ? 1 : HourOf(Timestamp(days.first));
  return {.app = task.request.app,
          .kind = kind,
          .first_hour = first_hour,
          .last_hour = HourOf(Timestamp(days.last) + std::chrono::hours(23)),
          .cut_off = task.cut_off};
}

Result<std::unique_ptr<ExportSource>> PlanRecords(const ExportTask& task, const Stores& stores,
                                                  const std::optional<RecordPosition>& after,
                                                  const std::stop_token& stop) {
  RecordQuery query = RecordsOf(task, *RecordKindOf(task.request.type));
  query.after = after;
  RAWHAUL_ASSIGN(auto ranges, stores.records().Split(query, kPieceStoredBytes, stop));
  return std::make_unique<RecordSource>(task.request, stores.records(), std::move(ranges));
}

}  // namespace rawhaul
