#include "api/segment_routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "base/encoding.h"
#include "catalog/catalog_testing.h"
#include "collect/fake_stores_testing.h"
#include "http/http_testing.h"
#include "http/server.h"
#include "identity/registration.h"

namespace rawhaul::api {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr char kBody[] = R"({"batch":[{"type":"track","event":"e","anonymousId":"a","messageId":"m"}]})";

// A real server in front of stores whose disk can hang and fail.
class SegmentRoutesTest : public testing::Test {
 protected:
  SegmentRoutesTest() { AddSegmentRoutes(router_, {segment_, keys_, threads_}); }
  ~SegmentRoutesTest() override {
    stores_.ingest().Release();
    server_->Stop(std::chrono::seconds(5));
  }

  std::string Post(std::string_view path, std::string_view body) const {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: h\r\nAuthorization: Basic {}\r\nContent-Length: {}\r\n\r\n{}", path,
        Base64Encode(app_.collect_key.Reveal() + ":"), body.size(), body);
  }
  http::TestResponse Send(std::string_view path, std::string_view body) {
    return http::TestClient(server_->port()).Ask(Post(path, body));
  }

  ManualClock clock_;
  TemporaryCatalog catalog_;
  const NewApp app_ = CreateApp(catalog_->apps(), {"s", "g", "c", "a"}, "android", clock_.Now()).value();
  FakeStores stores_;
  // Room for one message at a time.
  Collector collector_{stores_, clock_, {.limits = {}, .max_queued_bytes = 100, .context_cache_devices = 10}};
  SegmentCollector segment_{collector_, stores_.devices(), clock_, {}};
  CollectKeyVerifier keys_{catalog_->apps(), clock_};
  CollectThreads threads_{2};
  http::Router router_;
  std::unique_ptr<http::Server> server_ = http::Server::Start({.port = 0}, router_).value();
};

TEST_F(SegmentRoutesTest, AnAnswerComesAfterTheDataIsStoredAndNotBefore) {
  stores_.ingest().Hold();
  http::TestClient client(server_->port());
  client.Send(Post("/v1/batch", kBody));
  stores_.ingest().WaitUntilHeld();
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(0));
  stores_.ingest().Release();
  const auto answer = client.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"accepted":1,"rejectedMessages":0,"rejected":[]})");
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(1));
}

TEST_F(SegmentRoutesTest, BackPressureIs429WithRetryAfter) {
  stores_.ingest().Hold();
  http::TestClient first(server_->port());
  first.Send(Post("/v1/batch", kBody));
  stores_.ingest().WaitUntilHeld();
  const auto refused = Send("/v1/track", R"({"event":"e","anonymousId":"a"})");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("retry-after"), "1");
  stores_.ingest().Release();
  EXPECT_EQ(first.Read().status, 200);
}

TEST_F(SegmentRoutesTest, WhatIsTransientIs503) {
  for (const auto& error : {Error{ErrorCode::kUnavailable, "no space left", "DiskFull"},
                            Error{ErrorCode::kDataLoss, "checksum mismatch in 000012.sst"}}) {
    stores_.ingest().FailWith(error);
    const auto refused = Send("/v1/batch", kBody);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
  }
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(Send("/v1/batch", kBody).status, 200);
  collector_.Stop();
  EXPECT_EQ(Send("/v1/batch", kBody).status, 503);
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(1));
}

TEST_F(SegmentRoutesTest, TheKeyMayStandInTheBodyWhereThereIsNoHeader) {
  const auto send = [&](std::string_view key, std::string_view header) {
    const std::string body = fmt::format(R"({{"writeKey":"{}","event":"e","anonymousId":"a"}})", key);
    return http::TestClient(server_->port())
        .Ask(fmt::format("POST /v1/track HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\n\r\n{}", header,
                         body.size(), body));
  };
  EXPECT_EQ(send(app_.collect_key.Reveal(), "").status, 200);
  EXPECT_EQ(send("rhk_00_wrong", "").status, 401);
  EXPECT_EQ(send("", "").status, 401);
  EXPECT_EQ(send(app_.collect_key.Reveal(), "Authorization: Basic OjA=\r\n").status, 401)
      << "a header that is there counts";
}

}  // namespace
}  // namespace rawhaul::api
