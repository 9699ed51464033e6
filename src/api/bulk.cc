#include "api/bulk.h"

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "api/collect_request.h"
#include "api/rejections.h"
#include "base/mutex.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr size_t kMaxUnderWay = 512;
// When other senders fill the collector.
constexpr std::chrono::milliseconds kRetry{5};

// Lines that were handed on, and what came of them. Shared with the callbacks, which may come after an early
// end. Thread-safe.
class LinesUnderWay {
 public:
  void Begin() {
    const MutexLock lock(mutex_);
    ++under_way_;
    ++summary_.lines;
  }

  void End(uint64_t line, const Result<CollectOutcome>& outcome) {
    MutexLock lock(mutex_);
    --under_way_;
    if (outcome) {
      Count(line, *outcome);
    } else {
      CountFailure(line, outcome.error());
    }
    if (!go_on_ || under_way_ > go_on_at_) return;
    const auto go_on = std::exchange(go_on_, nullptr);
    lock.unlock();
    go_on();
  }

  // Takes back a Begin.
  void Postpone() {
    const MutexLock lock(mutex_);
    --under_way_;
    --summary_.lines;
  }

  size_t count() const {
    const MutexLock lock(mutex_);
    return under_way_;
  }

  // true when at most `count` are under way. Else `go_on` is called once, as soon as that is so, on any
  // thread; until then there may be no other. It must not block.
  bool IsAtMost(size_t count, std::function<void()> go_on) {
    const MutexLock lock(mutex_);
    if (under_way_ <= count) return true;
    go_on_at_ = count;
    go_on_ = std::move(go_on);
    return false;
  }

  std::optional<Error> failure() const {
    const MutexLock lock(mutex_);
    return failure_;
  }

  BulkSummary TakeSummary() {
    const MutexLock lock(mutex_);
    return std::move(summary_);
  }

 private:
  void Count(uint64_t line, const CollectOutcome& outcome) RAWHAUL_REQUIRES(mutex_) {
    summary_.accepted += outcome.accepted;
    summary_.rejected_records += outcome.rejected.size();
    for (const Rejection& rejection : outcome.rejected) List({line, rejection.index, rejection.error});
  }

  // The sender can mend a bad line, but not a server that cannot write.
  void CountFailure(uint64_t line, const Error& error) RAWHAUL_REQUIRES(mutex_) {
    if (error.code != ErrorCode::kInvalidArgument && error.code != ErrorCode::kTooLarge) {
      if (!failure_) failure_ = error;
      return;
    }
    ++summary_.rejected_lines;
    List({line, std::nullopt, error});
  }

  void List(BulkSummary::Item item) RAWHAUL_REQUIRES(mutex_) {
    if (summary_.rejected.size() < kMaxListedRejections) summary_.rejected.push_back(std::move(item));
  }

  mutable Mutex mutex_;
  size_t under_way_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  size_t go_on_at_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  std::function<void()> go_on_ RAWHAUL_GUARDED_BY(mutex_);
  BulkSummary summary_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
};

// Cuts a text that comes in parts into lines.
class LineCutter {
 public:
  void Add(std::string part) {
    part_ = std::move(part);
    position_ = 0;
  }
  void End() { ended_ = true; }
  bool ended() const { return ended_; }

  // nullopt when more has to be added, or at the end. A line that is too long comes cut off, longer than
  // kMaxBatchBytes, and its rest is skipped.
  std::optional<std::string> Next() {
    if (position_ < part_.size()) {
      in_line_ = true;
      const size_t end = std::min(part_.find('\n', position_), part_.size());
      if (line_.size() <= kMaxBatchBytes) line_.append(part_, position_, end - position_);
      position_ = std::min(end + 1, part_.size());
      if (end < part_.size()) return TakeLine();
    }
    if (ended_ && in_line_) return TakeLine();
    return std::nullopt;
  }

 private:
  std::string TakeLine() {
    in_line_ = false;
    return std::exchange(line_, {});
  }

  std::string part_;
  size_t position_ = 0;  // of what was not looked at
  std::string line_;     // its beginning
  bool in_line_ = false;
  bool ended_ = false;
};

bool IsBlank(const std::string& line) { return line.find_first_not_of(" \t\r") == std::string::npos; }

// Hands the line on. false when the collector is too full for it.
bool Submit(uint32_t app, uint64_t number, const std::string& line, Collector& collector,
            const std::shared_ptr<LinesUnderWay>& lines) {
  // Back-pressure is told while the line is still at hand, or later, when it is an error of the request.
  enum class State { kAtHand, kFull, kHandedOn };
  const auto state = std::make_shared<std::atomic<State>>(State::kAtHand);
  lines->Begin();
  collector.CollectHistory(app, line, [state, lines, number](const Result<CollectOutcome>& outcome) {
    const bool is_full = !outcome && outcome.error().code == ErrorCode::kResourceExhausted;
    State at_hand = State::kAtHand;
    if (is_full && state->compare_exchange_strong(at_hand, State::kFull)) return;
    lines->End(number, outcome);
  });
  State at_hand = State::kAtHand;
  if (state->compare_exchange_strong(at_hand, State::kHandedOn)) return true;
  lines->Postpone();
  return false;
}

class BulkTaker final : public http::BodyTaker, public std::enable_shared_from_this<BulkTaker> {
 public:
  BulkTaker(uint32_t app, Collector& collector, http::Responder respond)
      : app_(app), collector_(collector), respond_(std::move(respond)) {}

  void Take(std::string part, std::function<void()> more) override {
    cutter_.Add(std::move(part));
    more_ = std::move(more);
    GoOn();
  }

  void End() override {
    cutter_.End();
    GoOn();
  }

 private:
  // Hands on what there is. On one thread at a time: nothing else is begun before it comes to its end or is
  // called again.
  void GoOn() {
    while (!lines_->failure()) {
      if (!line_ && !NextLine()) break;
      // Where there are too many, it waits for half of them, and not for each.
      if (lines_->count() >= kMaxUnderWay && !lines_->IsAtMost(kMaxUnderWay / 2, Again())) return;
      if (!Submit(app_, number_, *line_, collector_, lines_)) return WaitForRoom();
      line_.reset();
    }
    if (cutter_.ended() || lines_->failure()) return AnswerWhenStored();
    std::exchange(more_, nullptr)();
  }

  // false when there is none.
  bool NextLine() {
    do {
      line_ = cutter_.Next();
      if (line_) ++number_;
    } while (line_ && IsBlank(*line_));
    return line_.has_value();
  }

  // The collector is full: of the lines that went before, or of others' batches.
  void WaitForRoom() {
    const size_t count = lines_->count();
    if (count == 0 || lines_->IsAtMost(count - 1, Again())) {
      respond_.Run([self = shared_from_this()] { self->GoOn(); }, kRetry);
    }
  }

  void AnswerWhenStored() {
    if (!lines_->IsAtMost(0,
                          [self = shared_from_this()] { self->respond_.Run([self] { self->Answer(); }); })) {
      return;
    }
    Answer();
  }

  void Answer() {
    if (const auto failure = lines_->failure()) return respond_(Refusal(*failure));
    respond_(http::JsonResponse(200, json::serialize(ToJson(lines_->TakeSummary()))));
  }

  // Called on the collector's thread, which must not be kept.
  std::function<void()> Again() {
    return [self = shared_from_this()] { self->respond_.Run([self] { self->GoOn(); }); };
  }

  const uint32_t app_;
  Collector& collector_;
  const http::Responder respond_;
  const std::shared_ptr<LinesUnderWay> lines_ = std::make_shared<LinesUnderWay>();
  LineCutter cutter_;
  std::optional<std::string> line_;  // the one to hand on next
  uint64_t number_ = 0;              // its number
  std::function<void()> more_;
};

}  // namespace

std::shared_ptr<http::BodyTaker> TakeBulk(uint32_t app, Collector& collector,
                                          const http::Responder& respond) {
  return std::make_shared<BulkTaker>(app, collector, respond);
}

json::object ToJson(const BulkSummary& summary) {
  json::array rejected;
  for (const BulkSummary::Item& item : summary.rejected) {
    json::object entry{{"line", item.line}};
    if (item.index) entry["index"] = *item.index;
    entry["error"] = ErrorToJson(item.error);
    rejected.push_back(std::move(entry));
  }
  return {{"lines", summary.lines},
          {"accepted", summary.accepted},
          {"rejectedLines", summary.rejected_lines},
          {"rejectedRecords", summary.rejected_records},
          {"rejected", std::move(rejected)}};
}

}  // namespace rawhaul::api
