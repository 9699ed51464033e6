#include "http/connections.h"

#include <utility>

namespace rawhaul::http {

bool Connections::Add(std::shared_ptr<Connection> connection) {
  const MutexLock lock(mutex_);
  return !draining_ && all_.size() < capacity_ && all_.insert(std::move(connection)).second;
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
