#include "client/task_wait.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "client/figures.h"

namespace rawhaul::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

// A short export is told at once; a long one costs the server a request every two seconds.
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2000};
// A server that is restarted, with a store that takes its time to open, is waited for.
constexpr minutes kPatience{5};

bool HasEnded(const ExportTask& task) {
  return task.state == TaskState::kSucceeded || task.state == TaskState::kFailed;
}

WorkDone WorkOf(const ExportTask& task) {
  return {.rows = task.progress.rows, .bytes = task.progress.bytes, .fraction = task.progress.percent / 100};
}

// What is worth a line when it begins; empty: nothing.
std::string SituationOf(const ExportTask& task) {
  if (task.state == TaskState::kQueued) return fmt::format("task {} is queued", task.id);
  if (!task.wait) return {};
  const std::string until = FormatTimestamp(task.wait->until);
  const std::string why = Printable(task.error_details.value_or(""));
  if (task.wait->what == WaitsFor::kStorage) {
    return fmt::format(
        "task {} waits for the storage to answer until {}, and goes on by itself when it does: {}", task.id,
        until, why);
  }
  return fmt::format(
      "task {0} waits for another container URL until {1}, since the storage refused this one: {2}\n"
      "give it one: rawhaul tasks renew {0} --container URL",
      task.id, until, why);
}

class TaskWait {
 public:
  TaskWait(RestClient& rest, uint64_t id, ProgressDisplay& display, RetryTimer& timer)
      : rest_(rest), id_(id), display_(display), timer_(timer), heard_(timer.Now()) {}

  Result<ServerTask> Run(const std::stop_token& stop) {
    for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
      auto asked = rest_.Get(id_);
      if (asked) {
        Show(asked->task);
        if (HasEnded(asked->task)) return asked;
      } else {
        RAWHAUL_TRY(Bear(asked.error()));
      }
      if (!timer_.Sleep(pause, stop)) return Fail(ErrorCode::kCanceled, "interrupted");
    }
  }

 private:
  void Show(const ExportTask& task) {
    heard_ = timer_.Now();
    Tell(SituationOf(task));
    if (task.state != TaskState::kQueued) display_.Show(WorkOf(task));
  }

  // An error that may pass is told once.
  Status Bear(const Error& error) {
    if (error.code != ErrorCode::kUnavailable || timer_.Now() - heard_ > kPatience) return Fail(error);
    Tell(fmt::format("{}; asking again for {} minutes", error.message, kPatience.count()));
    return {};
  }

  void Tell(const std::string& situation) {
    if (situation != situation_ && !situation.empty()) display_.Say(situation);
    situation_ = situation;
  }

  RestClient& rest_;
  const uint64_t id_;
  ProgressDisplay& display_;
  RetryTimer& timer_;
  ProgressMeter::TimePoint heard_;  // when the server answered last
  std::string situation_;           // told last
};

}  // namespace

Result<ServerTask> WaitForTask(RestClient& rest, uint64_t id, ProgressDisplay& display, RetryTimer& timer,
                               std::stop_token stop) {
  auto ended = TaskWait(rest, id, display, timer).Run(stop);
  display.Finish();
  return ended;
}

}  // namespace rawhaul::client
