#include "api/export_task_routes.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "api/errors.h"
#include "api/export_task_json.h"
#include "api/management.h"
#include "api/paging.h"
#include "api/task_pages.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kTasks = "/devices/exportTasks";

struct CreateOperation {
  std::string_view segment;
  ExportType type;
  Selection selection;
};
constexpr std::array<CreateOperation, 11> kCreateOperations{{
    {"activities", ExportType::kActivity, Selection::kDays},
    {"crashes", ExportType::kCrash, Selection::kDays},
    {"errors", ExportType::kError, Selection::kDays},
    {"events", ExportType::kEvent, Selection::kDays},
    {"jobs", ExportType::kJob, Selection::kDays},
    {"sessions", ExportType::kSession, Selection::kDays},
    {"tags", ExportType::kTag, Selection::kSnapshot},
    {"tokens", ExportType::kToken, Selection::kSnapshot},
    {"devices", ExportType::kDevice, Selection::kSnapshot},
    {"feedbackByDate", ExportType::kPush, Selection::kFeedbackByDate},
    {"feedbackByCampaign", ExportType::kPush, Selection::kFeedbackByCampaign},
}};

// The sort names of the 2014-12-01 client; those of the task's own fields differ (taskId is id, taskStatus is
// state).
constexpr TaskOrderNames kOrderNames{"taskId", "taskStatus", "dateCreated", "dateCompleted", "errorDetails"};

tl::unexpected<Error> NoSuchTask(std::string_view id) {
  return Fail(ErrorCode::kNotFound, fmt::format("There is no export task {}.", id), "ExportTaskNotFound");
}

Result<uint64_t> TaskId(const http::Request& request) {
  const auto id = IdParameter(request);
  if (!id) return NoSuchTask(request.path_parameter("id"));
  return *id;
}

void AddLiveProgress(const ExportRunner& exports, ExportTask& task) {
  if (const auto live = exports.ProgressOf(task.id)) task.progress = *live;
}

http::Response TaskResponse(int status, const ExportTask& task) {
  return http::JsonResponse(status, json::serialize(ToJson(task)));
}

std::string TaskUrl(const http::Request& request, uint64_t id) {
  const std::string tasks = request.path.substr(0, request.path.rfind('/'));
  return fmt::format("{}{}/{}?api-version={}", OriginOf(request), tasks, id, kApiVersion);
}

AppHandler CreateBy(const CreateOperation& operation) {
  return [operation](const http::Request& request, const App& app,
                     const Environment& environment) -> Result<http::Response> {
    RAWHAUL_ASSIGN(CreateBody body, ParseCreateBody(request.body, request.header("content-type"),
                                                    operation.type, operation.selection));
    body.request.app = app.id;
    RAWHAUL_ASSIGN(const ExportTask task, environment.exports.Create(body.request, body.container_url));
    http::Response response = TaskResponse(202, task);
    response.headers.emplace_back("Location", TaskUrl(request, task.id));
    return response;
  };
}

Result<http::Response> Get(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const uint64_t id, TaskId(request));
  RAWHAUL_ASSIGN(auto task, environment.catalog.tasks().Find(app.id, id));
  if (!task) return NoSuchTask(request.path_parameter("id"));
  AddLiveProgress(environment.exports, *task);
  return TaskResponse(200, *task);
}

Result<http::Response> List(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const TaskCatalog::Page page, TaskPageParameters(request, kOrderNames));
  RAWHAUL_ASSIGN(auto tasks, environment.catalog.tasks().List(app.id, page));
  json::array value;
  for (ExportTask& task : tasks) {
    AddLiveProgress(environment.exports, task);
    value.push_back(ToJson(task));
  }
  return PageResponse(request, std::move(value), page.skip, page.top - 1);
}

Result<http::Response> Cancel(const http::Request& request, const App& app, const Environment& environment) {
  RAWHAUL_ASSIGN(const uint64_t id, TaskId(request));
  RAWHAUL_ASSIGN(const ExportTask task, environment.exports.Cancel(app.id, id));
  return TaskResponse(200, task);
}

Result<http::Response> RenewCredential(const http::Request& request, const App& app,
                                       const Environment& environment) {
  RAWHAUL_ASSIGN(const uint64_t id, TaskId(request));
  RAWHAUL_ASSIGN(const Secret url, ParseRenewBody(request.body, request.header("content-type")));
  RAWHAUL_ASSIGN(ExportTask task, environment.exports.RenewCredential(app.id, id, url));
  AddLiveProgress(environment.exports, task);
  return TaskResponse(200, task);
}

}  // namespace

void AddExportTaskRoutes(http::Router& router, const Environment& environment) {
  RoutesBelowApp routes(router, environment);
  const std::string tasks(kTasks);
  for (const CreateOperation& operation : kCreateOperations) {
    routes.Add("POST", fmt::format("{}/{}", kTasks, operation.segment), Role::kContributor,
               CreateBy(operation));
  }
  routes.Add("GET", tasks, Role::kReader, List);
  routes.Add("GET", tasks + "/{id}", Role::kReader, Get);
  routes.Add("PATCH", tasks + "/{id}", Role::kContributor, RenewCredential);
  routes.Add("POST", tasks + "/{id}/cancel", Role::kContributor, Cancel);
}

}  // namespace rawhaul::api
