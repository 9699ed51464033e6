#include "api/export_task_json.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <initializer_list>
#include <vector>

#include "api/request_body.h"
#include "base/encoding.h"
#include "base/time.h"
#include "model/json_members.h"

namespace rawhaul::api {
namespace {

namespace json = boost::json;

constexpr uint64_t kMaxMaxFileBytes = uint64_t{1} << 40;

Result<json::object> ParseForm(std::string_view body) {
  const auto fields = rawhaul::ParseForm(body);
  if (!fields) return InvalidBody("The form is not well encoded: a % must be followed by two hex digits.");
  json::object object;
  for (const auto& [name, value] : *fields) object[name] = value;
  return object;
}

// curl -d calls JSON a form, too: what begins like a JSON object is one.
bool IsForm(std::string_view body, std::string_view content_type) {
  return EqualsIgnoreCase(content_type.substr(0, content_type.find(';')),
                          "application/x-www-form-urlencoded") &&
         !body.starts_with('{');
}

Result<json::object> ParseObject(std::string_view body, std::string_view content_type) {
  if (IsForm(body, content_type)) return ParseForm(body);
  return ParseBodyObject(body);
}

Result<std::optional<std::string>> OptionalText(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return InvalidBody(fmt::format("{} must be a string.", name));
  return std::string(value->as_string());
}

Result<std::string> RequiredText(const json::object& object, std::string_view name) {
  RAWHAUL_ASSIGN(auto text, OptionalText(object, name));
  if (!text || text->empty()) return InvalidBody(fmt::format("{} is missing.", name));
  return *std::move(text);
}

// A required field in a form that `parse` (text to optional) knows; `form` says which.
template <typename Parse>
auto RequiredAs(const json::object& object, std::string_view name, Parse parse, std::string_view form)
    -> Result<typename decltype(parse(std::string_view()))::value_type> {
  RAWHAUL_ASSIGN(const std::string text, RequiredText(object, name));
  const auto value = parse(text);
  if (!value) return InvalidBody(fmt::format("{} must be {}.", name, form));
  return *value;
}

// A day on which a record can be.
std::optional<Day> ParseRecordDay(std::string_view text) {
  const auto day = ParseDay(text);
  return day && *day >= Day() ? day : std::nullopt;
}

Result<DayRange> ParseDays(const json::object& object) {
  constexpr std::string_view kForm = "a day, yyyy-MM-dd, of the years 1970 to 9999";
  RAWHAUL_ASSIGN(const Day first, RequiredAs(object, "startDate", ParseRecordDay, kForm));
  RAWHAUL_ASSIGN(const Day last, RequiredAs(object, "endDate", ParseRecordDay, kForm));
  if (first > last) return InvalidBody("startDate must not be after endDate.");
  return DayRange{first, last};
}

Result<CampaignType> ParseType(const json::object& object) {
  return RequiredAs(object, "campaignType", ParseCampaignType, "Announcement, DataPush, NativePush or Poll");
}

Result<FeedbackSelection> ParseWindow(const json::object& object) {
  constexpr std::string_view kForm = "an RFC 3339 time such as 2016-03-30T23:00:00Z";
  FeedbackSelection selection;
  RAWHAUL_ASSIGN(selection.type, ParseType(object));
  RAWHAUL_ASSIGN(selection.window_start, RequiredAs(object, "campaignWindowStart", ParseTimestamp, kForm));
  RAWHAUL_ASSIGN(selection.window_end, RequiredAs(object, "campaignWindowEnd", ParseTimestamp, kForm));
  if (*selection.window_start > *selection.window_end)
    return InvalidBody("campaignWindowStart must not be after campaignWindowEnd.");
  return selection;
}

Result<FeedbackSelection> ParseCampaigns(const json::object& object) {
  FeedbackSelection selection;
  RAWHAUL_ASSIGN(selection.type, ParseType(object));
  const json::value* ids = FindMember(object, "campaignIds");
  if (ids == nullptr || !ids->is_array() || ids->as_array().empty()) {
    return InvalidBody("campaignIds must be an array of at least one campaign id.");
  }
  for (const json::value& id : ids->as_array()) {
    boost::system::error_code error;
    const auto number = id.to_number<int64_t>(error);
    if (error || number < 0) return InvalidBody("campaignIds must be whole numbers, not negative.");
    selection.campaign_ids.push_back(static_cast<uint64_t>(number));
  }
  return selection;
}

std::vector<std::string_view> MembersOf(Selection selection) {
  std::vector<std::string_view> members{"containerUrl", "description", "exportFormat", "compression",
                                        "maxFileBytes"};
  const auto add = [&](std::initializer_list<std::string_view> more) {
    members.insert(members.end(), more.begin(), more.end());
  };
  if (selection == Selection::kDays) add({"startDate", "endDate"});
  if (selection == Selection::kFeedbackByDate)
    add({"campaignType", "campaignWindowStart", "campaignWindowEnd"});
  if (selection == Selection::kFeedbackByCampaign) add({"campaignType", "campaignIds"});
  return members;
}

Status ParseSelection(const json::object& object, Selection selection, ExportRequest& request) {
  switch (selection) {
    case Selection::kSnapshot:
      return {};
    case Selection::kDays: {
      RAWHAUL_ASSIGN(request.days, ParseDays(object));
      return {};
    }
    case Selection::kFeedbackByDate: {
      RAWHAUL_ASSIGN(request.feedback, ParseWindow(object));
      return {};
    }
    case Selection::kFeedbackByCampaign: {
      RAWHAUL_ASSIGN(request.feedback, ParseCampaigns(object));
      return {};
    }
  }
  return {};
}

Result<uint64_t> ParseMaxFileBytes(const json::object& object) {
  const json::value* value = FindMember(object, "maxFileBytes");
  if (value == nullptr) return kDefaultMaxFileBytes;
  boost::system::error_code error;
  const auto bytes = value->to_number<uint64_t>(error);
  if (error || bytes < kMinMaxFileBytes || bytes > kMaxMaxFileBytes) {
    return InvalidBody(fmt::format("maxFileBytes must be a whole number from {} to {}.", kMinMaxFileBytes,
                                   kMaxMaxFileBytes));
  }
  return bytes;
}

json::object ToJson(const Progress& progress, const std::optional<TaskWait>& wait) {
  // As an integer: Boost.JSON writes the double 50 as 5E1, which readers of integers refuse.
  const auto percent = static_cast<int64_t>(progress.percent);
  json::object out{{"rows", progress.rows}, {"bytes", progress.bytes}, {"percent", percent}};
  if (wait) {
    out["waitingFor"] = ToString(wait->what);
    out["waitingUntil"] = FormatTimestamp(wait->until);
  }
  return out;
}

json::object ToJson(const ExportedFile& file) {
  return {{"name", file.name}, {"rows", file.rows}, {"bytes", file.bytes}, {"sha256", file.sha256}};
}

}  // namespace

Result<CreateBody> ParseCreateBody(std::string_view body, std::string_view content_type, ExportType type,
                                   Selection selection) {
  RAWHAUL_ASSIGN(const json::object object, ParseObject(body, content_type));
  const std::vector<std::string_view> members = MembersOf(selection);
  RAWHAUL_TRY(CheckMembers(object, {members}));
  CreateBody out;
  out.request.type = type;
  RAWHAUL_ASSIGN(std::string url, RequiredText(object, "containerUrl"));
  out.container_url = Secret(std::move(url));
  RAWHAUL_ASSIGN(out.request.format,
                 RequiredAs(object, "exportFormat", ParseExportFormat, "JsonBlob, CsvBlob or JsonLinesBlob"));
  if (FindMember(object, "compression") != nullptr) {
    RAWHAUL_ASSIGN(out.request.compression,
                   RequiredAs(object, "compression", ParseCompression, "None, Gzip or Zstd"));
  }
  RAWHAUL_ASSIGN(out.request.max_file_bytes, ParseMaxFileBytes(object));
  RAWHAUL_ASSIGN(out.request.description, OptionalText(object, "description"));
  RAWHAUL_TRY(ParseSelection(object, selection, out.request));
  return out;
}

Result<Secret> ParseRenewBody(std::string_view body, std::string_view content_type) {
  constexpr std::array<std::string_view, 1> kMembers{"containerUrl"};
  RAWHAUL_ASSIGN(const json::object object, ParseObject(body, content_type));
  RAWHAUL_TRY(CheckMembers(object, {kMembers}));
  RAWHAUL_ASSIGN(std::string url, RequiredText(object, "containerUrl"));
  return Secret(std::move(url));
}

json::object ToJson(const ExportTask& task) {
  const ExportRequest& request = task.request;
  json::object out{{"id", std::to_string(task.id)}};
  if (request.description) out["description"] = *request.description;
  out["state"] = ToString(task.state);
  out["dateCreated"] = FormatTimestamp(task.created);
  if (task.started) out["dateStarted"] = FormatTimestamp(*task.started);
  if (task.completed) out["dateCompleted"] = FormatTimestamp(*task.completed);
  out["exportType"] = ToString(request.type);
  if (task.error_details) out["errorDetails"] = *task.error_details;
  if (request.days) {
    out["startDate"] = FormatDay(request.days->first);
    out["endDate"] = FormatDay(request.days->last);
  }
  out["exportFormat"] = ToString(request.format);
  out["compression"] = ToString(request.compression);
  out["progress"] = ToJson(task.progress, task.wait);
  json::array files;
  for (const ExportedFile& file : task.files) files.push_back(ToJson(file));
  out["files"] = std::move(files);
  if (task.manifest) out["manifest"] = *task.manifest;
  return out;
}

}  // namespace rawhaul::api
