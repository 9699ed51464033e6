#include "client/task_json.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/integer.h"

namespace rawhaul::client {
namespace {

namespace json = boost::json;

// Thrown and caught in this file: what is wrong lies deep in a document that a server of ours never writes.
struct Malformed {
  std::string_view name;
};

std::optional<std::string> OptionalText(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_string()) throw Malformed{name};
  return std::string(value->as_string());
}

// The text of a field, as `parse` (text to optional) reads it; nullopt when it is absent.
template <typename Parse>
auto Optional(const json::object& object, std::string_view name, Parse parse) -> decltype(parse("")) {
  const auto text = OptionalText(object, name);
  if (!text) return std::nullopt;
  auto value = parse(*text);
  if (!value) throw Malformed{name};
  return value;
}

template <typename Parse>
auto Required(const json::object& object, std::string_view name, Parse parse) {
  const auto value = Optional(object, name, parse);
  if (!value) throw Malformed{name};
  return *value;
}

template <typename T>
T Number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  boost::system::error_code error;
  const T number = value == nullptr ? T{} : value->to_number<T>(error);
  if (value == nullptr || error) throw Malformed{name};
  return number;
}

std::optional<std::string> AsIs(std::string_view text) { return std::string(text); }

double PercentOf(const json::object& progress) {
  const auto percent = Number<double>(progress, "percent");
  if (!(percent >= 0 && percent <= 100)) throw Malformed{"percent"};
  return percent;
}

ExportRequest RequestOf(const json::object& object) {
  ExportRequest request;
  request.type = Required(object, "exportType", ParseExportType);
  request.format = Required(object, "exportFormat", ParseExportFormat);
  request.compression = Required(object, "compression", ParseCompression);
  request.description = OptionalText(object, "description");
  const auto first = Optional(object, "startDate", ParseDay);
  const auto last = Optional(object, "endDate", ParseDay);
  if (first && last) request.days = DayRange{*first, *last};
  return request;
}

std::vector<ExportedFile> FilesOf(const json::object& object) {
  std::vector<ExportedFile> files;
  for (const json::value& value : object.at("files").as_array()) {
    const json::object& file = value.as_object();
    files.push_back({.name = Required(file, "name", AsIs),
                     .rows = Number<uint64_t>(file, "rows"),
                     .bytes = Number<uint64_t>(file, "bytes"),
                     .sha256 = Required(file, "sha256", AsIs),
                     .first = {},
                     .last = {}});
  }
  return files;
}

ExportTask TaskOf(const json::object& object) {
  ExportTask task;
  task.id = Required(object, "id", ParseInteger<uint64_t>);
  task.request = RequestOf(object);
  task.state = Required(object, "state", ParseTaskState);
  task.created = Required(object, "dateCreated", ParseTimestamp);
  task.started = Optional(object, "dateStarted", ParseTimestamp);
  task.completed = Optional(object, "dateCompleted", ParseTimestamp);
  task.error_details = OptionalText(object, "errorDetails");
  const json::object& progress = object.at("progress").as_object();
  task.progress = {.rows = Number<uint64_t>(progress, "rows"),
                   .bytes = Number<uint64_t>(progress, "bytes"),
                   .percent = PercentOf(progress)};
  if (const auto until = Optional(progress, "waitingUntil", ParseTimestamp))
    task.wait = TaskWait{Required(progress, "waitingFor", ParseWaitsFor), *until};
  task.files = FilesOf(object);
  task.manifest = OptionalText(object, "manifest");
  return task;
}

}  // namespace

Result<ServerTask> ParseTask(const json::value& value) try {
  return ServerTask{TaskOf(value.as_object()), json::serialize(value)};
} catch (const Malformed& malformed) {
  return Fail(
      ErrorCode::kInternal,
      fmt::format("the server's answer is no export task: \"{}\" is missing or wrong", malformed.name));
} catch (const std::exception&) {
  return Fail(ErrorCode::kInternal, "the server's answer is no export task");
}

}  // namespace rawhaul::client
