// A real server with routes that collect, in front of stores whose disk can hang and fail, for their tests.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "api/collect_routes.h"
#include "base/base_testing.h"
#include "catalog/catalog_testing.h"
#include "collect/collector.h"
#include "collect/fake_stores_testing.h"
#include "http/http_testing.h"
#include "http/server.h"
#include "identity/collect_keys.h"
#include "identity/registration.h"

namespace rawhaul::api {

class CollectServerTest : public testing::Test {
 protected:
  // The routes must not outlive what the derived class has for them.
  // With one thread for what comes in, so that a handler that waited would hold up all others.
  void Serve() { server_ = http::Server::Start({.port = 0, .async_threads = 1}, router_).value(); }
  void TearDown() override {
    stores_.ingest().Release();
    stores_.devices().reads().Release();
    stores_.memories().reads().Release();
    server_->Stop(std::chrono::seconds(5));
  }

  // `headers`: whole lines.
  static std::string Post(std::string_view path, std::string_view headers, std::string_view body) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\n\r\n{}", path, headers,
                       body.size(), body);
  }
  http::TestResponse Ask(const std::string& request) const {
    return http::TestClient(server_->port()).Ask(request);
  }

  // `accepted`: the answer to this request when its data are stored.
  void ExpectAnswerWhenStored(const std::string& request, std::string_view accepted) {
    stores_.ingest().Hold();
    http::TestClient client(server_->port());
    client.Send(request);
    stores_.ingest().WaitUntilHeld();
    EXPECT_THAT(stores_.ingest().stored(), testing::SizeIs(0));
    stores_.ingest().Release();
    const auto answer = client.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, accepted);
    EXPECT_THAT(stores_.ingest().stored(), testing::SizeIs(1));
  }

  // `request` comes while the one that there is room for waits for the disk.
  void ExpectTooBusy(const std::string& first_request, const std::string& request) {
    stores_.ingest().Hold();
    http::TestClient first(server_->port());
    first.Send(first_request);
    stores_.ingest().WaitUntilHeld();
    ExpectRefused(Ask(request), 429, "TooBusy");
    stores_.ingest().Release();
    EXPECT_EQ(first.Read().status, 200) << "what was taken is not lost";
    EXPECT_EQ(Ask(request).status, 200) << "and there is room again";
  }

  // `reading` waits for the disk while it reads, and `other` is answered meanwhile.
  void ExpectNotHeldUp(HangingReads& reads, const std::string& reading, const std::string& other) {
    ASSERT_EQ(Ask(other).status, 200) << "from here on the key is known";
    reads.Hold();
    http::TestClient waiting(server_->port());
    waiting.Send(reading);
    reads.WaitUntilHeld();
    EXPECT_EQ(Ask(other).status, 200);
    reads.Release();
    EXPECT_EQ(waiting.Read().status, 200);
  }

  static void ExpectRefused(const http::TestResponse& answer, int status, std::string_view code) {
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.header("retry-after"), "1");
    EXPECT_THAT(answer.body, testing::HasSubstr(fmt::format("\"code\":\"{}\"", code)));
  }

  ManualClock clock_;
  TemporaryCatalog catalog_;
  const NewApp app_ = CreateApp(catalog_->apps(), {"s", "g", "c", "a"}, "android", clock_.Now()).value();
  FakeStores stores_;
  // Room for one batch at a time.
  Collector collector_{stores_, clock_, {.limits = {}, .max_queued_bytes = 100}};
  CollectKeyVerifier keys_{catalog_->apps(), clock_};
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace rawhaul::api
