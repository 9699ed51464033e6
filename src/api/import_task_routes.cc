#include "api/import_task_routes.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "api/management.h"
#include "api/paging.h"
#include "api/request_body.h"
#include "api/task_pages.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kTasks = "/devices/importTasks";

// The sort names of the 2014-12-01 client: jobId is id, jobStatus is state.
constexpr TaskOrderNames kOrderNames{"jobId", "jobStatus", "dateCreated", "dateCompleted", "errorDetails"};

json::object ToJson(const ImportTask& task) {
  json::object out{{"id", std::to_string(task.id)},
                   {"state", ToString(task.state)},
                   {"storageUrl", task.storage_url},
                   {"dateCreated", FormatTimestamp(task.created)}};
  if (task.completed) out["dateCompleted"] = FormatTimestamp(*task.completed);
  if (task.error_details) out["errorDetails"] = *task.error_details;
  if (task.wait) {
    out["progress"] = {{"waitingFor", ToString(task.wait->what)},
                       {"waitingUntil", FormatTimestamp(task.wait->until)}};
  }
  return out;
}

Result<Secret> ParseCreateBody(std::string_view body) {
  constexpr std::array<std::string_view, 1> kMembers{"storageUrl"};
  RAWHAUL_ASSIGN(const json::object object, ParseBodyObject(body, kMembers));
  const json::value* url = FindMember(object, "storageUrl");
  if (url != nullptr && url->is_string() && !url->get_string().empty())
    return Secret(std::string(url->get_string()));
  return InvalidBody(
      R"(The body must be a JSON object with the URL of a blob: {"storageUrl":"https://..."}.)");
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
  RAWHAUL_ASSIGN(const auto task,
                 environment.catalog.imports().Find(app.id, IdParameter(request).value_or(0)));
  if (task) return http::JsonResponse(200, json::serialize(ToJson(*task)));
  return Fail(ErrorCode::kNotFound, fmt::format("There is no import task {}.", request.path_parameter("id")),
              "ImportTaskNotFound");
}

Result<http::Response> List(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const TaskCatalog::Page page, TaskPageParameters(request, kOrderNames));
  RAWHAUL_ASSIGN(const auto tasks, environment.catalog.imports().List(app.id, page));
  json::array value;
  for (const ImportTask& task : tasks) value.push_back(ToJson(task));
  return PageResponse(request, std::move(value), page.skip, page.top - 1);
}

}  // namespace

void AddImportTaskRoutes(http::Router& router, const Environment& environment) {
  RoutesBelowApp routes(router, environment);
  const std::string tasks(kTasks);
  routes.Add("POST", tasks, Role::kContributor, Create);
  routes.Add("GET", tasks, Role::kReader, List);
  routes.Add("GET", tasks + "/{id}", Role::kReader, Get);
}

}  // namespace rawhaul::api
