#include "collect/segment/context.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/country.h"
#include "base/encoding.h"
#include "base/time_zone.h"
#include "collect/batch_fields.h"
#include "collect/segment/texts.h"

namespace rawhaul::segment {
namespace {

constexpr size_t kMaxFieldCharacters = 256;
constexpr size_t kMaxTokenTypeCharacters = 64;

struct Source {
  std::string_view from;  // in the context
  std::string_view to;    // of kInfoFields
};
constexpr std::array<Source, 10> kSources{{
    {"device.model", "phoneModel"},
    {"device.manufacturer", "phoneManufacturer"},
    {"os.version", "firmwareVersion"},
    {"os.name", "firmwareName"},
    {"os.apiLevel", "androidAPILevel"},
    {"locale", "locale"},
    {"network.carrier", "carrierName"},
    {"app.version", "applicationVersionName"},
    {"app.build", "applicationVersionCode"},
    {"library.version", "serviceVersion"},
}};

FieldType TypeOf(std::string_view field) {
  return std::find_if(kInfoFields.begin(), kInfoFields.end(),
                      [&](const FieldSpec& spec) { return spec.name == field; })
      ->type;
}

// Numbers are also understood as texts, and texts of digits as numbers.
void SetInfo(std::string_view field, std::string_view text, CollectedBatch& batch) {
  if (text.empty()) return;
  const JsonType type = TypeOf(field) == FieldType::kInteger ? JsonType::kNumber : JsonType::kString;
  (void)SetField("info", kInfoFields, field, {type, Cut(text, kMaxFieldCharacters)}, batch.info);
}

void SetLocation(std::string_view field, std::string_view text, CollectedBatch& batch) {
  if (text.empty()) return;
  (void)SetField("location", kLocationFields, field, {JsonType::kString, Cut(text, kMaxFieldCharacters)},
                 batch.location);
}

void MapNetwork(const Members& context, CollectedBatch& batch) {
  if (context.IsTrue("network.wifi")) {
    SetInfo("networkType", "wifi", batch);
  } else if (context.IsTrue("network.cellular")) {
    SetInfo("networkType", "mobile", batch);
  }
}

void MapTimeZone(const Members& context, Timestamp time, CollectedBatch& batch) {
  const auto offset = ZoneOffset(time, context.Text("timezone"));
  if (offset) SetInfo("timeZoneOffset", std::to_string(offset->count()), batch);
}

void MapLocation(const Members& context, CollectedBatch& batch) {
  SetLocation("countrycode", CountryCode(context.Text("location.country")).value_or(""), batch);
  SetLocation("region", context.Text("location.region"), batch);
  SetLocation("locality", context.Text("location.city"), batch);
}

// The push service, which Segment names by the kind of the device.
std::string TokenType(const Members& context) {
  std::string_view kind = context.Text("device.type");
  if (kind.empty()) kind = context.Text("os.name");
  const std::string type = ToLower(Cut(kind, kMaxTokenTypeCharacters));
  if (type == "android") return "fcm";
  if (type == "ios" || type == "ipados" || type == "tvos" || type == "watchos" || type == "macos") {
    return "apns";
  }
  return type.empty() ? "unknown" : type;
}

void MapToken(const Members& context, CollectedBatch& batch) {
  PushToken token{TokenType(context), {}};
  if (!SetTokenField("token", context.Find("device.token"), token)) return;
  batch.token = std::move(token);
  batch.native_push_enabled = true;
}

}  // namespace

void MapContext(const Members& context, Timestamp time, CollectedBatch& batch) {
  for (const Source& source : kSources) SetInfo(source.to, context.Text(source.from), batch);
  MapNetwork(context, batch);
  MapTimeZone(context, time, batch);
  MapLocation(context, batch);
  MapToken(context, batch);
}

}  // namespace rawhaul::segment
