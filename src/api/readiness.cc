#include "api/readiness.h"

#include <fmt/format.h>

#include "base/guarded.h"

namespace rawhaul::api {
namespace {

constexpr std::chrono::seconds kInterval{1};

Status CheckBoth(Catalog& catalog, IngestStore& store) {
  RAWHAUL_TRY(catalog.CheckWritable());
  return store.CheckWritable();
}

}  // namespace

void Readiness::Look() {
  Status status = Guarded([&] { return CheckBoth(catalog_, store_); });
  const MutexLock lock(mutex_);
  seen_ = std::move(status);
  looked_at_ = now_();
}

Readiness::Seen Readiness::Last() const {
  const MutexLock lock(mutex_);
  const auto age =
      std::chrono::duration_cast<std::chrono::milliseconds>(now_() - looked_at_.value_or(created_));
  if (looked_at_ && age <= kMaxAge) return {seen_, age};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  return {Fail(ErrorCode::kUnavailable, fmt::format("the server's disk has not answered for {} s", seconds),
               "DiskHangs"),
          age};
}

ReadinessWatcher::ReadinessWatcher(Readiness& readiness)
    : readiness_(readiness), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void ReadinessWatcher::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    readiness_.Look();
    MutexLock lock(mutex_);
    stopped_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

}  // namespace rawhaul::api
