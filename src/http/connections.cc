#include "http/connections.h"

#include <fmt/format.h>

#include <utility>

#include "base/logging.h"

namespace rawhaul::http {
namespace {

constexpr std::chrono::minutes kWarningInterval{1};

}  // namespace

bool Connections::Add(std::shared_ptr<Connection> connection, const std::string& network) {
  const MutexLock lock(mutex_);
  if (draining_) return false;
  const std::string full = WhatIsFull(network);
  if (full.empty()) {
    ++by_network_[network];
    return all_.emplace(std::move(connection), network).second;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_warning_) {
    log::Warn("{} connections already; more are closed (http.max_connections)", full);
    next_warning_ = now + kWarningInterval;
  }
  return false;
}

std::string Connections::WhatIsFull(const std::string& network) const {
  if (all_.size() >= capacity_) return fmt::format("there are {}", capacity_);
  const size_t share = capacity_ - capacity_ / 4;
  const auto own = by_network_.find(network);
  return own != by_network_.end() && own->second >= share ? fmt::format("one address has {}", share) : "";
}

void Connections::Remove(const std::shared_ptr<Connection>& connection) {
  const MutexLock lock(mutex_);
  const auto found = all_.find(connection);
  if (found == all_.end()) return;
  const auto own = by_network_.find(found->second);
  if (--own->second == 0) by_network_.erase(own);
  all_.erase(found);
  if (all_.empty()) emptied_.notify_all();
}

void Connections::DrainAll() {
  const MutexLock lock(mutex_);
  draining_ = true;
  for (const auto& [connection, network] : all_) connection->Drain();
}

void Connections::AbortAll() {
  const MutexLock lock(mutex_);
  for (const auto& [connection, network] : all_) connection->Abort();
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
