// Tasks that wait for something outside of the server: they take no thread, and no memory but this.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/growing_wait.h"
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
PausedTask<Task> Afresh(Task task) {
  task.wait.reset();
  task.error_details.reset();
  return {std::move(task), {}};
}

// It cannot go on now. One that came no further since it waited for the same waits no longer in all.
template <typename Task>
void SetWait(PausedTask<Task>& paused, WaitsFor what, Timestamp now, std::chrono::seconds longest) {
  std::optional<TaskWait>& wait = paused.task.wait;
  if (!wait || wait->what != what) wait = TaskWait{what, now + longest};
  paused.pause.Failed(now);
}

// Those of one runner. Not thread-safe. `Task` is an ExportTask or ImportTask; REQUIRES one with a wait.
template <typename Task>
class ParkedTasks {
 public:
  bool empty() const { return tasks_.empty(); }
  bool contains(uint64_t id) const { return tasks_.contains(id); }
  void Add(PausedTask<Task> parked) {
    const uint64_t id = parked.task.id;
    tasks_.insert_or_assign(id, std::move(parked));
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

  // One that waits for its storage, which may be asked again: the one that could be for the longest time.
  std::optional<uint64_t> NextToTry(Timestamp now) const {
    const PausedTask<Task>* next = nullptr;
    for (const auto& [id, parked] : tasks_) {
      const bool is_due = parked.task.wait->what == WaitsFor::kStorage && parked.pause.IsOver(now);
      if (is_due && (next == nullptr || parked.pause.over_at() < next->pause.over_at())) next = &parked;
    }
    return next == nullptr ? std::nullopt : std::optional(next->task.id);
  }
  // The storage of `parked`, which is here, did not answer. Those of the same service are not asked for now,
  // either.
  void StorageFailed(PausedTask<Task>& parked, Timestamp now) {
    parked.pause.Failed(now);
    if (parked.service.empty()) return;
    for (auto& [id, other] : tasks_) {
      const bool is_due = other.task.wait->what == WaitsFor::kStorage && other.pause.IsOver(now);
      if (is_due && other.service == parked.service) other.pause.Failed(now);
    }
  }
  // Gives `store` each that is not stored yet; it says whether it is now.
  template <typename Store>
  void StoreWaits(const Store& store) {
    for (auto& [id, parked] : tasks_) parked.is_stored = parked.is_stored || store(parked.task);
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

  std::map<uint64_t, PausedTask<Task>> tasks_;
};

}  // namespace rawhaul
