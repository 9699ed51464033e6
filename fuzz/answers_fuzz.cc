// Of the server's answers as the commands read them: whatever a server says, a terminal is shown nothing that
// it would obey.
#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "client/answers.h"
#include "client/task_json.h"
#include "client/task_text.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool IsLine(const std::string& text) { return std::none_of(text.begin(), text.end(), IsControl); }

bool AreLines(const std::string& text) {
  return text.ends_with('\n') &&
         std::none_of(text.begin(), text.end(), [](char c) { return c != '\n' && IsControl(c); });
}

void RequireShownWell(const client::ServerTask& task) {
  // Boost writes a number that no double holds so that it does not read it again; no field of ours can be
  // one.
  boost::system::error_code malformed;
  const boost::json::value value = boost::json::parse(task.json, malformed);
  Require(malformed || client::ParseTask(value), "the JSON of a task is that of a task");
  const std::string table = client::TaskTable(std::vector{task});
  Require(AreLines(table) && std::count(table.begin(), table.end(), '\n') == 2,
          "a task is a line of the table");
  Require(AreLines(client::TaskDetails(task.task)), "the details of a task are lines");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::AsText(data, size));
  const auto refusal = client::JsonOf(net::HttpResponse{.status = 400, .headers = {}, .body = text});
  Require(!refusal && IsLine(refusal.error().message), "a refusal is told in a line");
  const auto value = client::JsonOf(net::HttpResponse{.status = 200, .headers = {}, .body = text});
  if (!value) return 0;
  const auto task = client::ParseTask(*value);
  if (!task) {
    Require(IsLine(task.error().message), "what is no task is told in a line");
  } else {
    RequireShownWell(*task);
  }
  return 0;
}
