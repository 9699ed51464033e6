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

  std::vector<BlockReceipt> Stage(std::string_view data) {
    return {container_->StageBlock("x", 0, data, {}).value()};
  }
  Status Commit(const std::vector<BlockReceipt>& blocks, bool may_be_done = false) {
    return container_->Commit({.blob = "x", .blocks = blocks, .may_be_done = may_be_done}, {});
  }

  BlobServer server_;
  FakeRetryTimer timer_;
  std::unique_ptr<net::HttpClient> client_ = net::MakeHttpClient({});
  std::unique_ptr<Container> container_ = Open();
};

TEST_F(AzureContainerTest, BlobsStandBehindThePrefixOfTheUrl) {
  const auto container = Open("/a%20b/c/");
  EXPECT_EQ(container->prefix(), "a b/c/");
  const std::vector<BlockReceipt> blocks{container->StageBlock("x y.json", 0, "1", {}).value()};
  ASSERT_TRUE(container->Commit(
      {.blob = "x y.json", .blocks = blocks, .properties = {.content_type = "application/json"}}, {}));
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
  const std::vector<BlockReceipt> blocks{container_->StageBlock("x", 0, ByteParts({"on", "e"}), {}).value()};
  EXPECT_THAT(server_.requests(), SizeIs(2));
  ASSERT_TRUE(Commit(blocks));
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, AWayThatDamagesEveryBlockEndsInAnError) {
  const ServerAnswer damaged{.status = 201, .headers = {{"x-ms-content-crc64", "AAAAAAAAAAA="}}};
  server_.AnswerNext(std::vector<ServerAnswer>(20, damaged));
  const auto status = container_->StageBlock("x", 0, "one", {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, "Crc64Mismatch");
  EXPECT_THAT(server_.requests(), SizeIs(net::RetryPolicy().max_attempts));
  EXPECT_THAT(timer_.sleeps(), SizeIs(net::RetryPolicy().max_attempts - 1)) << "with the policy's delays";
}

TEST_F(AzureContainerTest, ABlockListThatArrivesDamagedIsSentAgain) {
  const auto blocks = Stage("one");
  server_.AnswerNext({ErrorAnswer(400, "Md5Mismatch")});
  ASSERT_TRUE(Commit(blocks));
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, ACommitWhoseAnswerWasLostIsFoundToBeDone) {
  const auto blocks = Stage("one");
  server_.LoseNextAnswer();
  EXPECT_TRUE(Commit(blocks));
  EXPECT_THAT(server_.requests(), SizeIs(4)) << "the block, the list, the list again, and whose the blob is";
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

// Nothing may be written there again, so it cannot be asked whose the blob is.
TEST_F(AzureContainerTest, UnderAPolicyOfRetentionACommitWhoseAnswerWasLostCountsAsDone) {
  const auto blocks = Stage("one");
  server_.ForbidOverwriting();
  server_.LoseNextAnswer();
  EXPECT_TRUE(Commit(blocks));
  EXPECT_TRUE(Commit(blocks, true)) << "as after a restart";
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, UnderAPolicyOfRetentionAnothersBlobIsNotTakenForItsOwn) {
  ASSERT_TRUE(Commit(Stage("of another")));
  server_.ForbidOverwriting();
  const Status refused = Commit(Stage("one"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "BlobImmutableDueToPolicy");
}

TEST_F(AzureContainerTest, EveryRefusalToReplaceOfARepeatCountsAsDone) {
  const std::pair<int, const char*> refusals[] = {{409, "BlobAlreadyExists"},
                                                  {409, "BlobImmutableDueToPolicy"},
                                                  {403, "UnauthorizedBlobOverwrite"},
                                                  {412, "ConditionNotMet"},
                                                  {412, "LeaseIdMissing"}};
  const auto blocks = Stage("one");
  for (const auto& [status, code] : refusals) {
    // The check whose the blob is gets the same refusal, which says nothing of it.
    server_.AnswerNext(
        {{.fault = Fault::kReset}, ErrorAnswer(status, code), ErrorAnswer(409, "LeaseIdMissing")});
    EXPECT_TRUE(Commit(blocks)) << code;
    server_.AnswerNext({ErrorAnswer(status, code), ErrorAnswer(409, "LeaseIdMissing")});
    EXPECT_TRUE(Commit(blocks, true)) << code;
    server_.AnswerNext({ErrorAnswer(status, code), ErrorAnswer(409, "LeaseIdMissing")});
    EXPECT_EQ(Commit(blocks).error().reason, code) << "the first time it is a refusal";
  }
}

TEST_F(AzureContainerTest, OtherRefusalsOfARepeatAreErrors) {
  const auto blocks = Stage("one");
  for (const auto& [status, code] : {std::pair(403, "AuthenticationFailed"),
                                     {404, "ContainerNotFound"},
                                     {409, "ContainerBeingDeleted"},
                                     {400, "InvalidBlockList"}}) {
    server_.AnswerNext({{.fault = Fault::kReset}, ErrorAnswer(status, code)});
    EXPECT_EQ(Commit(blocks, true).error().reason, code);
  }
  EXPECT_FALSE(server_.Find("x"));
}

// A list of no blocks would empty the blob of another.
TEST_F(AzureContainerTest, OfAnEmptyBlobItIsNotAskedWhoseItIs) {
  ASSERT_TRUE(Commit(Stage("of another")));
  const size_t requests = server_.requests().size();
  EXPECT_EQ(Commit({}).error().reason, "BlobAlreadyExists");
  EXPECT_TRUE(Commit({}, true)) << "nothing tells that it is another's";
  EXPECT_THAT(server_.requests(), SizeIs(requests + 2));
  EXPECT_EQ(server_.Find("x")->bytes, "of another");
}

TEST_F(AzureContainerTest, ANameThatIsTakenIsNamedAsTheStorageHasIt) {
  const auto container = Open("/a/b");
  const std::vector<BlockReceipt> first{container->StageBlock("x", 0, "1", {}).value()};
  const std::vector<BlockReceipt> second{container->StageBlock("x", 0, "2", {}).value()};
  ASSERT_TRUE(container->Commit({.blob = "x", .blocks = first}, {}));
  const Status refused = container->Commit({.blob = "x", .blocks = {&second[0], 1}}, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("\"a/b/x\""));
}

TEST_F(AzureContainerTest, ABlockWhoseAnswerWasLostIsSentAgain) {
  server_.LoseNextAnswer();
  const auto blocks = Stage("one");
  EXPECT_EQ(server_.staged_blocks("x"), 1u);
  ASSERT_TRUE(Commit(blocks));
  EXPECT_EQ(server_.Find("x")->bytes, "one");
}

TEST_F(AzureContainerTest, WhatTheServiceRefusesIsNotRetried) {
  server_.AnswerNext({ErrorAnswer(403, "AuthenticationFailed")});
  const auto status = container_->StageBlock("x", 0, "1", {});
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
  std::thread staging([&] {
    const auto staged = container_->StageBlock("x", 0, "1", stop.get_token());
    if (!staged) status = Fail(staged.error());
  });
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
      [&]() -> Status {
        const auto staged = container_->StageBlock("x", 0, "1", {});
        return staged ? Status() : Status(Fail(staged.error()));
      },
      [&] { return Commit({}); },
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
