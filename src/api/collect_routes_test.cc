#include "api/collect_routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "catalog/catalog_testing.h"
#include "collect/fake_stores_testing.h"
#include "http/http_testing.h"
#include "http/server.h"
#include "identity/registration.h"

namespace rawhaul::api {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr char kBatch[] =
    R"({"deviceId":"00112233445566778899aabbccddeeff","records":[{"kind":"event","name":"n","timestamp":"2016-04-26T09:00:00Z"}]})";

// A real server in front of stores whose disk can hang and fail.
class CollectRoutesTest : public testing::Test {
 protected:
  CollectRoutesTest() { AddCollectRoutes(router_, {collector_, keys_, threads_}); }
  ~CollectRoutesTest() override {
    stores_.ingest().Release();
    server_->Stop(std::chrono::seconds(5));
  }

  std::string Post(std::string_view path, std::string_view body) const {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}", path,
        app_.collect_key.Reveal(), body.size(), body);
  }
  http::TestResponse Send(std::string_view path, std::string_view body) {
    return http::TestClient(server_->port()).Ask(Post(path, body));
  }

  ManualClock clock_;
  TemporaryCatalog catalog_;
  const NewApp app_ = CreateApp(catalog_->apps(), {"s", "g", "c", "a"}, "android", clock_.Now()).value();
  FakeStores stores_;
  // Room for one batch at a time.
  Collector collector_{stores_, clock_, {.limits = {}, .max_queued_bytes = 100, .context_cache_devices = 10}};
  CollectKeyVerifier keys_{catalog_->apps(), clock_};
  CollectThreads threads_{2};
  http::Router router_;
  std::unique_ptr<http::Server> server_ = http::Server::Start({.port = 0}, router_).value();
};

TEST_F(CollectRoutesTest, AnAnswerComesAfterTheDataIsStoredAndNotBefore) {
  stores_.ingest().Hold();
  http::TestClient client(server_->port());
  client.Send(Post("/collect/v1/batch", kBatch));
  stores_.ingest().WaitUntilHeld();
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(0));
  stores_.ingest().Release();
  const auto answer = client.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"accepted":1,"rejected":[]})");
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(1));
}

TEST_F(CollectRoutesTest, BackPressureIs429WithRetryAfter) {
  stores_.ingest().Hold();
  http::TestClient first(server_->port());
  first.Send(Post("/collect/v1/batch", kBatch));
  stores_.ingest().WaitUntilHeld();
  const auto refused = Send("/collect/v1/batch", kBatch);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_THAT(refused.body, HasSubstr("\"code\":\"TooBusy\""));
  stores_.ingest().Release();
  EXPECT_EQ(first.Read().status, 200) << "what was taken is not lost";
  EXPECT_EQ(Send("/collect/v1/batch", kBatch).status, 200) << "and there is room again";
}

TEST_F(CollectRoutesTest, AStoppedCollectorIs503WithRetryAfter) {
  collector_.Stop();
  for (const char* path : {"/collect/v1/batch", "/collect/v1/bulk"}) {
    const auto refused = Send(path, kBatch);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    EXPECT_THAT(refused.body, HasSubstr("\"code\":\"Stopping\""));
  }
}

TEST_F(CollectRoutesTest, ADiskThatTakesNothingIs503UntilItDoes) {
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "no space left", "DiskFull"});
  const auto refused = Send("/collect/v1/batch", kBatch);
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("\"code\":\"DiskFull\""));
  EXPECT_EQ(Send("/collect/v1/bulk", kBatch).status, 503);
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(Send("/collect/v1/batch", kBatch).status, 200);
  EXPECT_EQ(Send("/collect/v1/bulk", kBatch).status, 200);
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(2));
}

TEST_F(CollectRoutesTest, WhatDamagedDataKeepFromBeingStoredIs503) {
  stores_.ingest().FailWith(Error{ErrorCode::kDataLoss, "checksum mismatch in 000012.sst"});
  for (const char* path : {"/collect/v1/batch", "/collect/v1/bulk"}) {
    const auto refused = Send(path, kBatch);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    EXPECT_THAT(refused.body, HasSubstr("\"code\":\"StoreDamaged\""));
  }
}

}  // namespace
}  // namespace rawhaul::api
