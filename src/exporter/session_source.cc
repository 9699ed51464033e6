#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/encoded_span.h"
#include "exporter/session_deriver.h"
#include "exporter/source.h"

namespace rawhaul {
namespace {

// No record has these hours, and they sort behind all that have one.
constexpr Hour kNoHour = std::numeric_limits<Hour>::max();
constexpr Hour kDerivedHour = kNoHour - 1;
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

// What is read for a part of the sessions.
struct Pass {
  SessionShare share;
  uint64_t first_batch = 0;  // sessions that were over before so many batches were read are given already
};

// Where derived sessions begin, and how they are read.
struct DerivedPlan {
  ExportRequest request;
  Hour first_hour;
  Hour last_hour;
  uint64_t max_open_bytes;
  uint64_t skip;  // the first rows, which were written by an earlier run
};
using OpenRecords = std::function<Result<std::unique_ptr<RecordCursor>>(Hour first)>;

// Writes sessions as they end, so that memory holds only those that have not. What does not fit waits for a
// pass of its own.
class DerivedPiece final : public PieceReader {
 public:
  DerivedPiece(const DerivedPlan& plan, OpenRecords open)
      : plan_(plan),
        encoder_(MakeRecordEncoder(plan.request.type, plan.request.format)),
        open_(std::move(open)),
        deriver_(DeriverOf({})) {}

  Status Start() { return StartPass({}); }

  Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
    Encoded sum;
    size_t read = 0;
    paused_ = false;
    while (out.size() < target_bytes) {
      RAWHAUL_TRY(input_->status());
      if (const auto ended = deriver_.TakeEnded(next_.position.hour)) {
        if (IsWanted()) Add(sum, Write(*ended, *encoder_, out));
      } else if (deriver_.IsDone(next_.position.hour)) {
        if (to_come_.empty()) break;
        RAWHAUL_TRY(StartNextPass());
      } else if (read > kTurnBytes) {
        paused_ = true;
        break;
      } else {
        read += next_.encoded.size();
        RAWHAUL_TRY(ReadOn());
      }
    }
    NoteProgress();
    return sum;
  }

  bool paused() const override { return paused_; }
  double share() const override { return share_; }
  std::optional<RecordPosition> position() const override { return RecordPosition{kDerivedHour, rows_}; }

 private:
  SessionDeriver DeriverOf(const SessionShare& share) const {
    return {plan_.first_hour, plan_.last_hour, share, plan_.max_open_bytes};
  }

  // Whether the row of a session that is over now is still to be written.
  bool IsWanted() { return batches_ >= pass_.first_batch && ++rows_ > plan_.skip; }

  Status StartPass(const Pass& pass) {
    pass_ = pass;
    batches_ = 0;
    deriver_ = DeriverOf(pass.share);
    RAWHAUL_ASSIGN(input_, open_(deriver_.ReadFrom()));
    ReadNext();
    return input_->status();
  }

  Status StartNextPass() {
    passed_ += std::ldexp(1, -static_cast<int>(deriver_.share().bits));
    const Pass next = to_come_.back();
    to_come_.pop_back();
    return StartPass(next);
  }

  Status ReadOn() {
    ++batches_;
    RAWHAUL_TRY(deriver_.Add(next_));
    for (const SessionShare& dropped : deriver_.TakeDropped())
      to_come_.push_back({dropped, std::max(batches_, pass_.first_batch)});
    ReadNext();
    return {};
  }

  void ReadNext() {
    if (!input_->Next(next_)) next_ = {{kNoHour, 0}, {}};
  }

  // It never goes back, though a pass turns out to be one of several.
  void NoteProgress() {
    const double of_pass = deriver_.ShareBefore(next_.position.hour);
    share_ = std::max(share_, passed_ + std::ldexp(of_pass, -static_cast<int>(deriver_.share().bits)));
  }

  const DerivedPlan plan_;
  const std::unique_ptr<RecordEncoder> encoder_;
  const OpenRecords open_;
  SessionDeriver deriver_;
  std::unique_ptr<RecordCursor> input_;
  StoredBatch next_;  // of kNoHour at the end
  Pass pass_;
  uint64_t batches_ = 0;       // that were read in this pass
  std::vector<Pass> to_come_;  // the last one is next
  uint64_t rows_ = 0;
  double passed_ = 0;  // how much of all sessions the passes before this one have given
  double share_ = 0;
  bool paused_ = false;
};

// The last piece is what is derived, the others are those of the records.
class SessionSource final : public ExportSource {
 public:
  // `activities` are those of the task's days, and a guess of their bytes.
  SessionSource(const RecordStore& store, std::unique_ptr<const ExportSource> records,
                const RecordQuery& activities, uint64_t bytes, DerivedPlan plan)
      : store_(store),
        records_(std::move(records)),
        activities_(activities),
        bytes_(bytes),
        plan_(std::move(plan)) {}

  size_t pieces() const override { return records_->pieces() + 1; }
  uint64_t EstimateBytes(size_t piece) const override {
    return IsDerived(piece) ? bytes_ * kExpansion : records_->EstimateBytes(piece);
  }
  uint64_t StateBytes(size_t piece) const override {
    return IsDerived(piece) ? std::min(plan_.max_open_bytes, kMaxOpenSessionBytes) : 0;
  }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    if (!IsDerived(piece)) return records_->Open(piece);
    auto derived = std::make_unique<DerivedPiece>(
        plan_,
        [&store = store_, activities = activities_](Hour first) { return Read(store, activities, first); });
    RAWHAUL_TRY(derived->Start());
    return derived;
  }

 private:
  bool IsDerived(size_t piece) const { return piece == records_->pieces(); }

  // Sessions and activities from this hour on.
  static Result<std::unique_ptr<RecordCursor>> Read(const RecordStore& store, RecordQuery query, Hour first) {
    query.first_hour = first;
    query.last_hour = kDerivedHour - 1;
    RAWHAUL_ASSIGN(auto activities, store.Read(All(query)));
    query.kind = RecordKind::kSession;
    RAWHAUL_ASSIGN(auto sessions, store.Read(All(query)));
    return std::make_unique<BothKinds>(std::move(sessions), std::move(activities));
  }

  const RecordStore& store_;
  const std::unique_ptr<const ExportSource> records_;
  const RecordQuery activities_;
  const uint64_t bytes_;
  const DerivedPlan plan_;
};

}  // namespace

// The position in the derived piece is the number of its rows, in an hour behind those of all records. Older
// servers said another hour, and kept all open sessions: what they began goes on in their order.
Result<std::unique_ptr<ExportSource>> PlanSessions(const ExportTask& task, const Stores& stores,
                                                   const std::optional<RecordPosition>& after,
                                                   const std::stop_token& stop, uint64_t max_open_bytes) {
  RAWHAUL_ASSIGN(auto records, PlanRecords(task, stores, after, stop));
  const RecordQuery activities = RecordsOf(task, RecordKind::kActivity);
  RAWHAUL_ASSIGN(const auto whole,
                 stores.records().Split(activities, std::numeric_limits<uint64_t>::max(), stop));
  if (whole.empty()) return records;
  const bool is_old = after && after->hour == kNoHour;
  const bool is_derived = after && after->hour >= kDerivedHour;
  return std::make_unique<SessionSource>(stores.records(), std::move(records), activities,
                                         whole.front().approximate_bytes,
                                         DerivedPlan{.request = task.request,
                                                     .first_hour = activities.first_hour,
                                                     .last_hour = activities.last_hour,
                                                     .max_open_bytes = is_old ? UINT64_MAX : max_open_bytes,
                                                     .skip = is_derived ? after->sequence : 0});
}

}  // namespace rawhaul
