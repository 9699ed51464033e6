#include "api/collect_server_testing.h"

namespace rawhaul::api {
namespace {

using testing::SizeIs;

constexpr char kBatch[] =
    R"({"deviceId":"00112233445566778899aabbccddeeff","records":[{"kind":"event","name":"n","timestamp":"2016-04-26T09:00:00Z"}]})";

class CollectRoutesTest : public CollectServerTest {
 protected:
  CollectRoutesTest() {
    AddCollectRoutes(router_, {collector_, keys_});
    Serve();
  }

  std::string Request(std::string_view path) const {
    return Post(path, fmt::format("Authorization: Bearer {}\r\n", app_.collect_key.Reveal()), kBatch);
  }
  http::TestResponse Send(std::string_view path) const { return Ask(Request(path)); }
};

TEST_F(CollectRoutesTest, AnAnswerComesAfterTheDataIsStoredAndNotBefore) {
  ExpectAnswerWhenStored(Request("/collect/v1/batch"), R"({"accepted":1,"rejected":[]})");
}

TEST_F(CollectRoutesTest, BackPressureIs429WithRetryAfter) {
  ExpectTooBusy(Request("/collect/v1/batch"), Request("/collect/v1/batch"));
}

TEST_F(CollectRoutesTest, AStoppedCollectorIs503WithRetryAfter) {
  collector_.Stop();
  for (const char* path : {"/collect/v1/batch", "/collect/v1/bulk"})
    ExpectRefused(Send(path), 503, "Stopping");
}

TEST_F(CollectRoutesTest, ADiskThatTakesNothingIs503UntilItDoes) {
  stores_.ingest().FailWith(Error{ErrorCode::kUnavailable, "no space left", "DiskFull"});
  ExpectRefused(Send("/collect/v1/batch"), 503, "DiskFull");
  EXPECT_EQ(Send("/collect/v1/bulk").status, 503);
  stores_.ingest().FailWith(std::nullopt);
  EXPECT_EQ(Send("/collect/v1/batch").status, 200);
  EXPECT_EQ(Send("/collect/v1/bulk").status, 200);
  EXPECT_THAT(stores_.ingest().stored(), SizeIs(2));
}

TEST_F(CollectRoutesTest, WhatDamagedDataKeepFromBeingStoredIs503) {
  stores_.ingest().FailWith(Error{ErrorCode::kDataLoss, "checksum mismatch in 000012.sst"});
  for (const char* path : {"/collect/v1/batch", "/collect/v1/bulk"}) {
    ExpectRefused(Send(path), 503, "StoreDamaged");
  }
}

}  // namespace
}  // namespace rawhaul::api
