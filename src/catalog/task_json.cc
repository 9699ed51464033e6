#include "catalog/task_json.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace rawhaul {
namespace {

namespace json = boost::json;

json::string_view ToJson(std::string_view text) { return {text.data(), text.size()}; }

std::string_view Text(const json::value& value) {
  const json::string& text = value.as_string();
  return {text.data(), text.size()};
}

void SetTime(json::object& object, std::string_view key, const std::optional<Timestamp>& time) {
  if (time) object[ToJson(key)] = ToMillis(*time);
}

std::optional<Timestamp> GetTime(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(ToJson(key));
  if (value == nullptr) return std::nullopt;
  return FromMillis(value->to_number<int64_t>());
}

json::object FromSelection(const FeedbackSelection& selection) {
  json::object object{{"type", ToJson(ToString(selection.type))},
                      {"campaigns", json::value_from(selection.campaign_ids)}};
  SetTime(object, "from", selection.window_start);
  SetTime(object, "to", selection.window_end);
  return object;
}

FeedbackSelection ToSelection(const json::object& object) {
  FeedbackSelection selection;
  selection.type = ParseCampaignType(Text(object.at("type"))).value();
  selection.campaign_ids = json::value_to<std::vector<uint64_t>>(object.at("campaigns"));
  selection.window_start = GetTime(object, "from");
  selection.window_end = GetTime(object, "to");
  return selection;
}

json::object FromFile(const ExportedFile& file) {
  json::object object{
      {"name", file.name}, {"rows", file.rows}, {"bytes", file.bytes}, {"sha256", file.sha256}};
  SetTime(object, "first", file.first);
  SetTime(object, "last", file.last);
  return object;
}

ExportedFile ToFile(const json::object& object) {
  return {.name = std::string(Text(object.at("name"))),
          .rows = object.at("rows").to_number<uint64_t>(),
          .bytes = object.at("bytes").to_number<uint64_t>(),
          .sha256 = std::string(Text(object.at("sha256"))),
          .first = GetTime(object, "first"),
          .last = GetTime(object, "last")};
}

// A block is an array, since there may be tens of thousands.
json::object FromStagedBlob(const StagedBlob& staged) {
  json::array blocks;
  for (const BlockReceipt& block : staged.blocks)
    blocks.push_back(json::array{ToJson(block.id), block.bytes, block.crc64});
  return {{"blob", staged.blob}, {"blocks", std::move(blocks)}};
}

StagedBlob ToStagedBlob(const json::object& object) {
  StagedBlob staged{.blob = std::string(Text(object.at("blob"))), .blocks = {}};
  for (const json::value& value : object.at("blocks").as_array()) {
    const json::array& block = value.as_array();
    staged.blocks.push_back({.id = std::string(Text(block.at(0))),
                             .bytes = block.at(1).to_number<uint64_t>(),
                             .crc64 = block.at(2).to_number<uint64_t>()});
  }
  return staged;
}

StagedFile ToStagedFile(const json::object& object) {
  StagedFile staged{ToStagedBlob(object), ToFile(object.at("file").as_object()), std::nullopt};
  if (const json::value* hour = object.if_contains("endHour")) {
    staged.end = RecordPosition{hour->to_number<Hour>(), object.at("endSequence").to_number<uint64_t>()};
  }
  return staged;
}

ExportRequest ToRequest(const json::object& object) {
  ExportRequest request;
  request.type = ParseExportType(Text(object.at("type"))).value();
  request.format = ParseExportFormat(Text(object.at("format"))).value();
  request.compression = ParseCompression(Text(object.at("compression"))).value();
  request.max_file_bytes = object.at("maxFileBytes").to_number<uint64_t>();
  if (const json::value* text = object.if_contains("description")) request.description = Text(*text);
  if (const json::value* first = object.if_contains("firstDay")) {
    request.days = DayRange{ParseDay(Text(*first)).value(), ParseDay(Text(object.at("lastDay"))).value()};
  }
  if (const json::value* feedback = object.if_contains("feedback"))
    request.feedback = ToSelection(feedback->as_object());
  return request;
}

void SetOutcome(const json::object& object, ExportTask& task) {
  task.progress = {.rows = object.at("rows").to_number<uint64_t>(),
                   .bytes = object.at("bytes").to_number<uint64_t>(),
                   .percent = object.at("percent").to_number<double>()};
  task.files.clear();
  for (const json::value& file : object.at("files").as_array())
    task.files.push_back(ToFile(file.as_object()));
  task.manifest = std::string(Text(object.at("manifest")));
}

// Calls `read` with the object in `text`. What it throws over means that the stored text is damaged.
template <typename Read>
Status ReadObject(std::string_view what, std::string_view text, const Read& read) {
  try {
    read(json::parse(ToJson(text)).as_object());
    return {};
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the stored {} of an export task is damaged: {}", what, error.what()));
  }
}

}  // namespace

std::string RequestToJson(const ExportRequest& request) {
  json::object object{{"type", ToJson(ToString(request.type))},
                      {"format", ToJson(ToString(request.format))},
                      {"compression", ToJson(ToString(request.compression))},
                      {"maxFileBytes", request.max_file_bytes}};
  if (request.description) object["description"] = *request.description;
  if (request.days) {
    object["firstDay"] = FormatDay(request.days->first);
    object["lastDay"] = FormatDay(request.days->last);
  }
  if (request.feedback) object["feedback"] = FromSelection(*request.feedback);
  return json::serialize(object);
}

Result<ExportRequest> RequestFromJson(std::string_view json) {
  ExportRequest request;
  RAWHAUL_TRY(ReadObject("request", json, [&](const json::object& object) { request = ToRequest(object); }));
  return request;
}

std::string StagedBlobToJson(const StagedBlob& staged) { return json::serialize(FromStagedBlob(staged)); }

Result<StagedBlob> StagedBlobFromJson(std::string_view json) {
  StagedBlob staged;
  RAWHAUL_TRY(ReadObject("blob", json, [&](const json::object& object) { staged = ToStagedBlob(object); }));
  return staged;
}

std::string StagedFileToJson(const StagedFile& staged) {
  json::object object = FromStagedBlob(staged);
  object["file"] = FromFile(staged.file);
  if (staged.end) {
    object["endHour"] = staged.end->hour;
    object["endSequence"] = staged.end->sequence;
  }
  return json::serialize(object);
}

Result<StagedFile> StagedFileFromJson(std::string_view json) {
  StagedFile staged;
  RAWHAUL_TRY(ReadObject("file", json, [&](const json::object& object) { staged = ToStagedFile(object); }));
  return staged;
}

std::string OutcomeToJson(const Progress& progress, const std::vector<ExportedFile>& files,
                          std::string_view manifest) {
  json::array listed;
  for (const ExportedFile& file : files) listed.push_back(FromFile(file));
  return json::serialize(json::object{{"rows", progress.rows},
                                      {"bytes", progress.bytes},
                                      {"percent", progress.percent},
                                      {"files", std::move(listed)},
                                      {"manifest", ToJson(manifest)}});
}

Status OutcomeFromJson(std::string_view json, ExportTask& task) {
  return ReadObject("outcome", json, [&](const json::object& object) { SetOutcome(object, task); });
}

}  // namespace rawhaul
