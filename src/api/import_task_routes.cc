#include "api/import_task_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "api/management.h"
#include "api/paging.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kTasks = "/devices/importTasks";
constexpr uint64_t kDefaultTop = 20;
constexpr uint64_t kMaxTop = 40;
constexpr uint64_t kMaxSkip = uint64_t{1} << 31;

// The sort names of the 2014-12-01 client: jobId is id, jobStatus is state.
constexpr std::array<std::string_view, 5> kOrderNames{"jobId", "jobStatus", "dateCreated", "dateCompleted",
                                                      "errorDetails"};
constexpr std::array<TaskOrder, 5> kOrders{TaskOrder::kId, TaskOrder::kState, TaskOrder::kCreated,
                                           TaskOrder::kCompleted, TaskOrder::kErrorDetails};

TaskOrder OrderOf(std::string_view name) {
  return kOrders[static_cast<size_t>(std::find(kOrderNames.begin(), kOrderNames.end(), name) -
                                     kOrderNames.begin())];
}

json::object ToJson(const ImportTask& task) {
  json::object out{{"id", std::to_string(task.id)},
                   {"state", ToString(task.state)},
                   {"storageUrl", task.storage_url},
                   {"dateCreated", FormatTimestamp(task.created)}};
  if (task.completed) out["dateCompleted"] = FormatTimestamp(*task.completed);
  if (task.error_details) out["errorDetails"] = *task.error_details;
  return out;
}

Result<Secret> ParseCreateBody(std::string_view body) {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  const json::value* url =
      !error && value.is_object() ? value.as_object().if_contains("storageUrl") : nullptr;
  if (url != nullptr && url->is_string() && !url->as_string().empty())
    return Secret(std::string(url->as_string()));
  return Fail(ErrorCode::kInvalidArgument,
              R"(The body must be a JSON object with the URL of a blob: {"storageUrl":"https://..."}.)",
              "InvalidBody");
}

Result<http::Response> Create(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const Secret url, ParseCreateBody(request.body));
  RAWHAUL_ASSIGN(const ImportTask task, environment.imports.Create(app.id, url));
  http::Response response = http::JsonResponse(202, json::serialize(ToJson(task)));
  response.headers.emplace_back("Location", fmt::format("{}{}/{}?api-version={}", OriginOf(request),
                                                        request.path, task.id, kApiVersion));
  return response;
}

Result<http::Response> Get(const http::Request& request, const App& app, const Environment& environment) {
  const std::string_view text = request.path_parameter("id");
  uint64_t id = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  RAWHAUL_ASSIGN(const auto task, environment.catalog.imports().Find(app.id, is_number ? id : 0));
  if (task) return http::JsonResponse(200, json::serialize(ToJson(*task)));
  return Fail(ErrorCode::kNotFound, fmt::format("There is no import task {}.", text), "ImportTaskNotFound");
}

Result<http::Response> List(const http::Request& request, const App& app, const Environment& environment) {
  TaskCatalog::Page page;
  RAWHAUL_ASSIGN(page.skip, NumberParameter(request, "$skip", 0, 0, kMaxSkip));
  RAWHAUL_ASSIGN(const uint64_t top, NumberParameter(request, "$top", kDefaultTop, 1, kMaxTop));
  RAWHAUL_ASSIGN(const OrderBy order, OrderByParameter(request, kOrderNames));
  page.top = top + 1;  // one more tells whether there is a next page
  page.order = OrderOf(order.property);
  page.descending = order.descending;
  RAWHAUL_ASSIGN(auto tasks, environment.catalog.imports().List(app.id, page));

  const bool more = tasks.size() > top;
  if (more) tasks.pop_back();
  json::array value;
  for (const ImportTask& task : tasks) value.push_back(ToJson(task));
  json::object out{{"value", std::move(value)}};
  if (more) out["nextLink"] = NextLink(request, page.skip + top, top);
  return http::JsonResponse(200, json::serialize(out));
}

}  // namespace

void AddImportTaskRoutes(http::Router& router, const Environment& environment) {
  const auto add = [&](std::string_view method, const std::string& path, Role role, auto handler) {
    AddAppRoute(router, environment, method, path, role,
                [environment, handler](const http::Request& request, const App& app) {
                  return handler(request, app, environment);
                });
  };
  const std::string tasks(kTasks);
  add("POST", tasks, Role::kContributor, Create);
  add("GET", tasks, Role::kReader, List);
  add("GET", tasks + "/{id}", Role::kReader, Get);
}

}  // namespace rawhaul::api
