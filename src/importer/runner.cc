#include "importer/runner.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <string>
#include <thread>
#include <utility>

#include "base/logging.h"
#include "base/mutex.h"
#include "blob/url_checks.h"
#include "catalog/store_in_the_end.h"

namespace rawhaul {
namespace {

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
  explicit Impl(const ImportEnvironment& the_environment) : environment(the_environment) {
    EnqueueUnfinished();
    thread = std::jthread([this](const std::stop_token& stop) { Work(stop); });
  }

  void EnqueueUnfinished() {
    auto unfinished = environment.imports.ListUnfinished();
    if (!unfinished)
      return log::Error("cannot read the queue of import tasks: {}", unfinished.error().message);
    const MutexLock lock(mutex);
    for (ImportTask& task : *unfinished) queue.push_back(std::move(task));
    if (!queue.empty()) log::Info("going on with {} import tasks", queue.size());
  }

  void Work(const std::stop_token& stop) {
    MutexLock lock(mutex);
    while (changed.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex) { return !queue.empty(); }) &&
           !stop.stop_requested()) {
      const ImportTask task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      RunToItsEnd(task, stop);
      lock.lock();
    }
  }

  void RunToItsEnd(const ImportTask& task, const std::stop_token& stop) {
    log::Info("import task {}: started", task.id);
    Status stored =
        StoreInTheEnd(environment.timer, stop, [&] { return environment.imports.MarkStarted(task.id); });
    if (stored) {
      const auto outcome = RunImport(environment, task, stop);
      if (!outcome && stop.stop_requested())
        return log::Info("import task {}: interrupted, starts over at the next start", task.id);
      stored = StoreEnd(task, outcome, stop);
    }
    if (!stored)
      log::Error("import task {}: its state cannot be stored: {}", task.id, stored.error().message);
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
  std::stop_source stopping;  // requested by Stop, for what runs on threads of others
  Mutex mutex;
  std::condition_variable_any changed;
  std::deque<ImportTask> queue RAWHAUL_GUARDED_BY(mutex);
  std::jthread thread;
};

ImportRunner::ImportRunner(const ImportEnvironment& environment)
    : impl_(std::make_unique<Impl>(environment)) {}

ImportRunner::~ImportRunner() { Stop(); }

Result<ImportTask> ImportRunner::Create(uint32_t app, const Secret& storage_url) {
  const ImportEnvironment& environment = impl_->environment;
  if (impl_->stopping.stop_requested()) return Fail(ErrorCode::kUnavailable, "the server is stopping");
  RAWHAUL_ASSIGN(const auto source, environment.sources.Open(storage_url));
  RAWHAUL_TRY(RefuseUrl(source->CheckReadable(impl_->stopping.get_token())));
  const std::string shown = WithoutQuery(storage_url);
  const Timestamp now = environment.clock.Now();
  RAWHAUL_ASSIGN(const uint64_t id,
                 environment.imports.Create(app, shown, environment.box.Seal(storage_url), now));
  ImportTask task;
  task.id = id;
  task.app = app;
  task.storage_url = shown;
  task.created = now;
  const MutexLock lock(impl_->mutex);
  impl_->queue.push_back(task);
  impl_->changed.notify_all();
  return task;
}

void ImportRunner::Stop() {
  impl_->stopping.request_stop();
  impl_->thread.request_stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace rawhaul
