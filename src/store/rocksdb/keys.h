// The keys of the database, and nothing else knows how they look: docs/storage-format.md, "Keys". All numbers
// are big-endian, so that keys sort as their parts do.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"
#include "model/feedback.h"
#include "model/record.h"

namespace rawhaul::keys {

struct RecordKey {
  uint32_t app = 0;
  RecordKind kind = RecordKind::kEvent;
  Hour hour = 0;
  uint64_t sequence = 0;

  auto operator<=>(const RecordKey&) const = default;
};
// How many of its bytes tell app, kind and hour.
inline constexpr size_t kRecordHourPrefix = 9;
std::string Encode(const RecordKey& key);
std::optional<RecordKey> ParseRecordKey(std::string_view bytes);

// Of devices, and of the batch ids that are remembered.
struct GuidKey {
  uint32_t app = 0;
  Guid guid;

  auto operator<=>(const GuidKey&) const = default;
};
std::string Encode(const GuidKey& key);
std::optional<GuidKey> ParseGuidKey(std::string_view bytes);

// Of a user's devices. A user is the name-based GUID of its id, so that all keys have one length.
struct UserKey {
  uint32_t app = 0;
  Guid user;
  Guid device;

  auto operator<=>(const UserKey&) const = default;
};
std::string Encode(const UserKey& key);
std::optional<UserKey> ParseUserKey(std::string_view bytes);

struct AppFeedbackKey {
  uint32_t app = 0;
  FeedbackKey feedback;

  auto operator<=>(const AppFeedbackKey&) const = default;
};
std::string Encode(const AppFeedbackKey& key);
std::optional<AppFeedbackKey> ParseFeedbackKey(std::string_view bytes);

// A number as a value.
std::string EncodeNumber(uint64_t value);
std::optional<uint64_t> ParseNumber(std::string_view bytes);

// Of any key but those of Family::kState: they all begin with the app. 0 of a key that is too short.
uint32_t AppOf(std::string_view key);

}  // namespace rawhaul::keys
