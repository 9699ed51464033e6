// The operations on export tasks of one app.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/retry_timer.h"
#include "base/secret.h"
#include "client/task_json.h"
#include "model/app.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rawhaul::client {

// Who asks, and for what.
struct RestAccess {
  std::string server;  // its origin
  AppPath app;
  std::string tenant;
  std::string client_id;
  Secret client_secret;
};

// Used by one thread. Gets a token when it needs one, and another when that one ends. What can be asked twice
// without harm is tried a few times within seconds. Errors are the server's (client/answers.h), or
// kUnavailable, or kCanceled soon after `stop`.
class RestClient {
 public:
  // `http` and `timer` must outlive it.
  RestClient(net::HttpClient& http, RetryTimer& timer, std::stop_token stop, RestAccess access);

  // Gets a token where there is none yet. Create does so, too; who asks here first knows that no task was
  // asked for when this fails.
  Status Authenticate();
  // `segment` names the operation ("events"); `body` as NewExport's. Asked once: without an answer nobody
  // knows whether there is a task.
  Result<ServerTask> Create(std::string_view segment, const std::string& body);
  Result<ServerTask> Get(uint64_t id);
  // The newest tasks, the newest first.
  Result<std::vector<ServerTask>> List(size_t limit);
  Result<ServerTask> Cancel(uint64_t id);
  Result<ServerTask> Renew(uint64_t id, const Secret& container_url);

 private:
  Result<Secret> RequestToken();
  // `target`: path and query. What it answers to a token that is not refused, or to a new one.
  Result<boost::json::value> Send(std::string_view method, const std::string& target, const std::string& body,
                                  const net::RetryPolicy& policy);
  Result<ServerTask> SendForTask(std::string_view method, const std::string& target, const std::string& body,
                                 const net::RetryPolicy& policy);
  std::string TaskTarget(uint64_t id, std::string_view operation = {}) const;

  net::HttpClient& http_;
  RetryTimer& timer_;
  const std::stop_token stop_;
  const RestAccess access_;
  const std::string tasks_;  // the path of the app's tasks
  Secret token_;             // empty: none yet
};

}  // namespace rawhaul::client
