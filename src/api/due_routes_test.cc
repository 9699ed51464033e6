#include "api/due_routes.h"

#include "api/collect_server_testing.h"

namespace rawhaul::api {
namespace {

constexpr char kBatch[] = R"({"deviceId":"00112233445566778899aabbccddeeff"})";

class DueRoutesTest : public CollectServerTest {
 protected:
  DueRoutesTest() {
    AddCollectRoutes(router_, {collector_, keys_});
    AddDueRoutes(router_, {delivery_, keys_});
    Serve();
  }

  std::string authorization() const {
    return fmt::format("Authorization: Bearer {}\r\n", app_.collect_key.Reveal());
  }
  std::string Batch() const { return Post("/collect/v1/batch", authorization(), kBatch); }
  std::string Due(std::string_view headers = {}) const {
    return fmt::format(
        "GET /collect/v1/campaigns?deviceId=00112233445566778899aabbccddeeff HTTP/1.1\r\nHost: h\r\n{}{}\r\n",
        authorization(), headers);
  }

  CampaignDelivery delivery_{{stores_, catalog_->campaigns(), catalog_->pushes(), collector_, clock_}};
};

TEST_F(DueRoutesTest, AnAnswerThatTheDeviceHasIsNotSentAgain) {
  EXPECT_EQ(Ask(Due()).status, 404) << "it has reported nothing";
  ASSERT_EQ(Ask(Batch()).status, 200);
  const auto due = Ask(Due());
  EXPECT_EQ(due.status, 200);
  EXPECT_EQ(due.body, R"({"campaigns":[]})");
  http::TestClient client(server_->port());
  client.Send(Due(fmt::format("If-None-Match: {}\r\n", due.header("etag"))));
  EXPECT_EQ(client.ReadHead().status, 304);
}

TEST_F(DueRoutesTest, ADeviceThatWaitsForTheDiskHoldsUpNoBatches) {
  ExpectNotHeldUp(stores_.devices().reads(), Due(), Batch());
}

}  // namespace
}  // namespace rawhaul::api
