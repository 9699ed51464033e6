#include "client/bulk_sender.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "client/answers.h"
#include "net/retry.h"

namespace rawhaul::client {
namespace {

namespace json = boost::json;

constexpr size_t kMaxListed = 1000;
// An answer lists a thousand rejections at most.
constexpr size_t kMaxAnswerBytes = 16 << 20;
// The server reads slower when its disk is busy.
constexpr std::chrono::seconds kStallTimeout{120};
// Long enough for a server to be started anew.
constexpr net::RetryPolicy kPatient{.max_attempts = 40, .deadline = std::chrono::minutes(5)};

Error Malformed() { return {ErrorCode::kInternal, "the server's answer is no summary of a bulk upload"}; }

Result<uint64_t> NumberOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  boost::system::error_code error;
  const auto number = value == nullptr ? 0 : value->to_number<uint64_t>(error);
  if (value == nullptr || error) return Fail(Malformed());
  return number;
}

Result<SendRejection> RejectionOf(const json::value& value) {
  const json::object* item = value.if_object();
  if (item == nullptr) return Fail(Malformed());
  SendRejection rejection;
  RAWHAUL_ASSIGN(rejection.line, NumberOf(*item, "line"));
  if (item->contains("index")) {
    RAWHAUL_ASSIGN(rejection.index, NumberOf(*item, "index"));
  }
  const json::value* error = item->if_contains("error");
  if (error == nullptr || !error->is_object()) return Fail(Malformed());
  rejection.code = TextOf(error->as_object(), "code");
  rejection.message = TextOf(error->as_object(), "message");
  return rejection;
}

Result<SendSummary> SummaryOf(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return Fail(Malformed());
  SendSummary summary;
  RAWHAUL_ASSIGN(summary.lines, NumberOf(*object, "lines"));
  RAWHAUL_ASSIGN(summary.accepted, NumberOf(*object, "accepted"));
  RAWHAUL_ASSIGN(summary.rejected_lines, NumberOf(*object, "rejectedLines"));
  RAWHAUL_ASSIGN(summary.rejected_records, NumberOf(*object, "rejectedRecords"));
  const json::value* rejected = object->if_contains("rejected");
  if (rejected == nullptr || !rejected->is_array()) return Fail(Malformed());
  for (const json::value& item : rejected->as_array()) {
    RAWHAUL_ASSIGN(SendRejection rejection, RejectionOf(item));
    summary.rejected.push_back(std::move(rejection));
  }
  std::stable_sort(summary.rejected.begin(), summary.rejected.end(),
                   [](const SendRejection& a, const SendRejection& b) {
                     return std::pair(a.line, a.index) < std::pair(b.line, b.index);
                   });
  return summary;
}

void Add(SendSummary part, const LineChunk& chunk, SendSummary& total) {
  total.lines += part.lines;
  total.accepted += part.accepted;
  total.rejected_lines += part.rejected_lines;
  total.rejected_records += part.rejected_records;
  total.stored_up_to = chunk.last_line();
  for (SendRejection& rejection : part.rejected) {
    if (total.rejected.size() == kMaxListed) break;
    rejection.line += chunk.first_line - 1;
    total.rejected.push_back(std::move(rejection));
  }
}

// Of what is worth another attempt.
Error ReasonOf(const Result<net::HttpResponse>& outcome) { return JsonOf(outcome).error(); }

bool HasBatchId(std::string_view line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  const json::value* id = error || !value.is_object() ? nullptr : value.as_object().if_contains("batchId");
  return id != nullptr && id->is_string();
}

}  // namespace

bool HasBatchIds(std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const bool is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
    if (!is_blank && !HasBatchId(line)) return false;
  }
  return true;
}

BulkSender::BulkSender(net::HttpClient& http, RetryTimer& timer, std::stop_token stop, std::string server,
                       Secret collect_key)
    : http_(http),
      timer_(timer),
      stop_(std::move(stop)),
      url_(std::move(server) + "/collect/v1/bulk"),
      collect_key_(std::move(collect_key)) {}

Status BulkSender::Send(const LineChunk& chunk, const SendEvents& events) {
  net::HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.reach = net::Reach::kAnyAddress;
  request.headers = {{"Authorization", "Bearer " + collect_key_.Reveal()},
                     {"Content-Type", "application/x-ndjson"}};
  request.body = chunk.text;
  request.stall_timeout = kStallTimeout;
  request.max_response_bytes = kMaxAnswerBytes;
  request.on_progress = [&events](uint64_t sent, uint64_t) { events.on_sent(sent); };
  auto outcome = http_.Send(request, stop_);
  if (net::IsRetryable(outcome) && HasBatchIds(chunk.text)) {
    events.on_again(ReasonOf(outcome), chunk);
    outcome = net::SendWithRetry(http_, request, kPatient, timer_, stop_);
  }
  RAWHAUL_ASSIGN(const json::value answer, JsonOf(outcome));
  RAWHAUL_ASSIGN(SendSummary part, SummaryOf(answer));
  Add(std::move(part), chunk, summary_);
  return {};
}

}  // namespace rawhaul::client
