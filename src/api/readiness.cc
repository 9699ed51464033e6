#include "api/readiness.h"

namespace rawhaul::api {
namespace {

constexpr std::chrono::seconds kValidity{1};

Status CheckBoth(Catalog& catalog, IngestStore& store) {
  RAWHAUL_TRY(catalog.CheckWritable());
  return store.CheckWritable();
}

}  // namespace

Status Readiness::Check() {
  const MutexLock lock(mutex_);
  const Timestamp now = clock_.Now();
  if (!checked_at_ || now < *checked_at_ || now >= *checked_at_ + kValidity) {
    last_ = CheckBoth(catalog_, store_);
    checked_at_ = now;
  }
  return last_;
}

}  // namespace rawhaul::api
