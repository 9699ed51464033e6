#include "http/connections.h"

#include <utility>

#include "base/logging.h"

namespace rawhaul::http {
namespace {

constexpr std::chrono::minutes kWarningInterval{1};

}  // namespace

bool Connections::Add(std::shared_ptr<Connection> connection) {
  const MutexLock lock(mutex_);
  if (draining_) return false;
  if (all_.size() < capacity_) return all_.insert(std::move(connection)).second;
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_warning_) {
    log::Warn("there are {} connections already; more are closed (http.max_connections)", capacity_);
    next_warning_ = now + kWarningInterval;
  }
  return false;
}

void Connections::Remove(const std::shared_ptr<Connection>& connection) {
  const MutexLock lock(mutex_);
  all_.erase(connection);
  if (all_.empty()) emptied_.notify_all();
}

void Connections::DrainAll() {
  const MutexLock lock(mutex_);
  draining_ = true;
  for (const auto& connection : all_) connection->Drain();
}

void Connections::AbortAll() {
  const MutexLock lock(mutex_);
  for (const auto& connection : all_) connection->Abort();
}

bool Connections::WaitUntilEmpty(std::chrono::milliseconds timeout) {
  MutexLock lock(mutex_);
  return emptied_.wait_for(lock, timeout, [this]() RAWHAUL_REQUIRES(mutex_) { return all_.empty(); });
}

void Connections::WaitUntilEmpty() {
  MutexLock lock(mutex_);
  while (!all_.empty()) emptied_.wait(lock);
}

}  // namespace rawhaul::http
