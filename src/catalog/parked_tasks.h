// Tasks that wait for something outside of the server: they take no thread, and no memory but this.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/growing_wait.h"
#include "base/logging.h"
#include "base/result.h"
#include "base/time.h"
#include "model/export_task.h"

namespace rawhaul {

// How often a storage that does not answer is asked whether it does again.
inline constexpr std::chrono::seconds kShortestStorageWait{1};
inline constexpr std::chrono::minutes kLongestStorageWait{5};

// A task and the pause between its tries, which goes on growing until the task comes further.
template <typename Task>
struct PausedTask {
  Task task;
  std::string service;  // of its storage (ServiceOf); empty: not known
  GrowingWait pause{kShortestStorageWait, kLongestStorageWait};
  bool is_stored = true;  // that it waits, and why, as the task says
};

// As one that has not waited yet.
template <typename Task>
PausedTask<Task> Afresh(PausedTask<Task> paused) {
  paused.task.wait.reset();
  paused.task.error_details.reset();
  return {std::move(paused.task), std::move(paused.service)};
}

// "AuthenticationFailed: the storage answered 403", for the errorDetails of a task.
inline std::string Describe(const Error& error) {
  return error.reason.empty() ? error.message : fmt::format("{}: {}", error.reason, error.message);
}

// The errorDetails of a task that waited in vain: what kept it, and what never came.
template <typename Task>
std::string DescribeExpired(const Task& task) {
  const bool is_storage = task.wait->what == WaitsFor::kStorage;
  return fmt::format("{}; {} until {}", task.error_details.value_or(""),
                     is_storage ? "the storage did not answer" : "no other containerUrl came",
                     FormatTimestamp(task.wait->until));
}

// A storage's `answer` to a task, if it is that the storage is away. Whatever else it answers, the task finds
// out what it means.
inline Status NotAway(const Status& answer) {
  return answer || answer.error().code != ErrorCode::kUnavailable ? Status() : answer;
}

// Those of one runner. Not thread-safe. `Task` is an ExportTask or ImportTask; REQUIRES one with a wait.
template <typename Task>
class ParkedTasks {
 public:
  // Stores that a task waits, and why.
  using Store = std::function<Status(const Task&)>;
  // `kind`, "export", is for the log.
  ParkedTasks(std::string_view kind, Store store) : kind_(kind), store_(std::move(store)) {}

  bool empty() const { return tasks_.empty(); }
  bool contains(uint64_t id) const { return tasks_.contains(id); }
  void Add(PausedTask<Task> parked) {
    const uint64_t id = parked.task.id;
    tasks_.insert_or_assign(id, std::move(parked));
  }
  // One that cannot go on now, for this reason. When it came no further since it waited for the same, it
  // waits no longer than `longest` in all.
  void Park(PausedTask<Task> stopped, WaitsFor what, std::string reason, Timestamp now,
            std::chrono::seconds longest) {
    std::optional<TaskWait>& wait = stopped.task.wait;
    if (!wait || wait->what != what) wait = TaskWait{what, now + longest};
    stopped.pause.Failed(now);
    NoteReason(stopped, std::move(reason));
    Add(std::move(stopped));
  }
  // nullptr when it is not here; valid until the next change.
  PausedTask<Task>* Find(uint64_t id) {
    const auto found = tasks_.find(id);
    return found == tasks_.end() ? nullptr : &found->second;
  }
  std::optional<PausedTask<Task>> Take(uint64_t id) {
    auto node = tasks_.extract(id);
    if (!node) return std::nullopt;
    return std::move(node.mapped());
  }

  // A storage is away. Tasks that are still to run may be of the same one: who asks it first, in little time,
  // is not kept by each of them as long as a request is tried.
  bool AnyWaitsForStorage() const {
    return std::any_of(tasks_.begin(), tasks_.end(),
                       [](const auto& entry) { return entry.second.task.wait->what == WaitsFor::kStorage; });
  }
  // One that waits for its storage, which may be asked again: the one that could be for the longest time.
  std::optional<uint64_t> NextToTry(Timestamp now) const {
    const PausedTask<Task>* next = nullptr;
    for (const auto& [id, parked] : tasks_) {
      const bool is_due = parked.task.wait->what == WaitsFor::kStorage && parked.pause.IsOver(now);
      if (is_due && (next == nullptr || parked.pause.over_at() < next->pause.over_at())) next = &parked;
    }
    return next == nullptr ? std::nullopt : std::optional(next->task.id);
  }
  // After the storage of a task that was here was asked: takes it, unless the storage is away.
  std::optional<PausedTask<Task>> TakeUnlessAway(uint64_t id, const Status& answer, Timestamp now) {
    if (NotAway(answer)) return Take(id);
    if (PausedTask<Task>* const parked = Find(id)) {
      StorageFailed(*parked, now);
      NoteReason(*parked, Describe(answer.error()));
    }
    return std::nullopt;
  }
  // Each wait that the catalog did not take yet.
  void StoreWaits() {
    for (auto& [id, parked] : tasks_) parked.is_stored = parked.is_stored || StoreWait(parked.task);
  }
  // Takes those whose time is up.
  std::vector<PausedTask<Task>> TakeExpired(Timestamp now) {
    std::vector<PausedTask<Task>> expired;
    std::erase_if(tasks_, [&](auto& entry) {
      if (!IsExpired(entry.second, now)) return false;
      expired.push_back(std::move(entry.second));
      return true;
    });
    return expired;
  }

 private:
  // A storage that was not asked since the server started may have come back long ago.
  static bool IsExpired(const PausedTask<Task>& parked, Timestamp now) {
    const TaskWait& wait = *parked.task.wait;
    return wait.until <= now && (wait.what != WaitsFor::kStorage || parked.pause.has_failed());
  }

  // Those of the same service are not asked for now, either.
  void StorageFailed(PausedTask<Task>& parked, Timestamp now) {
    parked.pause.Failed(now);
    if (parked.service.empty()) return;
    for (auto& [id, other] : tasks_) {
      const bool is_due = other.task.wait->what == WaitsFor::kStorage && other.pause.IsOver(now);
      if (is_due && other.service == parked.service) other.pause.Failed(now);
    }
  }

  // Why it waits now, where that is another reason than before.
  void NoteReason(PausedTask<Task>& paused, std::string reason) const {
    Task& task = paused.task;
    if (task.error_details == reason) return;
    log::Warn("{} task {}: waits for {} until {}: {}", kind_, task.id,
              task.wait->what == WaitsFor::kStorage ? "its storage" : "another containerUrl",
              FormatTimestamp(task.wait->until), reason);
    task.error_details = std::move(reason);
    paused.is_stored = StoreWait(task);
  }

  // False: it has to be tried again.
  bool StoreWait(const Task& task) const {
    const Status stored = store_(task);
    if (!stored)
      log::Error("{} task {}: that it waits cannot be stored: {}", kind_, task.id, stored.error().message);
    return stored.has_value();
  }

  const std::string_view kind_;
  const Store store_;
  std::map<uint64_t, PausedTask<Task>> tasks_;
};

}  // namespace rawhaul
