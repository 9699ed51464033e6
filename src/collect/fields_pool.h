// Technicals and locations, of which thousands of devices have the same.
#pragma once

#include <memory>
#include <unordered_set>

#include "base/guid.h"
#include "base/mutex.h"
#include "model/device.h"

namespace rawhaul {

// Fields and the id of their content; never changed once made, so that batches and cache share it.
struct KnownFields {
  FieldValues values;
  Guid id;
};
using FieldsPtr = std::shared_ptr<const KnownFields>;

// Gives equal fields out as one object, and computes their id once. Thread-safe.
class FieldsPool {
 public:
  // `id_of` is InfoId or LocationId. Forgets all when it holds `capacity`.
  FieldsPool(Guid (*id_of)(const FieldValues&), size_t capacity) : id_of_(id_of), capacity_(capacity) {}

  FieldsPtr Share(const FieldValues& values);

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): a name of the standard
    size_t operator()(const FieldValues& values) const;
    size_t operator()(const FieldsPtr& fields) const { return (*this)(fields->values); }
  };
  struct Equal {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): a name of the standard
    bool operator()(const FieldsPtr& a, const FieldsPtr& b) const { return a->values == b->values; }
    bool operator()(const FieldsPtr& a, const FieldValues& b) const { return a->values == b; }
    bool operator()(const FieldValues& a, const FieldsPtr& b) const { return a == b->values; }
  };

  Guid (*const id_of_)(const FieldValues&);
  const size_t capacity_;
  const FieldsPtr none_ = std::make_shared<KnownFields>();
  Mutex mutex_;
  std::unordered_set<FieldsPtr, Hash, Equal> known_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
