#include "collect/batch_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/unicode.h"
#include "model/device_id.h"
#include "model/json_text.h"
#include "model/tag_budget.h"

namespace rawhaul {
namespace {

constexpr size_t kMaxFieldCharacters = 256;
constexpr size_t kMaxTagKeyCharacters = 64;
constexpr size_t kMaxTokenTypeCharacters = 64;
constexpr size_t kMaxTokenCharacters = 4096;

auto Invalid(std::string_view reason, std::string_view field, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" must {}", field, rule), std::string(reason));
}

bool Fits(std::string_view text, size_t characters) {
  return text.size() <= characters || CountCharacters(text) <= characters;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool IsTagKey(std::string_view key) {
  return !key.empty() && Fits(key, kMaxTagKeyCharacters) && std::none_of(key.begin(), key.end(), IsControl);
}

// The value as it is kept: integers in their shortest form. nullopt when it does not fit the type.
std::optional<std::string> FieldText(FieldType type, const JsonValue& value) {
  if (type == FieldType::kInteger) {
    const auto integer = ToInteger(value);
    return integer ? std::optional(std::to_string(*integer)) : std::nullopt;
  }
  if (!value.is_string() || !Fits(value.text, kMaxFieldCharacters)) return std::nullopt;
  return std::string(value.text);
}

}  // namespace

tl::unexpected<Error> NotAnObject(std::string_view field) {
  return Invalid("InvalidType", field, "be an object");
}

Status CheckTag(std::string_view object, std::string_view key, std::string_view value,
                const CollectLimits& limits) {
  if (!IsTagKey(key)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the key {} of \"{}\" must have 1 to {} characters and no control characters",
                            Quoted(key), object, kMaxTagKeyCharacters),
                "InvalidTag");
  }
  if (Fits(value, limits.max_tag_characters)) return {};
  return Invalid("InvalidTag", fmt::format("{}.{}", object, key),
                 fmt::format("have at most {} characters", limits.max_tag_characters));
}

Status CheckTagCount(std::string_view object, size_t count) {
  if (count <= kMaxDeviceTags) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" must name at most {} tags", object, kMaxDeviceTags),
              std::string(kTooManyTags));
}

Status SetDeviceId(const JsonValue& value, CollectedBatch& batch) {
  const auto id = value.is_string() ? ParseDeviceId(value.text) : std::nullopt;
  if (!id) {
    return Invalid("InvalidDeviceId", "deviceId",
                   fmt::format("be a GUID or another string of 1 to {} characters", kMaxDeviceIdCharacters));
  }
  batch.device_id = *id;
  batch.external_id = ParseGuid(value.text) ? std::nullopt : std::optional(std::string(value.text));
  return {};
}

Status SetBatchId(const JsonValue& value, CollectedBatch& batch) {
  if (!value.given()) return {};
  if (value.is_string()) batch.batch_id = ParseGuid(value.text);
  if (!value.is_string() || !batch.batch_id) {
    return Invalid("InvalidGuid", "batchId", "be a GUID: 32 hexadecimal digits, or 8-4-4-4-12");
  }
  return {};
}

Status SetSentAt(const JsonValue& value, CollectedBatch& batch) {
  if (!value.given()) return {};
  if (value.is_string()) batch.sent_at = ParseTimestamp(value.text);
  if (!value.is_string() || !batch.sent_at) {
    return Invalid("InvalidTimestamp", "sentAt", "be an RFC 3339 time of the years 1970 to 9999");
  }
  return {};
}

Status SetNativePushEnabled(const JsonValue& value, CollectedBatch& batch) {
  if (!value.given()) return {};
  if (value.type != JsonType::kBoolean) return Invalid("InvalidType", "nativePushEnabled", "be a boolean");
  batch.native_push_enabled = value.text == "true";
  return {};
}

Status SetField(std::string_view object, std::span<const FieldSpec> specs, std::string_view key,
                const JsonValue& value, FieldValues& out) {
  const auto spec =
      std::find_if(specs.begin(), specs.end(), [&](const FieldSpec& s) { return s.name == key; });
  if (spec == specs.end() || !value.given()) return {};
  auto text = FieldText(spec->type, value);
  if (!text) {
    return Invalid("InvalidField", fmt::format("{}.{}", object, key),
                   spec->type == FieldType::kInteger
                       ? std::string("be an integer")
                       : fmt::format("be a string of at most {} characters", kMaxFieldCharacters));
  }
  out.insert_or_assign(std::string(key), *std::move(text));
  return {};
}

Status AddTag(std::string_view key, const JsonValue& value, const CollectLimits& limits,
              CollectedBatch& batch) {
  RAWHAUL_TRY(CheckTagCount("appInfo", batch.tags.size() + 1));
  RAWHAUL_TRY(CheckTag("appInfo", key, value.text, limits));
  if (value.type == JsonType::kObject || value.type == JsonType::kArray) {
    return Invalid("InvalidTag", fmt::format("appInfo.{}", key), "be a string, number, boolean or null");
  }
  batch.tags.emplace_back(key, value.given() ? std::optional(std::string(value.text)) : std::nullopt);
  return {};
}

Status SetTokenField(std::string_view key, const JsonValue& value, PushToken& token) {
  if (key != "type" && key != "token") return {};
  const size_t limit = key == "type" ? kMaxTokenTypeCharacters : kMaxTokenCharacters;
  if (!value.is_string() || value.text.empty() || !Fits(value.text, limit)) {
    return Invalid("InvalidPushToken", fmt::format("pushToken.{}", key),
                   fmt::format("be a string of 1 to {} characters", limit));
  }
  (key == "type" ? token.type : token.token) = value.text;
  return {};
}

Status CheckToken(const PushToken& token) {
  if (!token.type.empty() && !token.token.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"pushToken.{}\" is missing", token.type.empty() ? "type" : "token"),
              "MissingField");
}

}  // namespace rawhaul
