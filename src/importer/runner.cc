#include "importer/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <string>
#include <thread>
#include <utility>

#include "base/guarded.h"
#include "base/logging.h"
#include "base/mutex.h"
#include "blob/url_checks.h"
#include "catalog/parked_tasks.h"
#include "catalog/store_in_the_end.h"

namespace rawhaul {
namespace {

constexpr std::chrono::seconds kLook{1};  // at tasks that wait
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::minutes kLastRetry{1};

// What may be shown of it.
std::string WithoutQuery(const Secret& url) { return url.Reveal().substr(0, url.Reveal().find('?')); }

struct End {
  TaskState state;
  std::optional<std::string> details;
};

End EndOf(const Result<ImportOutcome>& outcome) {
  if (!outcome) return {TaskState::kFailed, Describe(outcome.error())};
  const bool nothing_was_good = outcome->applied == 0 && outcome->refused > 0;
  return {nothing_was_good ? TaskState::kFailed : TaskState::kSucceeded, outcome->details};
}

}  // namespace

struct ImportRunner::Impl {
  Impl(const ImportEnvironment& the_environment, std::chrono::seconds the_storage_wait)
      : environment(the_environment),
        storage_wait(the_storage_wait),
        parked("import", [this](const ImportTask& task) {
          return environment.imports.MarkWaiting(task.id, task.wait->until, *task.error_details);
        }) {
    const bool has_queue = EnqueueUnfinished();
    thread = std::jthread([this, has_queue](const std::stop_token& stop) {
      auto work = [&, has_queue = has_queue]() mutable {
        has_queue = has_queue || RetryEnqueue(stop);
        if (has_queue) Work(stop);
      };
      while (!RunGuarded("running import tasks", work) && environment.timer.Sleep(kFirstRetry, stop)) {
      }
    });
  }

  bool EnqueueUnfinished() {
    const MutexLock lock(mutex);
    auto unfinished = environment.imports.ListUnfinished();
    if (!unfinished) {
      log::Error("cannot read the queue of import tasks, trying again: {}", unfinished.error().message);
      return false;
    }
    std::erase_if(*unfinished,
                  [this](const ImportTask& task) RAWHAUL_REQUIRES(mutex) { return IsQueued(task.id); });
    if (!unfinished->empty()) log::Info("going on with {} import tasks", unfinished->size());
    for (ImportTask& task : *unfinished) {
      if (task.wait) {
        std::string service = ServiceOf(Secret(task.storage_url));
        parked.Add({std::move(task), std::move(service)});
      } else {
        queue.push_back({std::move(task), {}});
      }
    }
    return true;
  }

  bool IsQueued(uint64_t id) const RAWHAUL_REQUIRES(mutex) {
    return std::any_of(queue.begin(), queue.end(), [id](const auto& queued) { return queued.task.id == id; });
  }

  // False when `stop` came first.
  bool RetryEnqueue(const std::stop_token& stop) {
    std::chrono::milliseconds wait = kFirstRetry;
    do {
      if (!environment.timer.Sleep(wait, stop)) return false;
      wait = std::min<std::chrono::milliseconds>(2 * wait, kLastRetry);
    } while (!EnqueueUnfinished());
    return true;
  }

  void Work(const std::stop_token& stop) {
    MutexLock lock(mutex);
    bool has_tried = false;  // one that waits; the queue comes in between
    while (!stop.stop_requested()) {
      const Timestamp now = environment.clock.Now();
      parked.StoreWaits();
      for (PausedTask<ImportTask>& expired : parked.TakeExpired(now)) {
        if (!FailParked(expired.task, now)) parked.Add(std::move(expired));  // another time
      }
      const auto waiting = parked.NextToTry(now);
      has_tried = waiting && (queue.empty() || !has_tried);
      if (has_tried) {
        lock.unlock();
        const Status answer = Guarded([&] { return CheckBlob(environment, *waiting, stop); });
        lock.lock();
        if (stop.stop_requested()) return;
        auto task = parked.TakeUnlessAway(*waiting, answer, environment.clock.Now());
        if (task) queue.push_back(*std::move(task));
      } else if (!queue.empty()) {
        PausedTask<ImportTask> next = std::move(queue.front());
        queue.pop_front();
        const bool is_outage = parked.AnyWaitsForStorage();
        lock.unlock();
        const auto obstacle = Guarded(
            [&]() -> Result<std::optional<Error>> { return RunToItsEnd(next.task, is_outage, stop); });
        lock.lock();
        if (!obstacle) {
          log::Error("import task {}: starts over at the next start: {}", next.task.id,
                     obstacle.error().message);
        } else if (*obstacle) {
          next.service = ServiceOf(Secret(next.task.storage_url));
          parked.Park(std::move(next), WaitsFor::kStorage, Describe(**obstacle), environment.clock.Now(),
                      storage_wait);
        }
      } else if (parked.empty()) {
        changed.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex) { return !queue.empty(); });
      } else {
        changed.wait_for(lock, stop, kLook, [this]() RAWHAUL_REQUIRES(mutex) { return !queue.empty(); });
      }
    }
  }

  // An error for which the task has to wait.
  std::optional<Error> RunToItsEnd(const ImportTask& task, bool is_outage, const std::stop_token& stop) {
    log::Info("import task {}: started", task.id);
    Status stored =
        StoreInTheEnd(environment.timer, stop, [&] { return environment.imports.MarkStarted(task.id); });
    if (stored) {
      const auto outcome = Guarded([&]() -> Result<ImportOutcome> {
        if (is_outage) RAWHAUL_TRY(NotAway(CheckBlob(environment, task.id, stop)));
        return RunImport(environment, task, stop);
      });
      if (!outcome && stop.stop_requested()) {
        log::Info("import task {}: interrupted, starts over at the next start", task.id);
        return std::nullopt;
      }
      if (!outcome && outcome.error().code == ErrorCode::kUnavailable) return outcome.error();
      stored = StoreEnd(task, outcome, stop);
    }
    if (!stored)
      log::Error("import task {}: its state cannot be stored: {}", task.id, stored.error().message);
    return std::nullopt;
  }

  bool FailParked(const ImportTask& task, Timestamp now) const {
    const std::string details = DescribeExpired(task);
    if (!environment.imports.MarkEnded(task.id, TaskState::kFailed, now, details)) return false;
    log::Warn("import task {}: failed: {}", task.id, details);
    return true;
  }

  Status StoreEnd(const ImportTask& task, const Result<ImportOutcome>& outcome, const std::stop_token& stop) {
    const End end = EndOf(outcome);
    const Timestamp now = environment.clock.Now();
    RAWHAUL_TRY(StoreInTheEnd(environment.timer, stop, [&] {
      return environment.imports.MarkEnded(task.id, end.state, now, end.details);
    }));
    log::Info("import task {}: {}, {} taken, {} refused", task.id, ToString(end.state),
              outcome ? outcome->applied : 0, outcome ? outcome->refused : 0);
    return {};
  }

  const ImportEnvironment environment;
  const std::chrono::seconds storage_wait;
  std::stop_source stopping;  // requested by Stop, for what runs on threads of others
  Mutex mutex;
  std::condition_variable_any changed;
  std::deque<PausedTask<ImportTask>> queue RAWHAUL_GUARDED_BY(mutex);
  ParkedTasks<ImportTask> parked RAWHAUL_GUARDED_BY(mutex);
  std::jthread thread;
};

ImportRunner::ImportRunner(const ImportEnvironment& environment, std::chrono::seconds storage_wait)
    : impl_(std::make_unique<Impl>(environment, storage_wait)) {}

ImportRunner::~ImportRunner() { Stop(); }

Result<ImportTask> ImportRunner::Create(uint32_t app, const Secret& storage_url) {
  const ImportEnvironment& environment = impl_->environment;
  if (impl_->stopping.stop_requested()) return Fail(ErrorCode::kUnavailable, "the server is stopping");
  RAWHAUL_ASSIGN(const auto source, environment.sources.Open(storage_url));
  RAWHAUL_TRY(RefuseUrl(source->CheckReadable(impl_->stopping.get_token())));
  const std::string shown = WithoutQuery(TidyUrl(storage_url));
  const Timestamp now = environment.clock.Now();
  const MutexLock lock(impl_->mutex);  // what the catalog has as unfinished is known here
  RAWHAUL_ASSIGN(const uint64_t id,
                 environment.imports.Create(app, shown, environment.box.Seal(storage_url), now));
  ImportTask task;
  task.id = id;
  task.app = app;
  task.storage_url = shown;
  task.created = now;
  impl_->queue.push_back({task, {}});
  impl_->changed.notify_all();
  return task;
}

void ImportRunner::Stop() {
  impl_->stopping.request_stop();
  impl_->thread.request_stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace rawhaul
