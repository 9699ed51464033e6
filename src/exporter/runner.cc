#include "exporter/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "base/mutex.h"
#include "blob/url_checks.h"
#include "catalog/store_in_the_end.h"

namespace rawhaul {
namespace {

constexpr std::string_view kCanceled = "Canceled";
constexpr std::chrono::seconds kExpiryCheck{1};

unsigned CoresOr(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

tl::unexpected<Error> TaskEnded(const ExportTask& task) {
  return Fail(ErrorCode::kConflict,
              fmt::format("export task {} has already ended: {}", task.id, ToString(task.state)),
              "TaskEnded");
}

// A task that is being run.
struct Running {
  std::stop_source stop;
  std::atomic<bool> canceled = false;
  std::atomic<bool> renewed = false;  // it has another URL than the one that this run began with
  std::string failure;                // why it needs another URL; of the thread that runs it
  LiveProgress progress;
};

// A task whose container URL ended.
struct Waiting {
  ExportTask task;  // with waiting_until and what it waits for
  Progress progress;
};

}  // namespace

struct ExportRunner::Impl {
  Impl(const ExportEnvironment& the_environment, const ExportOptions& options)
      : environment(the_environment),
        credential_wait(options.credential_wait),
        memory(options.memory_bytes),
        encoders(CoresOr(options.encode_threads)),
        resources{.encoders = encoders,
                  .memory = memory,
                  .pieces_ahead = 2 * CoresOr(options.encode_threads) + 2,
                  .parallel_uploads = options.uploads_per_task,
                  .block_bytes = options.block_bytes} {
    EnqueueUnfinished();
    threads.emplace_back([this](const std::stop_token& stop) { ExpireWaiting(stop); });
    for (unsigned i = 0; i < options.parallel_tasks; ++i) {
      threads.emplace_back([this](const std::stop_token& stop) { Work(stop); });
    }
  }

  void EnqueueUnfinished() {
    auto unfinished = environment.tasks.ListUnfinished();
    if (!unfinished) {
      log::Error("cannot read the queue of export tasks: {}", unfinished.error().message);
      return;
    }
    const MutexLock lock(mutex);
    for (ExportTask& task : *unfinished) {
      if (task.waiting_until) {
        waiting.emplace(task.id, Waiting{task, StagedProgress(task.id)});
      } else {
        queue.push_back(std::move(task));
      }
    }
    if (!queue.empty()) log::Info("going on with {} export tasks", queue.size());
  }

  Progress StagedProgress(uint64_t id) const {
    LiveProgress progress;
    if (const auto checkpoint = environment.tasks.LoadCheckpoint(id)) progress.StartWith(checkpoint->files);
    return progress.Read();
  }

  void Work(const std::stop_token& stop) {
    MutexLock lock(mutex);
    while (changed.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex) { return !queue.empty(); }) &&
           !stop.stop_requested()) {
      const ExportTask task = std::move(queue.front());
      queue.pop_front();
      const auto state = std::make_shared<Running>();
      running.emplace(task.id, state);
      lock.unlock();
      const bool is_over = RunToItsEnd(task, *state, stop);
      lock.lock();
      if (!is_over) Park(task, *state);
      running.erase(task.id);
      changed.notify_all();
    }
  }

  // False when the task needs another container URL.
  bool RunToItsEnd(const ExportTask& task, Running& state, const std::stop_token& server_stop) {
    const std::stop_callback stop_with_server(server_stop, [&state] { state.stop.request_stop(); });
    const auto outcome = RunTask(environment, resources, task, state.progress, state.stop.get_token());
    if (!outcome && NeedsCredential(outcome.error())) {
      state.failure = Describe(outcome.error());
      return false;
    }
    if (!outcome && !state.canceled && server_stop.stop_requested()) {
      log::Info("export task {}: interrupted, goes on at the next start", task.id);
      return true;
    }
    DiscardStaged(environment, task);
    const Status stored =
        StoreInTheEnd(environment.timer, server_stop, [&] { return StoreEnd(task, outcome, state); });
    if (!stored) log::Error("export task {}: its end cannot be stored: {}", task.id, stored.error().message);
    return true;
  }

  Status StoreEnd(const ExportTask& task, const Result<ExportOutcome>& outcome, const Running& state) {
    const Timestamp now = environment.clock.Now();
    if (outcome) {
      RAWHAUL_TRY(environment.tasks.MarkSucceeded(task.id, now, state.progress.Read(), outcome->files,
                                                  outcome->manifest));
      log::Info("export task {}: succeeded, {} rows", task.id, state.progress.rows.load());
      return {};
    }
    const std::string details = state.canceled ? std::string(kCanceled) : Describe(outcome.error());
    RAWHAUL_TRY(environment.tasks.MarkFailed(task.id, now, details));
    log::Warn("export task {}: failed: {}", task.id, details);
    return {};
  }

  // It takes no thread and no memory while it waits.
  void Park(ExportTask task, const Running& state) RAWHAUL_REQUIRES(mutex) {
    if (state.renewed) return queue.push_back(std::move(task));
    task.waiting_until = environment.clock.Now() + credential_wait;
    task.error_details = state.failure;
    log::Warn("export task {}: waits for another containerUrl until {}: {}", task.id,
              FormatTimestamp(*task.waiting_until), state.failure);
    const Status marked = environment.tasks.MarkWaiting(task.id, *task.waiting_until, state.failure);
    if (!marked) {
      log::Error("export task {}: that it waits cannot be stored: {}", task.id, marked.error().message);
    }
    waiting.insert_or_assign(task.id, Waiting{task, state.progress.Read()});
  }

  void ExpireWaiting(const std::stop_token& stop) {
    MutexLock lock(mutex);
    while (changed.wait(lock, stop, [this]() RAWHAUL_REQUIRES(mutex) { return !waiting.empty(); }) &&
           !stop.stop_requested()) {
      const Timestamp now = environment.clock.Now();
      std::erase_if(waiting, [&](const auto& entry) {
        return *entry.second.task.waiting_until <= now && FailWaiting(entry.second.task, now);
      });
      changed.wait_for(lock, stop, kExpiryCheck, [] { return false; });
    }
  }

  bool FailWaiting(const ExportTask& task, Timestamp now) const {
    const std::string details =
        fmt::format("{}; no other containerUrl came until {}", task.error_details.value_or(""),
                    FormatTimestamp(*task.waiting_until));
    DiscardStaged(environment, task);
    if (!environment.tasks.MarkFailed(task.id, now, details)) return false;  // tried again at the next look
    log::Warn("export task {}: failed: {}", task.id, details);
    return true;
  }

  Result<ExportTask> FindTask(uint32_t app, uint64_t id) const {
    RAWHAUL_ASSIGN(auto task, environment.tasks.Find(app, id));
    if (!task) return Fail(ErrorCode::kNotFound, fmt::format("there is no export task {}", id));
    return *std::move(task);
  }

  Result<ExportTask> FindUnfinished(uint32_t app, uint64_t id) const {
    RAWHAUL_ASSIGN(ExportTask task, FindTask(app, id));
    if (task.completed) return TaskEnded(task);
    return task;
  }

  // Ends the task if it is queued or waits, or waits for its end if it runs.
  Status EndTask(const ExportTask& task) {
    MutexLock lock(mutex);
    while (!IsIdle(task.id)) {
      const auto entry = running.find(task.id);
      if (entry == running.end()) return {};
      entry->second->canceled = true;
      entry->second->stop.request_stop();
      changed.wait(lock);
    }
    DiscardStaged(environment, task);
    RAWHAUL_TRY(environment.tasks.MarkFailed(task.id, environment.clock.Now(), kCanceled));
    waiting.erase(task.id);
    std::erase_if(queue, [&](const auto& queued) { return queued.id == task.id; });
    return {};
  }

  bool IsIdle(uint64_t id) const RAWHAUL_REQUIRES(mutex) {
    return waiting.contains(id) ||
           std::any_of(queue.begin(), queue.end(), [id](const auto& task) { return task.id == id; });
  }

  Status CheckSamePlace(uint64_t id, const Secret& container_url) const {
    RAWHAUL_ASSIGN(const std::string sealed, environment.tasks.SealedUrl(id));
    RAWHAUL_ASSIGN(const std::string before, environment.containers.PlaceOf(environment.box.Open(sealed)));
    RAWHAUL_ASSIGN(const std::string now, environment.containers.PlaceOf(container_url));
    if (before == now) return {};
    return Fail(ErrorCode::kInvalidArgument,
                "containerUrl must lead to the container and path that the task was created with; only its "
                "SAS may change",
                "ContainerMismatch");
  }

  Result<std::unique_ptr<Container>> OpenWritable(const Secret& container_url) {
    if (stopping.stop_requested()) return Fail(ErrorCode::kUnavailable, "the server is stopping");
    RAWHAUL_ASSIGN(auto container, environment.containers.Open(container_url));
    RAWHAUL_TRY(RefuseUrl(container->CheckWritable(stopping.get_token())));
    return container;
  }

  const ExportEnvironment environment;
  const std::chrono::seconds credential_wait;
  ByteBudget memory;
  FairPool encoders;
  const PipelineResources resources;

  mutable Mutex mutex;
  std::stop_source stopping;  // requested by Stop, for what runs on threads of others
  std::condition_variable_any changed;
  std::deque<ExportTask> queue RAWHAUL_GUARDED_BY(mutex);
  std::map<uint64_t, std::shared_ptr<Running>> running RAWHAUL_GUARDED_BY(mutex);
  std::map<uint64_t, Waiting> waiting RAWHAUL_GUARDED_BY(mutex);
  std::vector<std::jthread> threads;
};

ExportRunner::ExportRunner(const ExportEnvironment& environment, const ExportOptions& options)
    : impl_(std::make_unique<Impl>(environment, options)) {}

ExportRunner::~ExportRunner() { Stop(); }

Result<ExportTask> ExportRunner::Create(const ExportRequest& request, const Secret& container_url) {
  RAWHAUL_TRY(impl_->OpenWritable(container_url));
  const ExportEnvironment& environment = impl_->environment;
  const MutexLock lock(impl_->mutex);
  // Every batch that was answered by now has a sequence up to this one.
  const uint64_t cut_off = environment.stores.records().LastSequence();
  RAWHAUL_ASSIGN(const uint64_t id,
                 environment.tasks.Create(request, cut_off, environment.box.Seal(container_url),
                                          environment.clock.Now()));
  RAWHAUL_ASSIGN(ExportTask task, impl_->FindTask(request.app, id));
  impl_->queue.push_back(task);
  impl_->changed.notify_all();
  return task;
}

Result<ExportTask> ExportRunner::Cancel(uint32_t app, uint64_t id) {
  RAWHAUL_ASSIGN(const ExportTask task, impl_->FindUnfinished(app, id));
  RAWHAUL_TRY(impl_->EndTask(task));
  RAWHAUL_ASSIGN(ExportTask after, impl_->FindTask(app, id));
  if (after.error_details != kCanceled) return TaskEnded(after);
  return after;
}

Result<ExportTask> ExportRunner::RenewCredential(uint32_t app, uint64_t id, const Secret& container_url) {
  RAWHAUL_TRY(impl_->FindUnfinished(app, id));
  RAWHAUL_TRY(impl_->CheckSamePlace(id, container_url));
  RAWHAUL_TRY(impl_->OpenWritable(container_url));
  const ExportEnvironment& environment = impl_->environment;
  const MutexLock lock(impl_->mutex);
  RAWHAUL_TRY(environment.tasks.ReplaceSealedUrl(id, environment.box.Seal(container_url)));
  if (const auto entry = impl_->running.find(id); entry != impl_->running.end())
    entry->second->renewed = true;
  if (auto waiting = impl_->waiting.extract(id)) impl_->queue.push_back(std::move(waiting.mapped().task));
  impl_->changed.notify_all();
  return impl_->FindTask(app, id);
}

std::optional<Progress> ExportRunner::ProgressOf(uint64_t id) const {
  const MutexLock lock(impl_->mutex);
  if (const auto entry = impl_->running.find(id); entry != impl_->running.end()) {
    return entry->second->progress.Read();
  }
  if (const auto entry = impl_->waiting.find(id); entry != impl_->waiting.end())
    return entry->second.progress;
  return std::nullopt;
}

void ExportRunner::Stop() {
  impl_->stopping.request_stop();
  for (std::jthread& thread : impl_->threads) thread.request_stop();
  impl_->threads.clear();
}

}  // namespace rawhaul
