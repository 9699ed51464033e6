#include "client/task_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/time.h"
#include "client/figures.h"

namespace rawhaul::client {
namespace {

enum class Align { kLeft, kRight };

// Text in columns that are as wide as their longest cell. Cells of all columns but the last are ASCII.
class TextTable {
 public:
  explicit TextTable(std::vector<Align> columns) : columns_(std::move(columns)) {}

  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  std::string ToString() const {
    std::string out;
    for (const auto& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) AppendCell(row[i], i, out);
      out += '\n';
    }
    return out;
  }

 private:
  size_t WidthOf(size_t column) const {
    size_t width = 0;
    for (const auto& row : rows_) width = std::max(width, row[column].size());
    return width;
  }

  void AppendCell(const std::string& cell, size_t column, std::string& out) const {
    const bool is_last = column + 1 == columns_.size();
    const size_t width = is_last && columns_[column] == Align::kLeft ? 0 : WidthOf(column);
    out += columns_[column] == Align::kRight ? fmt::format("{:>{}}", cell, width)
                                             : fmt::format("{:<{}}", cell, width);
    if (!is_last) out += "  ";
  }

  const std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// To the second: "2016-04-26 09:30:00Z".
std::string ShortTime(Timestamp time) {
  std::string text = FormatTimestamp(time);
  text.replace(10, 1, " ");
  return text.erase(19, 4);
}

std::string DaysOf(const ExportTask& task) {
  const auto& days = task.request.days;
  return days ? fmt::format("{} to {}", FormatDay(days->first), FormatDay(days->last)) : std::string();
}

std::string StateOf(const ExportTask& task) {
  if (task.wait) return "Waiting";
  if (task.state == TaskState::kStarted) return fmt::format("{:.0f}%", task.progress.percent);
  return std::string(ToString(task.state));
}

std::string WaitOf(const ExportTask& task) {
  const std::string until = ShortTime(task.wait->until);
  if (task.wait->what == WaitsFor::kStorage)
    return fmt::format("for the storage to answer until {}; it is asked again by itself", until);
  return fmt::format("for another container URL until {}: rawhaul tasks renew {} --container URL", until,
                     task.id);
}

// What tells the task from others, and what is wrong with it.
std::string RemarkOf(const ExportTask& task) {
  std::string remark = DaysOf(task);
  for (const auto& text : {task.request.description, task.error_details}) {
    if (text) remark += (remark.empty() ? "" : "; ") + Printable(*text);
  }
  return remark;
}

}  // namespace

std::string TaskTable(std::span<const ServerTask> tasks) {
  TextTable table(
      {Align::kRight, Align::kLeft, Align::kLeft, Align::kLeft, Align::kRight, Align::kRight, Align::kLeft});
  table.Add({"ID", "TYPE", "STATE", "CREATED", "ROWS", "SIZE", "ABOUT"});
  for (const ServerTask& item : tasks) {
    const ExportTask& task = item.task;
    table.Add({std::to_string(task.id), std::string(ToString(task.request.type)), StateOf(task),
               ShortTime(task.created), FormatCount(task.progress.rows), FormatBytes(task.progress.bytes),
               RemarkOf(task)});
  }
  return table.ToString();
}

std::string TaskDetails(const ExportTask& task) {
  TextTable table({Align::kLeft, Align::kLeft});
  const auto add = [&table](std::string_view name, const std::string& value) {
    if (!value.empty()) table.Add({std::string(name), value});
  };
  add("task", std::to_string(task.id));
  add("type", std::string(ToString(task.request.type)));
  add("days", DaysOf(task));
  add("description", Printable(task.request.description.value_or("")));
  add("format",
      fmt::format("{}, compression {}", ToString(task.request.format), ToString(task.request.compression)));
  add("state", std::string(ToString(task.state)));
  add("error", Printable(task.error_details.value_or("")));
  if (task.wait) add("waits", WaitOf(task));
  add("created", ShortTime(task.created));
  if (task.started) add("started", ShortTime(*task.started));
  if (task.completed) add("completed", ShortTime(*task.completed));
  add("progress", fmt::format("{:.0f}%, {}, {}", task.progress.percent,
                              FormatCount(task.progress.rows, "row"), FormatBytes(task.progress.bytes)));
  const std::string files = FileTable(task);
  return table.ToString() + (files.empty() ? "" : "\n" + files);
}

std::string FileTable(const ExportTask& task) {
  if (task.files.empty()) return {};
  TextTable table({Align::kRight, Align::kRight, Align::kLeft});
  table.Add({"ROWS", "SIZE", "FILE"});
  uint64_t rows = 0;
  uint64_t bytes = 0;
  for (const ExportedFile& file : task.files) {
    table.Add({FormatCount(file.rows), FormatBytes(file.bytes), Printable(file.name)});
    rows += file.rows;
    bytes += file.bytes;
  }
  if (task.manifest) table.Add({"", "", Printable(*task.manifest)});
  return table.ToString() + fmt::format("{}, {} in {}\n", FormatCount(rows, "row"), FormatBytes(bytes),
                                        FormatCount(task.files.size(), "file"));
}

}  // namespace rawhaul::client
