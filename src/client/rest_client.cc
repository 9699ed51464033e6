#include "client/rest_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "client/answers.h"
#include "client/server_address.h"
#include "net/url.h"

namespace rawhaul::client {
namespace {

namespace json = boost::json;

constexpr std::string_view kVersion = "api-version=2014-12-01";
constexpr std::string_view kResource = "https://management.core.windows.net/";
constexpr size_t kMaxPage = 40;
// A page of tasks with thousands of files each.
constexpr size_t kMaxAnswerBytes = 256 << 20;

// Somebody is waiting: a server that is down is told soon.
constexpr net::RetryPolicy kFewTimes{.max_attempts = 4,
                                     .first_delay = std::chrono::milliseconds(250),
                                     .max_delay = std::chrono::milliseconds(2000),
                                     .deadline = std::chrono::milliseconds(10000)};
constexpr net::RetryPolicy kOnce{.max_attempts = 1};

net::HttpRequest MakeRequest(std::string_view method, std::string url) {
  net::HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.reach = net::Reach::kAnyAddress;
  request.max_response_bytes = kMaxAnswerBytes;
  return request;
}

// Path and query of the next page, or nothing. The rest of the link does not matter: a token is sent only to
// the server that the user named.
Result<std::string> NextTarget(const json::object& page) {
  const json::value* link = page.if_contains("nextLink");
  if (link == nullptr || !link->is_string()) return std::string();
  const auto url = net::ParseUrl(link->as_string());
  if (!url) return Fail(ErrorCode::kInternal, "the server's nextLink is no URL");
  return url->path + "?" + url->query;
}

}  // namespace

RestClient::RestClient(net::HttpClient& http, RetryTimer& timer, std::stop_token stop, RestAccess access)
    : http_(http),
      timer_(timer),
      stop_(std::move(stop)),
      access_(std::move(access)),
      tasks_(UrlPathOf(access_.app) + "/devices/exportTasks") {}

Result<Secret> RestClient::RequestToken() {
  const std::string form =
      fmt::format("grant_type=client_credentials&client_id={}&client_secret={}&resource={}",
                  PercentEncode(access_.client_id), PercentEncode(access_.client_secret.Reveal()),
                  PercentEncode(kResource));
  net::HttpRequest request =
      MakeRequest("POST", fmt::format("{}/{}/oauth2/token", access_.server, PercentEncode(access_.tenant)));
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form;
  const auto answer = JsonOf(net::SendWithRetry(http_, request, kFewTimes, timer_, stop_));
  if (!answer) {
    Error error = answer.error();
    if (error.code == ErrorCode::kUnauthenticated) error.message += " (tenant, client id or client secret)";
    return Fail(std::move(error));
  }
  const json::object* object = answer->if_object();
  const json::value* token = object != nullptr ? object->if_contains("access_token") : nullptr;
  if (token == nullptr || !token->is_string())
    return Fail(ErrorCode::kInternal, "the server's answer has no token");
  return Secret(std::string(token->as_string()));
}

Status RestClient::Authenticate() {
  if (token_.empty()) {
    RAWHAUL_ASSIGN(token_, RequestToken());
  }
  return {};
}

Result<json::value> RestClient::Send(std::string_view method, const std::string& target,
                                     const std::string& body, const net::RetryPolicy& policy) {
  for (bool is_new = token_.empty();; is_new = true) {
    RAWHAUL_TRY(Authenticate());
    net::HttpRequest request = MakeRequest(method, access_.server + target);
    request.headers = {{"Authorization", "Bearer " + token_.Reveal()}, {"Content-Type", "application/json"}};
    request.body = body;
    const auto answer = net::SendWithRetry(http_, request, policy, timer_, stop_);
    if (is_new || !answer || answer->status != 401) return JsonOf(answer);
    token_ = {};
  }
}

Result<ServerTask> RestClient::SendForTask(std::string_view method, const std::string& target,
                                           const std::string& body, const net::RetryPolicy& policy) {
  RAWHAUL_ASSIGN(const json::value value, Send(method, target, body, policy));
  return ParseTask(value);
}

std::string RestClient::TaskTarget(uint64_t id, std::string_view operation) const {
  return fmt::format("{}/{}{}?{}", tasks_, id, operation, kVersion);
}

Result<ServerTask> RestClient::Create(std::string_view segment, const std::string& body) {
  return SendForTask("POST", fmt::format("{}/{}?{}", tasks_, segment, kVersion), body, kOnce);
}

Result<ServerTask> RestClient::Get(uint64_t id) { return SendForTask("GET", TaskTarget(id), {}, kFewTimes); }

Result<ServerTask> RestClient::Cancel(uint64_t id) {
  return SendForTask("POST", TaskTarget(id, "/cancel"), {}, kOnce);
}

Result<ServerTask> RestClient::Renew(uint64_t id, const Secret& container_url) {
  const std::string body = json::serialize(json::object{{"containerUrl", container_url.Reveal()}});
  return SendForTask("PATCH", TaskTarget(id), body, kFewTimes);
}

Result<std::vector<ServerTask>> RestClient::List(size_t limit) {
  std::vector<ServerTask> tasks;
  std::string target = fmt::format("{}?{}&$orderby=taskId%20desc&$top={}", tasks_, kVersion,
                                   std::clamp<size_t>(limit, 1, kMaxPage));
  while (!target.empty() && tasks.size() < limit) {
    RAWHAUL_ASSIGN(const json::value page, Send("GET", target, {}, kFewTimes));
    const json::value* value = page.is_object() ? page.as_object().if_contains("value") : nullptr;
    if (value == nullptr || !value->is_array())
      return Fail(ErrorCode::kInternal, "the server's answer is no list");
    for (const json::value& item : value->as_array()) {
      if (tasks.size() == limit) return tasks;
      RAWHAUL_ASSIGN(ServerTask task, ParseTask(item));
      tasks.push_back(std::move(task));
    }
    RAWHAUL_ASSIGN(target, NextTarget(page.as_object()));
  }
  return tasks;
}

}  // namespace rawhaul::client
