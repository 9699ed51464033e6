#include "collect/fields_pool.h"

#include <functional>
#include <string_view>

namespace rawhaul {

size_t FieldsPool::Hash::operator()(const FieldValues& values) const {
  constexpr size_t kFactor = 0x9e3779b97f4a7c15;
  const std::hash<std::string_view> hash;
  size_t sum = values.size();
  for (const auto& [name, value] : values) sum = (((sum * kFactor) ^ hash(name)) * kFactor) ^ hash(value);
  return sum;
}

FieldsPtr FieldsPool::Share(const FieldValues& values) {
  if (values.empty()) return none_;
  const MutexLock lock(mutex_);
  const auto found = known_.find(values);
  if (found != known_.end()) return *found;
  if (known_.size() >= capacity_) known_.clear();
  return *known_.insert(std::make_shared<KnownFields>(KnownFields{values, id_of_(values)})).first;
}

}  // namespace rawhaul
