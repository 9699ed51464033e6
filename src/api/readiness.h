// Whether the server can do its work: take batches and tasks.
#pragma once

#include <optional>

#include "base/mutex.h"
#include "base/result.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "store/ingest_store.h"

namespace rawhaul::api {

// Thread-safe. What it is given must outlive it.
class Readiness {
 public:
  Readiness(Catalog& catalog, IngestStore& store, const Clock& clock)
      : catalog_(catalog), store_(store), clock_(clock) {}

  // Writes a little into both databases, at most once a second; between, the answer is the last one. A store
  // that could not be written is thereby tried again, also when nobody sends anything.
  Status Check();

 private:
  Catalog& catalog_;
  IngestStore& store_;
  const Clock& clock_;
  Mutex mutex_;
  std::optional<Timestamp> checked_at_ RAWHAUL_GUARDED_BY(mutex_);
  Status last_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul::api
