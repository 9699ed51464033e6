#include "exporter/manifest.h"

#include <boost/json.hpp>

#include "base/time.h"
#include "format/columns.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

constexpr int kManifestVersion = 1;

json::object ToJson(const ExportedFile& file) {
  json::object out{{"name", file.name}, {"rows", file.rows}, {"bytes", file.bytes}, {"sha256", file.sha256}};
  if (file.first) out["firstTimestamp"] = FormatTimestamp(*file.first);
  if (file.last) out["lastTimestamp"] = FormatTimestamp(*file.last);
  return out;
}

json::array ColumnsToJson(ExportType type) {
  json::array out;
  for (const Column& column : ColumnsOf(type))
    out.push_back(json::object{{"name", column.name}, {"type", column.type}});
  return out;
}

void AddSelection(const ExportRequest& request, json::object& out) {
  if (request.days) {
    out["startDate"] = FormatDay(request.days->first);
    out["endDate"] = FormatDay(request.days->last);
  }
  if (!request.feedback) return;
  out["campaignType"] = ToString(request.feedback->type);
  if (!request.feedback->campaign_ids.empty())
    out["campaignIds"] = json::value_from(request.feedback->campaign_ids);
  if (request.feedback->window_start)
    out["campaignWindowStart"] = FormatTimestamp(*request.feedback->window_start);
  if (request.feedback->window_end) out["campaignWindowEnd"] = FormatTimestamp(*request.feedback->window_end);
}

}  // namespace

std::string EncodeManifest(const ExportTask& task, const std::vector<ExportedFile>& files) {
  json::object out{{"version", kManifestVersion},
                   {"taskId", std::to_string(task.id)},
                   {"exportType", ToString(task.request.type)},
                   {"exportFormat", ToString(task.request.format)},
                   {"compression", ToString(task.request.compression)}};
  AddSelection(task.request, out);
  out["dateCreated"] = FormatTimestamp(task.created);
  out["cutOff"] = task.cut_off;
  uint64_t rows = 0;
  json::array list;
  for (const ExportedFile& file : files) {
    rows += file.rows;
    list.push_back(ToJson(file));
  }
  out["rows"] = rows;
  out["files"] = std::move(list);
  out["columns"] = ColumnsToJson(task.request.type);
  return json::serialize(out) + "\n";
}

}  // namespace rawhaul
