#include "api/device_json.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <span>

#include "api/request_body.h"
#include "base/integer.h"
#include "collect/tag_json.h"
#include "model/json_text.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

json::object MetaJson(const Device& device) {
  json::object meta;
  const auto put_time = [&](std::string_view name, const std::optional<Timestamp>& time) {
    if (time && *time != Timestamp()) meta[name] = ToMillis(*time);
  };
  put_time("firstSeen", device.first_seen);
  put_time("lastSeen", device.last_seen);
  put_time("lastInfo", device.last_info);
  put_time("lastLocation", device.last_location);
  if (device.native_push_enabled) meta["nativePushEnabled"] = *device.native_push_enabled;
  return meta;
}

json::object AppInfoJson(const Device& device) {
  json::object tags;
  for (const auto& [key, value] : device.tags) tags[key] = value;
  return tags;
}

json::object Select(const KeySelection& keys, const json::object& all) {
  json::object selected;
  for (const auto& [key, value] : all) {
    if (keys.Has(key)) selected[key] = value;
  }
  return selected;
}

json::value FieldJson(FieldType type, const std::string& text) {
  return type == FieldType::kText ? json::value(text) : json::value(ParseInteger<int64_t>(text).value_or(0));
}

json::object FieldsJson(std::span<const FieldSpec> specs, const FieldValues& values) {
  json::object fields;
  for (const FieldSpec& spec : specs) {
    const auto found = values.find(spec.name);
    if (found != values.end()) fields[spec.name] = FieldJson(spec.type, found->second);
  }
  return fields;
}

Result<Nulls> DeleteOnNull(const json::object& body) {
  const json::value* value = FindMember(body, "deleteOnNull");
  if (value == nullptr) return Nulls::kPassOver;
  if (!value->is_bool()) return InvalidBody("deleteOnNull must be true or false.");
  return value->as_bool() ? Nulls::kDelete : Nulls::kPassOver;
}

// "tags.{id}", cut when it is long.
std::string PlaceOf(std::string_view id) {
  const std::string quoted = Quoted(id);
  return "tags." + quoted.substr(1, quoted.size() - 2);
}

}  // namespace

json::object ToJson(const Device& device) {
  json::object out{{"deviceId", device.id.ToHex()},
                   {"meta", MetaJson(device)},
                   {"info", FieldsJson(kInfoFields, device.info)},
                   {"location", FieldsJson(kLocationFields, device.location)},
                   {"appInfo", AppInfoJson(device)}};
  if (device.external_id) out["externalId"] = *device.external_id;
  return out;
}

std::optional<json::object> ToQueryResult(const Device& device, const DeviceSelect& select) {
  json::object meta = Select(select.meta, MetaJson(device));
  json::object app_info = Select(select.app_info, AppInfoJson(device));
  if (meta.empty() && app_info.empty()) return std::nullopt;
  json::object out{{"deviceId", device.id.ToHex()}};
  if (select.meta.any()) out["meta"] = std::move(meta);
  if (select.app_info.any()) out["appInfo"] = std::move(app_info);
  return out;
}

Result<TagsById> ParseTagsBody(std::string_view body) {
  constexpr std::array<std::string_view, 2> kMembers{"tags", "deleteOnNull"};
  RAWHAUL_ASSIGN(const json::object object, ParseBodyObject(body, kMembers));
  RAWHAUL_ASSIGN(const Nulls nulls, DeleteOnNull(object));
  const json::value* tags = object.if_contains("tags");
  if (tags == nullptr || !tags->is_object())
    return InvalidBody(R"("tags" must be an object of objects, {id: {tag: text}}.)");
  TagsById by_id;
  for (const auto& [id, of_device] : tags->as_object()) {
    RAWHAUL_ASSIGN(TagChanges changes, ParseTagChanges(PlaceOf(id), of_device, nulls));
    by_id.emplace_back(id, std::move(changes));
  }
  return by_id;
}

}  // namespace rawhaul::api
