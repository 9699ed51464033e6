#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "exporter/encoded_span.h"
#include "exporter/session_deriver.h"
#include "exporter/source.h"

namespace rawhaul {
namespace {

// No record has this hour, and it sorts behind all that have one.
constexpr Hour kNoHour = std::numeric_limits<Hour>::max();
// A session has several activities, and takes about as much text as one of them.
constexpr uint64_t kExpansion = 4;
// What a thread reads before others get their turn.
constexpr size_t kTurnBytes = size_t{1} << 20;
// No sequence has this bit, so that no record has the id of a derived session.
constexpr uint64_t kDerivedBit = uint64_t{1} << 63;

RecordRange All(const RecordQuery& query) { return {query, 0, std::numeric_limits<uint64_t>::max(), 0}; }

// Sessions and activities, in order of hours.
class BothKinds final : public RecordCursor {
 public:
  BothKinds(std::unique_ptr<RecordCursor> sessions, std::unique_ptr<RecordCursor> activities)
      : inputs_{Input{std::move(sessions), {}}, Input{std::move(activities), {}}} {
    for (Input& input : inputs_) input.Read();
  }

  bool Next(StoredBatch& batch) override {
    if (given_ != nullptr) given_->Read();
    given_ = inputs_[1].batch.position.hour < inputs_[0].batch.position.hour ? &inputs_[1] : &inputs_[0];
    batch = given_->batch;
    return batch.position.hour != kNoHour && status();
  }

  Status status() const override {
    RAWHAUL_TRY(inputs_[0].cursor->status());
    return inputs_[1].cursor->status();
  }

 private:
  struct Input {
    std::unique_ptr<RecordCursor> cursor;
    StoredBatch batch;

    void Read() {
      if (!cursor->Next(batch)) batch = {{kNoHour, 0}, {}};
    }
  };

  std::array<Input, 2> inputs_;
  Input* given_ = nullptr;  // last
};

RecordId IdOf(const DerivedSession& session) {
  return {session.activity.sequence | kDerivedBit, session.activity.row};
}

Encoded Write(const DerivedSession& session, RecordEncoder& encoder, ByteBuffer& out) {
  const RecordBatchHead head{.kind = RecordKind::kSession,
                             .device_id = session.device_id,
                             .info_id = session.info_id,
                             .location_id = session.location_id,
                             .received_at = session.received_at,
                             .user_id = {session.user_id, session.user_id_is_plain}};
  RecordRow row;
  row.time = session.start;
  row.start = session.start;
  row.end = session.end;
  row.session_id = session.session_id;
  return encoder.EncodeRow(IdOf(session), head, row, out);
}

// Writes sessions as they end, so that memory holds only those that have not.
class DerivedPiece final : public PieceReader {
 public:
  // The first `skip` rows were written by an earlier run.
  DerivedPiece(const ExportRequest& request, SessionDeriver deriver, std::unique_ptr<RecordCursor> input,
               uint64_t skip)
      : encoder_(MakeRecordEncoder(request.type, request.format)),
        deriver_(std::move(deriver)),
        input_(std::move(input)),
        skip_(skip) {
    ReadNext();
  }

  Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
    Encoded sum;
    size_t read = 0;
    paused_ = false;
    while (out.size() < target_bytes) {
      RAWHAUL_TRY(input_->status());
      if (const auto ended = deriver_.TakeEnded(next_.position.hour)) {
        if (++rows_ > skip_) Add(sum, Write(*ended, *encoder_, out));
      } else if (deriver_.IsDone(next_.position.hour)) {
        break;
      } else if (read > kTurnBytes) {
        paused_ = true;
        break;
      } else {
        read += next_.encoded.size();
        RAWHAUL_TRY(deriver_.Add(next_));
        ReadNext();
      }
    }
    return sum;
  }

  bool paused() const override { return paused_; }
  double share() const override { return deriver_.ShareBefore(next_.position.hour); }
  std::optional<RecordPosition> position() const override { return RecordPosition{kNoHour, rows_}; }

 private:
  void ReadNext() {
    if (!input_->Next(next_)) next_ = {{kNoHour, 0}, {}};
  }

  const std::unique_ptr<RecordEncoder> encoder_;
  SessionDeriver deriver_;
  const std::unique_ptr<RecordCursor> input_;
  const uint64_t skip_;
  uint64_t rows_ = 0;
  StoredBatch next_;  // of kNoHour at the end
  bool paused_ = false;
};

// The last piece is what is derived, the others are those of the records.
class SessionSource final : public ExportSource {
 public:
  // `activities` are those of the task's days, and a guess of their bytes.
  SessionSource(const ExportRequest& request, const RecordStore& store,
                std::unique_ptr<const ExportSource> records, const RecordQuery& activities, uint64_t bytes,
                uint64_t skip)
      : request_(request),
        store_(store),
        records_(std::move(records)),
        activities_(activities),
        bytes_(bytes),
        skip_(skip) {}

  size_t pieces() const override { return records_->pieces() + 1; }
  uint64_t EstimateBytes(size_t piece) const override {
    return piece < records_->pieces() ? records_->EstimateBytes(piece) : bytes_ * kExpansion;
  }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    if (piece < records_->pieces()) return records_->Open(piece);
    SessionDeriver deriver(activities_.first_hour, activities_.last_hour);
    RecordQuery query = activities_;
    query.first_hour = deriver.ReadFrom();
    query.last_hour = kNoHour - 1;
    RAWHAUL_ASSIGN(auto activities, store_.Read(All(query)));
    query.kind = RecordKind::kSession;
    RAWHAUL_ASSIGN(auto sessions, store_.Read(All(query)));
    return std::make_unique<DerivedPiece>(
        request_, std::move(deriver), std::make_unique<BothKinds>(std::move(sessions), std::move(activities)),
        skip_);
  }

 private:
  const ExportRequest request_;
  const RecordStore& store_;
  const std::unique_ptr<const ExportSource> records_;
  const RecordQuery activities_;
  const uint64_t bytes_;
  const uint64_t skip_;
};

}  // namespace

// The position in the derived piece is the number of its rows, in an hour behind those of all records.
Result<std::unique_ptr<ExportSource>> PlanSessions(const ExportTask& task, const Stores& stores,
                                                   const std::optional<RecordPosition>& after,
                                                   const std::stop_token& stop) {
  RAWHAUL_ASSIGN(auto records, PlanRecords(task, stores, after, stop));
  const RecordQuery activities = RecordsOf(task, RecordKind::kActivity);
  RAWHAUL_ASSIGN(const auto whole,
                 stores.records().Split(activities, std::numeric_limits<uint64_t>::max(), stop));
  if (whole.empty()) return records;
  const uint64_t skip = after && after->hour == kNoHour ? after->sequence : 0;
  return std::make_unique<SessionSource>(task.request, stores.records(), std::move(records), activities,
                                         whole.front().approximate_bytes, skip);
}

}  // namespace rawhaul
