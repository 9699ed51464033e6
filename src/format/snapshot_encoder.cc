// Tag, Token, Device and Push: one row for one stored thing.
#include <span>
#include <string>
#include <type_traits>

#include "format/encoder.h"
#include "format/record_rows.h"
#include "format/snapshot_rows.h"

namespace rawhaul {
namespace {

// `fill(row)` gives a JsonObject or a CsvLine its values, in the order of the columns.
template <typename Fill>
Encoded AppendRow(ExportFormat format, ByteBuffer& out, Fill fill) {
  std::string text;
  if (format == ExportFormat::kCsvBlob) {
    CsvLine line(text);
    fill(line);
    line.End();
  } else {
    if (format == ExportFormat::kJsonBlob && !out.empty()) text += kJsonSeparator;
    JsonObject object(text);
    fill(object);
    object.End();
    if (format == ExportFormat::kJsonLinesBlob) text += '\n';
  }
  out.Append(text);
  return {.rows = 1};
}

std::optional<std::string> IfKnown(const Guid& id) {
  return id.IsZero() ? std::nullopt : std::optional(id.ToHex());
}
std::optional<std::string> IfKnown(const std::optional<Timestamp>& time) {
  return time ? std::optional(std::to_string(ToMillis(*time))) : std::nullopt;
}
OptionalText IfKnown(const std::optional<bool>& flag) {
  return flag ? OptionalText(*flag ? "true" : "false") : std::nullopt;
}

std::optional<std::string> TagsIfAny(const Device& device) {
  if (device.tags.empty()) return std::nullopt;
  std::string json;
  JsonObject object(json);
  for (const auto& [key, value] : device.tags) object.Text(key, value);
  object.End();
  return json;
}

template <typename Row>
void PutOwner(Row& row, const Guid& device_id, const OptionalText& user_id) {
  row.Id("deviceId", device_id.ToHex());
  row.Text("userId", user_id);
}

template <typename Row>
void PutMeta(Row& row, const Device& device) {
  row.Value("firstSeen", IfKnown(std::optional(device.first_seen)));
  row.Value("lastSeen", IfKnown(std::optional(device.last_seen)));
  row.Value("lastInfo", IfKnown(device.last_info));
  row.Value("lastLocation", IfKnown(device.last_location));
  row.Value("nativePushEnabled", IfKnown(device.native_push_enabled));
}

template <typename Row>
void PutFields(Row& row, std::span<const FieldSpec> specs, const FieldValues& values) {
  for (const FieldSpec& spec : specs) {
    const auto found = values.find(spec.name);
    const OptionalText value = found == values.end() ? std::nullopt : OptionalText(found->second);
    spec.type == FieldType::kInteger ? row.Value(spec.name, value) : row.Text(spec.name, value);
  }
}

template <typename Row>
void PutContentIds(Row& row, const Device& device) {
  row.Id("infoId", IfKnown(device.info_id()));
  row.Id("locationId", IfKnown(device.location_id()));
  row.Text("externalId", device.external_id);
}

template <typename Row>
void PutFlatDevice(Row& row, const Device& device) {
  PutOwner(row, device.id, device.user_id());
  PutMeta(row, device);
  PutFields(row, kInfoFields, device.info);
  PutFields(row, kLocationFields, device.location);
  row.Json("appInfo", TagsIfAny(device));
  PutContentIds(row, device);
  row.Text("tokenType", device.token ? OptionalText(device.token->type) : std::nullopt);
  row.Text("token", device.token ? OptionalText(device.token->token) : std::nullopt);
}

void PutFieldsObject(JsonObject& parent, std::string_view name, std::span<const FieldSpec> specs,
                     const FieldValues& values) {
  if (values.empty()) return;
  JsonObject object = parent.Object(name);
  PutFields(object, specs, values);
  object.End();
}

// The Device object of the REST API, and what exports add to it.
void PutNestedDevice(JsonObject& row, const Device& device) {
  PutOwner(row, device.id, device.user_id());
  JsonObject meta = row.Object("meta");
  PutMeta(meta, device);
  meta.End();
  PutFieldsObject(row, "info", kInfoFields, device.info);
  PutFieldsObject(row, "location", kLocationFields, device.location);
  row.Json("appInfo", TagsIfAny(device));
  PutContentIds(row, device);
  if (!device.token) return;
  JsonObject token = row.Object("token");
  token.Text("type", device.token->type);
  token.Text("token", device.token->token);
  token.End();
}

Encoded EncodeWholeDevice(ExportFormat format, const Device& device, ByteBuffer& out) {
  return AppendRow(format, out, [&]<typename Row>(Row& row) {
    if constexpr (std::is_same_v<Row, JsonObject>) {
      if (format == ExportFormat::kJsonBlob) return PutNestedDevice(row, device);
    }
    PutFlatDevice(row, device);
  });
}

Encoded EncodeTags(ExportFormat format, const Device& device, ByteBuffer& out) {
  if (device.tags.empty()) return {};
  return AppendRow(format, out, [&](auto& row) {
    PutOwner(row, device.id, device.user_id());
    row.Json("tags", TagsIfAny(device));
  });
}

Encoded EncodeToken(ExportFormat format, const Device& device, ByteBuffer& out) {
  if (!device.token) return {};
  return AppendRow(format, out, [&](auto& row) {
    PutOwner(row, device.id, device.user_id());
    row.Text("token", device.token->token);
    row.Text("type", device.token->type);
  });
}

std::string StatusOf(const Feedback& feedback) {
  std::string json = "[";
  for (size_t bit = 0; bit < kFeedbackFlags.size(); ++bit) {
    if ((feedback.flags >> bit & 1) == 0) continue;
    if (json.size() > 1) json += ',';
    json += '"';
    json += kFeedbackFlags[bit];
    json += '"';
  }
  return json.size() > 1 ? json + ']' : R"(["None"])";
}

}  // namespace

Encoded EncodeDevice(ExportType type, ExportFormat format, const Device& device, ByteBuffer& out) {
  switch (type) {
    case ExportType::kTag:
      return EncodeTags(format, device, out);
    case ExportType::kToken:
      return EncodeToken(format, device, out);
    default:
      return EncodeWholeDevice(format, device, out);
  }
}

Encoded EncodeFeedback(ExportFormat format, const FeedbackKey& key, const Feedback& feedback,
                       std::string_view user_id, ByteBuffer& out) {
  return AppendRow(format, out, [&](auto& row) {
    PutOwner(row, key.device_id, user_id.empty() ? std::nullopt : OptionalText(user_id));
    row.Text("campaignType", ToString(key.type));
    row.Value("campaignId", std::to_string(key.campaign_id));
    row.Json("status", StatusOf(feedback));
  });
}

}  // namespace rawhaul
