#include "store/rocksdb/keys.h"

#include <concepts>

namespace rawhaul::keys {
namespace {

template <std::unsigned_integral T>
void Put(T value, std::string& out) {
  for (size_t i = sizeof(T); i-- > 0;) out += static_cast<char>(static_cast<uint8_t>(value >> (8 * i)));
}

// REQUIRES at least sizeof(T) bytes.
template <std::unsigned_integral T>
T Take(std::string_view& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(sizeof(T));
  return static_cast<T>(value);
}

Guid TakeGuid(std::string_view& bytes) {
  const Guid guid = GuidFromBytes(bytes.substr(0, 16));
  bytes.remove_prefix(16);
  return guid;
}

constexpr size_t kRecordKeySize = 4 + 1 + 4 + 8;
constexpr size_t kGuidKeySize = 4 + 16;
constexpr size_t kUserKeySize = 4 + 16 + 16;
constexpr size_t kFeedbackKeySize = 4 + 1 + 8 + 16;

}  // namespace

std::string Encode(const RecordKey& key) {
  std::string out;
  out.reserve(kRecordKeySize);
  Put(key.app, out);
  Put(static_cast<uint8_t>(key.kind), out);
  Put(key.hour, out);
  Put(key.sequence, out);
  return out;
}

std::optional<RecordKey> ParseRecordKey(std::string_view bytes) {
  if (bytes.size() != kRecordKeySize) return std::nullopt;
  RecordKey key;
  key.app = Take<uint32_t>(bytes);
  key.kind = static_cast<RecordKind>(Take<uint8_t>(bytes));
  key.hour = Take<Hour>(bytes);
  key.sequence = Take<uint64_t>(bytes);
  return key;
}

std::string Encode(const GuidKey& key) {
  std::string out;
  out.reserve(kGuidKeySize);
  Put(key.app, out);
  out += key.guid.AsBytes();
  return out;
}

std::optional<GuidKey> ParseGuidKey(std::string_view bytes) {
  if (bytes.size() != kGuidKeySize) return std::nullopt;
  GuidKey key;
  key.app = Take<uint32_t>(bytes);
  key.guid = TakeGuid(bytes);
  return key;
}

std::string Encode(const UserKey& key) {
  std::string out;
  out.reserve(kUserKeySize);
  Put(key.app, out);
  out += key.user.AsBytes();
  out += key.device.AsBytes();
  return out;
}

std::optional<UserKey> ParseUserKey(std::string_view bytes) {
  if (bytes.size() != kUserKeySize) return std::nullopt;
  UserKey key;
  key.app = Take<uint32_t>(bytes);
  key.user = TakeGuid(bytes);
  key.device = TakeGuid(bytes);
  return key;
}

std::string Encode(const AppFeedbackKey& key) {
  std::string out;
  out.reserve(kFeedbackKeySize);
  Put(key.app, out);
  Put(static_cast<uint8_t>(key.feedback.type), out);
  Put(key.feedback.campaign_id, out);
  out += key.feedback.device_id.AsBytes();
  return out;
}

std::optional<AppFeedbackKey> ParseFeedbackKey(std::string_view bytes) {
  if (bytes.size() != kFeedbackKeySize) return std::nullopt;
  AppFeedbackKey key;
  key.app = Take<uint32_t>(bytes);
  key.feedback.type = static_cast<CampaignType>(Take<uint8_t>(bytes));
  key.feedback.campaign_id = Take<uint64_t>(bytes);
  key.feedback.device_id = TakeGuid(bytes);
  return key;
}

std::string EncodeNumber(uint64_t value) {
  std::string out;
  Put(value, out);
  return out;
}

std::optional<uint64_t> ParseNumber(std::string_view bytes) {
  if (bytes.size() != sizeof(uint64_t)) return std::nullopt;
  return Take<uint64_t>(bytes);
}

uint32_t AppOf(std::string_view key) { return key.size() < sizeof(uint32_t) ? 0 : Take<uint32_t>(key); }

}  // namespace rawhaul::keys
