#include "api/device_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "api/device_json.h"
#include "api/device_query.h"
#include "api/management.h"
#include "api/paging.h"
#include "model/device_id.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr uint64_t kMaxTop = 100;
// A page ends here though it is not full: a filter that few devices pass must not hold up the server, however
// many there are.
constexpr size_t kMaxExamined = 10'000;

struct ListQuery {
  size_t top = kMaxTop;
  DeviceFilter filter;
  DeviceSelect select = kSelectAll;
};

Result<ListQuery> ParseListQuery(const http::Request& request) {
  ListQuery query;
  RAWHAUL_ASSIGN(const uint64_t top,
                 NumberParameter(request, "$top", kMaxTop, 1, std::numeric_limits<int64_t>::max()));
  query.top = std::min(top, kMaxTop);
  if (const std::string* filter = request.query_parameter("$filter")) {
    RAWHAUL_ASSIGN(query.filter, ParseDeviceFilter(*filter));
  }
  if (const std::string* select = request.query_parameter("$select")) {
    RAWHAUL_ASSIGN(query.select, ParseDeviceSelect(*select));
  }
  return query;
}

struct DevicePage {
  json::array value;
  std::optional<Guid> last;  // the last device that was looked at, when there is one behind it
};

Result<DevicePage> ReadPage(const DeviceStore& devices, uint32_t app, const ListQuery& query) {
  DevicePage page;
  if (query.filter.last < query.filter.first) return page;
  const auto cursor = devices.Snapshot(app)->Read(query.filter.first, query.filter.last);
  size_t examined = 0;
  Guid last;
  Guid id;
  for (DevicePatch state; cursor->Next(id, state); last = id) {
    if (page.value.size() == query.top || examined++ == kMaxExamined) {
      page.last = last;
      break;
    }
    auto result = ToQueryResult(state.ToDevice(id, query.filter.modified), query.select);
    if (result) page.value.push_back(*std::move(result));
  }
  RAWHAUL_TRY(cursor->status());
  return page;
}

Result<http::Response> List(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const ListQuery query, ParseListQuery(request));
  RAWHAUL_ASSIGN(DevicePage page, ReadPage(environment.devices, app.id, query));
  json::object out{{"value", std::move(page.value)}};
  if (page.last) out["nextLink"] = LinkWith(request, {{"$filter", FilterBehind(query.filter, *page.last)}});
  return http::JsonResponse(200, json::serialize(out));
}

http::Response DeviceResponse(const Device& device) {
  return http::JsonResponse(200, json::serialize(ToJson(device)));
}

Result<http::Response> Get(const http::Request& request, const App& app, const Environment& environment) {
  const auto id = ParseDeviceId(request.path_parameter("deviceId"));
  std::optional<Device> device;
  if (id) {
    RAWHAUL_ASSIGN(device, environment.devices.Find(app.id, *id));
  }
  if (device) return DeviceResponse(*device);
  return Fail(ErrorCode::kNotFound, "There is no such device in this app.", "DeviceNotFound");
}

// Of several devices of a user, the one that was seen last.
Result<http::Response> GetOfUser(const http::Request& request, const App& app,
                                 const Environment& environment) {
  RAWHAUL_ASSIGN(const auto ids, environment.devices.FindByUser(app.id, request.path_parameter("userId")));
  std::optional<Device> latest;
  for (const Guid& id : ids) {
    RAWHAUL_ASSIGN(auto device, environment.devices.Find(app.id, id));
    if (device && (!latest || device->last_seen > latest->last_seen)) latest = std::move(device);
  }
  if (latest) return DeviceResponse(*latest);
  return Fail(ErrorCode::kNotFound, "No device of this app has such a user.", "UserNotFound");
}

using SetTags = Result<bool> (TagWriter::*)(std::string_view, const TagChanges&);

Error NotTagged(const TagsById& tags, const TagWriter::Refusal& refused) {
  Error error = refused.error;
  error.message =
      fmt::format("{}: {}; what was sent of others is stored", tags[refused.call].first, error.message);
  return error;
}

AppHandler TagBy(SetTags set_tags) {
  return [set_tags](const http::Request& request, const App& app,
                    const Environment& environment) -> Result<http::Response> {
    RAWHAUL_ASSIGN(const TagsById tags, ParseTagsBody(request.body));
    TagWriter writer(app.id, environment.collector, environment.devices);
    json::array invalid_ids;
    for (const auto& [id, changes] : tags) {
      RAWHAUL_ASSIGN(const bool is_known, (writer.*set_tags)(id, changes));
      if (!is_known) invalid_ids.push_back(json::value(id));
    }
    RAWHAUL_ASSIGN(const auto refused, writer.Wait());
    if (!refused.empty()) return Fail(NotTagged(tags, refused.front()));
    return http::JsonResponse(200, json::serialize(json::object{{"invalidIds", std::move(invalid_ids)}}));
  };
}

}  // namespace

void AddDeviceRoutes(http::Router& router, const Environment& environment) {
  RoutesBelowApp routes(router, environment);
  routes.Add("GET", "/devices", Role::kReader, List);
  routes.Add("GET", "/devices/{deviceId}", Role::kReader, Get);
  routes.Add("GET", "/users/{userId}", Role::kReader, GetOfUser);
  routes.Add("POST", "/devices/tag", Role::kContributor, TagBy(&TagWriter::TagDevice));
  routes.Add("POST", "/users/tag", Role::kContributor, TagBy(&TagWriter::TagUser));
}

}  // namespace rawhaul::api
