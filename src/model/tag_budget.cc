#include "model/tag_budget.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace rawhaul {

TagBudget::TagBudget(const DevicePatch& state) {
  state.VisitTags([this](std::string_view key, const std::optional<std::string>& value, Timestamp time) {
    const Tag tag{time, value ? std::optional(value->size()) : std::nullopt};
    const auto added = tags_.emplace_hint(tags_.end(), key, tag);
    Add(added->first, tag, use_);
  });
}

Status TagBudget::Admit(const DevicePatch& change) {
  Use after = use_;
  size_t named = 0;
  std::vector<std::pair<std::string, Tag>> counted;
  change.VisitTags([&](std::string_view key, const std::optional<std::string>& value, Timestamp time) {
    ++named;
    const auto known = tags_.find(key);
    if (known != tags_.end() && known->second.time > time) return;
    if (known != tags_.end()) Remove(known->first, known->second, after);
    counted.emplace_back(key, Tag{time, value ? std::optional(value->size()) : std::nullopt});
    Add(counted.back().first, counted.back().second, after);
  });
  const auto is_over = [](size_t now, size_t before, size_t limit) { return now > limit && now > before; };
  if (named > kMaxDeviceTags || is_over(after.tags, use_.tags, kMaxDeviceTags) ||
      is_over(after.bytes, use_.bytes, kMaxDeviceTagBytes)) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "the device would have {} tags of {} bytes, out of {} that were sent; it may have {} tags of "
            "{} bytes, keys and values, and be sent {} at once: delete some",
            after.tags, after.bytes, named, kMaxDeviceTags, kMaxDeviceTagBytes, kMaxDeviceTags),
        std::string(kTooManyTags));
  }
  for (auto& [key, tag] : counted) tags_.insert_or_assign(std::move(key), tag);
  use_ = after;
  return {};
}

void TagBudget::Add(const std::string& key, const Tag& tag, Use& use) {
  if (!tag.bytes) return;
  ++use.tags;
  use.bytes += key.size() + *tag.bytes;
}

void TagBudget::Remove(const std::string& key, const Tag& tag, Use& use) {
  if (!tag.bytes) return;
  --use.tags;
  use.bytes -= key.size() + *tag.bytes;
}

}  // namespace rawhaul
