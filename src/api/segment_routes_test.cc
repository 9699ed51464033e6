#include "api/segment_routes.h"

#include <boost/json.hpp>

#include "api/collect_server_testing.h"
#include "base/encoding.h"

namespace rawhaul::api {
namespace {

using testing::SizeIs;

constexpr char kBody[] = R"({"batch":[{"type":"track","event":"e","anonymousId":"a","messageId":"m"}]})";

class SegmentRoutesTest : public CollectServerTest {
 protected:
  SegmentRoutesTest() {
    AddSegmentRoutes(router_, {segment_, keys_});
    Serve();
  }

  std::string Request(std::string_view path, std::string_view body) const {
    const std::string credentials = Base64Encode(app_.collect_key.Reveal() + ":");
    return Post(path, fmt::format("Authorization: Basic {}\r\n", credentials), body);
  }
  http::TestResponse Send(std::string_view path, std::string_view body) const {
    return Ask(Request(path, body));
  }

  SegmentCollector segment_{collector_, stores_.devices(), clock_, {}};
};

TEST_F(SegmentRoutesTest, AnAnswerComesAfterTheDataIsStoredAndNotBefore) {
  ExpectAnswerWhenStored(Request("/v1/batch", kBody),
                         R"({"success":true,"accepted":1,"rejectedMessages":0,"rejected":[]})");
}

TEST_F(SegmentRoutesTest, BackPressureIs429WithRetryAfter) {
  ExpectTooBusy(Request("/v1/batch", kBody), Request("/v1/track", R"({"event":"e","anonymousId":"a"})"));
}

TEST_F(SegmentRoutesTest, TheEndOfAJobThatWaitsForTheDiskHoldsUpNobody) {
  constexpr char kJob[] = R"({"event":"Job %","anonymousId":"a","properties":{"job":"j","jobId":"1"}})";
  const auto job = [&](std::string_view what) {
    std::string body = kJob;
    return body.replace(body.find('%'), 1, what);
  };
  ASSERT_EQ(Send("/v1/track", job("Started")).status, 200);
  ExpectNotHeldUp(stores_.memories().reads(), Request("/v1/track", job("Finished")),
                  Request("/v1/batch", kBody));
}

TEST_F(SegmentRoutesTest, AnAliasThatWaitsForTheDiskHoldsUpNobody) {
  ExpectNotHeldUp(stores_.devices().reads(), Request("/v1/alias", R"({"previousId":"a","userId":"u"})"),
                  Request("/v1/batch", kBody));
}

TEST_F(SegmentRoutesTest, WhatIsTransientIs503) {
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "no space left", "DiskFull"});
  ExpectRefused(Send("/v1/batch", kBody), 503, "DiskFull");
  stores_.ingest().FailWith(Error{ErrorCode::kDataLoss, "checksum mismatch in 000012.sst"});
  ExpectRefused(Send("/v1/batch", kBody), 503, "StoreDamaged");
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(Send("/v1/batch", kBody).status, 200);
  collector_.Stop();
  ExpectRefused(Send("/v1/batch", kBody), 503, "Stopping");
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(1));
}

TEST_F(SegmentRoutesTest, TheKeyMayStandInTheBodyWhereThereIsNoHeader) {
  const auto send = [&](std::string_view key, std::string_view header) {
    const std::string body = fmt::format(R"({{"writeKey":"{}","event":"e","anonymousId":"a"}})", key);
    return Ask(Post("/v1/track", header, body));
  };
  EXPECT_EQ(send(app_.collect_key.Reveal(), "").status, 200);
  EXPECT_EQ(send("rhk_00_wrong", "").status, 401);
  EXPECT_EQ(send("", "").status, 401);
  EXPECT_EQ(send(app_.collect_key.Reveal(), "Authorization: Basic OjA=\r\n").status, 401)
      << "a header that is there counts";
}

TEST_F(SegmentRoutesTest, EveryRefusalHasCodeAndMessageAtTheTopToo) {
  const auto expect = [](const http::TestResponse& answer, int status, std::string_view code) {
    EXPECT_EQ(answer.status, status);
    const auto body = boost::json::parse(answer.body);
    EXPECT_FALSE(body.at("success").as_bool());
    EXPECT_EQ(body.at("code").as_string(), boost::json::string_view(code));
    EXPECT_EQ(body.at("error").at("code"), body.at("code"));
    EXPECT_EQ(body.at("error").at("message"), body.at("message"));
  };
  expect(Ask(Post("/v1/batch", "Authorization: Basic OjA=\r\n", kBody)), 401, "InvalidCollectKey");
  expect(Send("/v1/batch", "{}"), 400, "MissingField");
  expect(Ask("POST /v1/batch HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n"), 413,
         "PayloadTooLarge");
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "no space left", "DiskFull"});
  expect(Send("/v1/batch", kBody), 503, "DiskFull");
}

TEST_F(SegmentRoutesTest, NothingIsReadOfTheBodyOfAStranger) {
  constexpr char kBrotli[] = "Content-Encoding: br\r\n";
  EXPECT_EQ(Ask(Post("/v1/batch", kBrotli, kBody)).status, 415) << "the key may stand in it";
  EXPECT_EQ(Ask(Post("/v1/batch", fmt::format("Authorization: Basic OjA=\r\n{}", kBrotli), kBody)).status,
            401);
}

}  // namespace
}  // namespace rawhaul::api
