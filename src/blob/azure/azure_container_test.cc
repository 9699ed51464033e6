#include "blob/azure/azure_container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "base/retry_timer_testing.h"
#include "blob/azure/blob_server_testing.h"

namespace rawhaul::azure {
namespace {

using net::ServerAnswer;
using Fault = ServerAnswer::Fault;
using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

class AzureContainerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Container> Open(std::string_view path = "") {
    auto address =
        ParseContainerUrl(Secret(server_.container_url(path)), *ParseTimestamp("2026-01-01T00:00:00Z"));
    address->reach = net::Reach::kAnyAddress;
    return MakeContainer(std::move(address).value(), *client_, {}, timer_);
  }

  BlobServer server_;
  FakeRetryTimer timer_;
  std::unique_ptr<net::HttpClient> client_ = net::MakeHttpClient({});
  std::unique_ptr<Container> container_ = Open();
};

TEST_F(AzureContainerTest, BlobsStandBehindThePrefixOfTheUrl) {
  const auto container = Open("/a%20b/c/");
  EXPECT_EQ(container->prefix(), "a b/c/");
  ASSERT_TRUE(container->StageBlock("x y.json", 0, "1", {}));
  ASSERT_TRUE(container->Commit("x y.json", 1, {.content_type = "application/json"}, {}));
  ASSERT_TRUE(server_.Find("a b/c/x y.json"));
  EXPECT_EQ(server_.Find("a b/c/x y.json")->content_type, "application/json");
}

TEST_F(AzureContainerTest, FaultsThatPassAreRetried) {
  server_.AnswerNext(
      {{.fault = Fault::kReset}, ErrorAnswer(503, "ServerBusy"), ErrorAnswer(500, "InternalError")});
  EXPECT_TRUE(container_->StageBlock("x", 0, "1", {}));
  EXPECT_THAT(server_.requests(), SizeIs(4));
  EXPECT_EQ(server_.staged_blocks("x"), 1u);
}

TEST_F(AzureContainerTest, ABlockThatArrivesDamagedIsSentAgain) {
  server_.DamageNextBlock();
  ASSERT_TRUE(container_->StageBlock("x", 0, ByteParts({"on", "e"}), {}));
  EXPECT_THAT(server_.requests(), SizeIs(2));
  ASSERT_TRUE(container_->Commit("x", 1, {}, {}));
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, AWayThatDamagesEveryBlockEndsInAnError) {
  const ServerAnswer damaged{.status = 201, .headers = {{"x-ms-content-crc64", "AAAAAAAAAAA="}}};
  server_.AnswerNext(std::vector<ServerAnswer>(20, damaged));
  const Status status = container_->StageBlock("x", 0, "one", {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, "Crc64Mismatch");
  EXPECT_THAT(server_.requests(), SizeIs(net::RetryPolicy().max_attempts));
  EXPECT_THAT(timer_.sleeps(), SizeIs(net::RetryPolicy().max_attempts - 1)) << "with the policy's delays";
}

TEST_F(AzureContainerTest, ABlockListThatArrivesDamagedIsSentAgain) {
  ASSERT_TRUE(container_->StageBlock("x", 0, "one", {}));
  server_.AnswerNext({ErrorAnswer(400, "Md5Mismatch")});
  ASSERT_TRUE(container_->Commit("x", 1, {}, {}));
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, ACommitWhoseAnswerWasLostIsSentAgain) {
  ASSERT_TRUE(container_->StageBlock("x", 0, "one", {}));
  server_.LoseNextAnswer();
  EXPECT_TRUE(container_->Commit("x", 1, {}, {}));
  EXPECT_THAT(server_.requests(), SizeIs(3));
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, ABlockWhoseAnswerWasLostIsSentAgain) {
  server_.LoseNextAnswer();
  ASSERT_TRUE(container_->StageBlock("x", 0, "one", {}));
  ASSERT_TRUE(container_->Commit("x", 1, {}, {}));
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, WhatTheServiceRefusesIsNotRetried) {
  server_.AnswerNext({ErrorAnswer(403, "AuthenticationFailed")});
  const Status status = container_->StageBlock("x", 0, "1", {});
  EXPECT_EQ(status.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(status.error().reason, "AuthenticationFailed");
  EXPECT_THAT(server_.requests(), SizeIs(1));
}

TEST_F(AzureContainerTest, AnAnswerThatIsNoServiceOfBlobsIsNoSuccess) {
  server_.AnswerNext({{.status = 200, .body = "<html>Please log in</html>"}});
  EXPECT_EQ(container_->StageBlock("x", 0, "1", {}).error().code, ErrorCode::kUnavailable);
}

TEST_F(AzureContainerTest, ACheckGivesUpSoon) {
  server_.AnswerNext(std::vector<ServerAnswer>(20, ErrorAnswer(503, "ServerBusy")));
  EXPECT_EQ(container_->CheckWritable({}).error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(server_.requests(), SizeIs(3));
  EXPECT_THAT(timer_.sleeps(), Each(Le(milliseconds(1000))));
}

TEST_F(AzureContainerTest, AStopEndsAStalledRequest) {
  server_.AnswerNext({{.fault = Fault::kStall}});
  std::stop_source stop;
  Status status;
  std::thread staging([&] { status = container_->StageBlock("x", 0, "1", stop.get_token()); });
  server_.WaitForRequests(1);
  stop.request_stop();
  staging.join();
  EXPECT_EQ(status.error().code, ErrorCode::kCanceled) << status.error().message;
}

// Whatever goes wrong, and whatever the service sends back, the error holds nothing of the SAS.
TEST_F(AzureContainerTest, NoErrorHoldsTheSas) {
  const std::string echo = "PUT " + server_.container_url();
  const std::string signature(BlobServer::kSignature);
  const std::vector<ServerAnswer> faults = {
      ErrorAnswer(403, "AuthenticationFailed", echo),
      ErrorAnswer(400, signature, "no " + signature + " here"),
      ErrorAnswer(404, "ContainerNotFound", "s3cret%2Bs1gnature%3D"),
      {.status = 307, .headers = {{"Location", echo}}, .body = echo},
      {.status = 409, .headers = {{"x-ms-error-code", echo}}},
      {.status = 501, .body = "<Error><Code>" + signature + "</Code><Message>" + echo + "</Message></Error>"},
  };
  const std::function<Status()> calls[] = {
      [&] { return container_->CheckWritable({}); },
      [&] { return container_->StageBlock("x", 0, "1", {}); },
      [&] { return container_->Commit("x", 0, {}, {}); },
  };
  for (const ServerAnswer& fault : faults) {
    for (const auto& call : calls) {
      server_.AnswerNext({fault});
      const Status status = call();
      ASSERT_FALSE(status);
      EXPECT_THAT(status.error().message + status.error().reason,
                  Not(AnyOf(HasSubstr("s3cret"), HasSubstr("sig="), HasSubstr("se="), HasSubstr("?"))));
    }
  }
}

TEST_F(AzureContainerTest, NoErrorOfTheNetworkHoldsTheSas) {
  std::string origin;
  { origin = net::ListeningSocket(1).origin(); }  // nobody listens there any more
  const Secret url(origin + "/devstoreaccount1/exports?" + std::string(BlobServer::kSas));
  auto address = ParseContainerUrl(url, *ParseTimestamp("2026-01-01T00:00:00Z"));
  address->reach = net::Reach::kAnyAddress;
  const auto unreachable = MakeContainer(std::move(address).value(), *client_, {}, timer_);
  const Status status = unreachable->CheckWritable({});
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(status.error().message, HasSubstr(origin));
  EXPECT_THAT(status.error().message, Not(AnyOf(HasSubstr("s3cret"), HasSubstr("sig="), HasSubstr("?"))));
}

}  // namespace
}  // namespace rawhaul::azure
