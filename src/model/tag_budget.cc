#include "model/tag_budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace rawhaul {

TagBudget::TagBudget(const DevicePatch& state) : last_report_(state.LastReport()) {
  state.VisitTags([this](std::string_view key, const std::optional<std::string>& value, Timestamp time) {
    const Tag tag{time, value ? std::optional(value->size()) : std::nullopt};
    Add(std::string(key), tag, use_);
    Put(std::string(key), tag);
  });
}

Result<std::vector<std::string>> TagBudget::Admit(const DevicePatch& change) {
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
  for (auto& [key, tag] : counted) Put(std::move(key), tag);
  use_ = after;
  last_report_ = std::max(last_report_, change.LastReport());
  return TakeOverdue();
}

void TagBudget::Put(std::string key, const Tag& tag) {
  const auto [known, is_new] = tags_.try_emplace(key, tag);
  if (!is_new && !known->second.bytes) deletions_.erase({known->second.time, key});
  known->second = tag;
  if (!tag.bytes && key != kUserIdTag) deletions_.emplace(tag.time, std::move(key));
}

std::vector<std::string> TagBudget::TakeOverdue() {
  std::vector<std::string> overdue;
  while (!deletions_.empty() && (deletions_.size() > kMaxDeletionsRemembered ||
                                 last_report_ - deletions_.begin()->first > kDeletionsRemembered)) {
    auto oldest = deletions_.extract(deletions_.begin());
    tags_.erase(oldest.value().second);
    overdue.push_back(std::move(oldest.value().second));
  }
  return overdue;
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
