// What the tests of the server share.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "http/http_testing.h"
#include "http/server.h"

namespace rawhaul::http {

// A door that tests open, so that handlers wait for events and not for time.
class Gate {
 public:
  void Open() {
    const MutexLock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Wait() {
    MutexLock lock(mutex_);
    while (!open_) changed_.wait(lock);
  }

 private:
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ RAWHAUL_GUARDED_BY(mutex_) = false;
};

// Takes the whole of a body, and answers by it.
class WholeBody final : public BodyTaker {
 public:
  using Answer = std::function<Response(const std::string& body)>;
  WholeBody(Responder respond, Answer answer) : respond_(std::move(respond)), answer_(std::move(answer)) {}
  void Take(std::string part, std::function<void()> more) override {
    body_ += part;
    more();
  }
  void End() override { respond_(answer_(body_)); }

 private:
  const Responder respond_;
  const Answer answer_;
  std::string body_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.port = 0;
    options_.worker_threads = 2;
    options_.stream_threads = 2;
  }

  // After the routes were added and the options set.
  void Start(std::function<void(const Exchange&)> observer = {}) {
    auto started = Server::Start(options_, router_, std::move(observer));
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_ = *std::move(started);
  }

  // Before what handlers and the observer refer to goes; what a test's class holds outlives TearDown.
  void StopServer() { server_->Stop(std::chrono::milliseconds(0)); }
  void TearDown() override {
    if (server_) StopServer();
  }

  uint16_t port() const { return server_->port(); }

  static std::string Get(std::string_view target, std::string_view more_headers = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more_headers) + "\r\n";
  }
  static std::string Post(std::string_view target, std::string_view body,
                          std::string_view more_headers = "") {
    return "POST " + std::string(target) +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more_headers) + "\r\n" + std::string(body);
  }
  // A stream whose body is answered as a whole.
  static StreamHandler TakeWhole(WholeBody::Answer answer) {
    return [answer](const Request&, const Responder& respond) {
      return std::make_shared<WholeBody>(respond, answer);
    };
  }
  static Handler Echo() {
    return [](const Request& request) {
      return Response{200, {{"Content-Type", "text/plain"}}, request.body};
    };
  }

  Router router_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

// Whether `response` is the error `code` in the one form all errors have.
inline ::testing::AssertionResult IsError(const TestResponse& response, int status, std::string_view code) {
  const std::string start = R"({"error":{"code":")" + std::string(code) + R"(","message":")";
  if (response.status == status && response.body.starts_with(start) &&
      response.header("content-type") == "application/json; charset=utf-8" &&
      response.header("x-ms-request-id") != "") {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << response.status << " " << response.header("content-type") << " " << response.body;
}

}  // namespace rawhaul::http
