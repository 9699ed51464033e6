// How many tags a device may have.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/device.h"

namespace rawhaul {

// Of one device. What a client sends for years must not make a device that is too large to be read.
inline constexpr size_t kMaxDeviceTags = 1000;                   // that are set; also that one change names
inline constexpr size_t kMaxDeviceTagBytes = size_t{256} << 10;  // of their keys and values

// That a tag was deleted is remembered so long, against reports of before that come late.
inline constexpr std::chrono::days kDeletionsRemembered{30};
inline constexpr size_t kMaxDeletionsRemembered = 1000;
// The reason of what is refused for it.
inline constexpr std::string_view kTooManyTags = "TooManyTags";

// Judges changes of a device, one behind the other. Each costs as much as the change is large, however many
// tags the device has.
class TagBudget {
 public:
  explicit TagBudget(const DevicePatch& state);

  // Takes the change, or leaves all as it was: kInvalidArgument with the reason TooManyTags when the device
  // would have more tags than it may. One that has more, from before there was a limit, may keep them, and
  // get fewer. Returns the tags of which the change has to forget (ForgetTag) that they were deleted: long
  // before the device's last report, or before too many others. Never the user: what is kept elsewhere of the
  // device's context would know more than the device.
  Result<std::vector<std::string>> Admit(const DevicePatch& change);

 private:
  struct Tag {
    Timestamp time;
    std::optional<size_t> bytes;  // of its value; nullopt: deleted
  };
  struct Use {
    size_t tags = 0;
    size_t bytes = 0;
  };
  static void Add(const std::string& key, const Tag& tag, Use& use);
  static void Remove(const std::string& key, const Tag& tag, Use& use);

  void Put(std::string key, const Tag& tag);
  std::vector<std::string> TakeOverdue();

  std::map<std::string, Tag, std::less<>> tags_;
  std::set<std::pair<Timestamp, std::string>> deletions_;  // that may be forgotten
  Timestamp last_report_;
  Use use_;
};

}  // namespace rawhaul
