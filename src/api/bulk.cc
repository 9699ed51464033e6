#include "api/bulk.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <utility>

#include "api/rejections.h"
#include "base/mutex.h"
#include "http/router.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr size_t kMaxUnderWay = 512;

// Lines that were handed on, and what came of them. Shared with the callbacks, which may come after an early
// end.
class LinesUnderWay {
 public:
  void Begin() {
    const MutexLock lock(mutex_);
    ++under_way_;
    ++summary_.lines;
  }

  void End(uint64_t line, const Result<CollectOutcome>& outcome) {
    const MutexLock lock(mutex_);
    --under_way_;
    if (outcome) {
      Count(line, *outcome);
    } else {
      CountFailure(line, outcome.error());
    }
    if (under_way_ == 0 || under_way_ == kMaxUnderWay / 2) changed_.notify_all();
  }

  // Takes back a Begin: the collector is full, the line is tried again after a while.
  void Postpone() {
    MutexLock lock(mutex_);
    --under_way_;
    --summary_.lines;
    changed_.wait_for(lock, std::chrono::milliseconds(5));
  }

  // Where there are too many, waits for half of them, and not for each.
  void WaitForRoom() {
    MutexLock lock(mutex_);
    if (under_way_ < kMaxUnderWay) return;
    while (under_way_ > kMaxUnderWay / 2) changed_.wait(lock);
  }

  void WaitForAll() {
    MutexLock lock(mutex_);
    while (under_way_ > 0) changed_.wait(lock);
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
  std::condition_variable_any changed_;
  size_t under_way_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  BulkSummary summary_ RAWHAUL_GUARDED_BY(mutex_);
  std::optional<Error> failure_ RAWHAUL_GUARDED_BY(mutex_);
};

// Cuts the body into lines.
class LineReader {
 public:
  explicit LineReader(http::BodyReader& body) : body_(body) {}

  // nullopt at the end. A line that is too long comes cut off, longer than kMaxBatchBytes, and its rest is
  // skipped.
  Result<std::optional<std::string>> Next() {
    std::string line;
    bool any = false;
    for (;;) {
      if (position_ == part_.size()) {
        RAWHAUL_ASSIGN(part_, body_.Read());
        position_ = 0;
        if (part_.empty()) return any ? std::optional(std::move(line)) : std::nullopt;
      }
      any = true;
      const size_t end = std::min(part_.find('\n', position_), part_.size());
      if (line.size() <= kMaxBatchBytes) line.append(part_, position_, end - position_);
      position_ = std::min(end + 1, part_.size());
      if (end < part_.size()) return std::optional(std::move(line));
    }
  }

 private:
  http::BodyReader& body_;
  std::string part_;
  size_t position_ = 0;
};

bool IsBlank(const std::string& line) { return line.find_first_not_of(" \t\r") == std::string::npos; }

// Hands the line on, as often as it takes.
void Submit(uint32_t app, uint64_t number, const std::string& line, Collector& collector,
            const std::shared_ptr<LinesUnderWay>& lines) {
  bool full = true;
  while (full) {
    full = false;
    lines->WaitForRoom();
    lines->Begin();
    // Back-pressure is told at once, on this thread, so `full` is still there then.
    collector.CollectHistory(app, line, [&full, lines, number](const Result<CollectOutcome>& outcome) {
      if (!outcome && outcome.error().code == ErrorCode::kResourceExhausted) {
        full = true;
      } else {
        lines->End(number, outcome);
      }
    });
    if (full) lines->Postpone();
  }
}

}  // namespace

Result<BulkSummary> ReadBulk(uint32_t app, http::BodyReader& body, Collector& collector) {
  const auto lines = std::make_shared<LinesUnderWay>();
  LineReader reader(body);
  for (uint64_t number = 1; !lines->failure(); ++number) {
    RAWHAUL_ASSIGN(const auto line, reader.Next());
    if (!line) break;
    if (!IsBlank(*line)) Submit(app, number, *line, collector, lines);
  }
  lines->WaitForAll();
  if (auto failure = lines->failure()) return Fail(*std::move(failure));
  return lines->TakeSummary();
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
