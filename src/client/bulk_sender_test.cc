#include "client/bulk_sender.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/retry_timer_testing.h"
#include "net/http_server_testing.h"

namespace rawhaul::client {
namespace {

using net::HttpTestServer;
using net::InOrder;
using net::ServerAnswer;

std::string Answer(int lines, int accepted, const std::string& rejected = "") {
  return fmt::format(R"({{"lines":{},"accepted":{},"rejectedLines":1,"rejectedRecords":2,"rejected":[{}]}})",
                     lines, accepted, rejected);
}

constexpr std::string_view kSafe = "{\"batchId\":\"1\"}\n\n{\"batchId\":\"2\",\"records\":[]}\n";
constexpr std::string_view kUnsafe = "{\"batchId\":\"1\"}\n{\"records\":[{\"name\":\"batchId\"}]}\n";

class BulkSenderTest : public ::testing::Test {
 protected:
  BulkSender SenderTo(const HttpTestServer& server, std::stop_token stop = {}) {
    return {*http_, timer_, std::move(stop), server.origin(), Secret("rhk_1_word")};
  }
  static LineChunk ChunkOf(std::string_view text, uint64_t first_line = 1, uint64_t lines = 3) {
    return {.text = std::string(text), .first_line = first_line, .lines = lines};
  }
  SendEvents Events() {
    return {.on_sent = [this](uint64_t bytes) { sent_ = bytes; },
            .on_again = [this](const Error& error, const LineChunk&) { again_ = error.message; }};
  }

  std::unique_ptr<net::HttpClient> http_ = net::MakeHttpClient({});
  FakeRetryTimer timer_;
  uint64_t sent_ = 0;
  std::string again_;
};

TEST_F(BulkSenderTest, AChunkGoesOutWithTheCollectKey) {
  HttpTestServer server(InOrder({{.body = Answer(2, 5)}}));
  BulkSender sender = SenderTo(server);
  ASSERT_TRUE(sender.Send(ChunkOf(kSafe), Events()));
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/collect/v1/bulk");
  EXPECT_EQ(request.header("authorization"), "Bearer rhk_1_word");
  EXPECT_EQ(request.header("content-type"), "application/x-ndjson");
  EXPECT_EQ(request.body, kSafe);
  EXPECT_EQ(sent_, kSafe.size());
  EXPECT_EQ(again_, "");
}

TEST_F(BulkSenderTest, AnswersAddUpWithTheLinesOfTheInput) {
  const std::string item = R"({{"line":{},{}"error":{{"code":"InvalidName","message":"too\nlong"}}}})";
  HttpTestServer server(InOrder({{.body = Answer(2, 5,
                                                 fmt::format(fmt::runtime(item), 2, R"("index":4,)") + "," +
                                                     fmt::format(fmt::runtime(item), 1, ""))},
                                 {.body = Answer(3, 6, fmt::format(fmt::runtime(item), 1, ""))}}));
  BulkSender sender = SenderTo(server);
  ASSERT_TRUE(sender.Send(ChunkOf(kSafe, 1, 3), Events()));
  ASSERT_TRUE(sender.Send(ChunkOf(kSafe, 4, 3), Events()));
  const SendSummary& summary = sender.summary();
  EXPECT_EQ(summary.lines, 5);
  EXPECT_EQ(summary.accepted, 11);
  EXPECT_EQ(summary.rejected_lines, 2);
  EXPECT_EQ(summary.rejected_records, 4);
  EXPECT_EQ(summary.stored_up_to, 6);
  ASSERT_EQ(summary.rejected.size(), 3);
  EXPECT_EQ(summary.rejected[0].line, 1);
  EXPECT_FALSE(summary.rejected[0].index);
  EXPECT_EQ(summary.rejected[0].message, "too?long");
  EXPECT_EQ(summary.rejected[1].line, 2);
  EXPECT_EQ(summary.rejected[1].index, 4);
  EXPECT_EQ(summary.rejected[2].line, 4);
}

TEST_F(BulkSenderTest, LinesWithBatchIdsAreSentAgain) {
  HttpTestServer server(InOrder({{.fault = ServerAnswer::Fault::kReset},
                                 {.status = 503, .headers = {{"Retry-After", "7"}}},
                                 {.body = Answer(2, 5)}}));
  BulkSender sender = SenderTo(server);
  ASSERT_TRUE(sender.Send(ChunkOf(kSafe), Events()));
  EXPECT_EQ(server.requests().size(), 3);
  EXPECT_EQ(server.requests().back().body, kSafe);
  EXPECT_EQ(timer_.sleeps(), std::vector{std::chrono::milliseconds(7000)});
  EXPECT_NE(again_, "");
}

TEST_F(BulkSenderTest, LinesWithoutBatchIdsAreNot) {
  HttpTestServer server(InOrder({{.status = 503}}));
  BulkSender sender = SenderTo(server);
  const Status sent = sender.Send(ChunkOf(kUnsafe), Events());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.requests().size(), 1);
  EXPECT_EQ(sender.summary().stored_up_to, 0);
}

TEST_F(BulkSenderTest, AServerThatStaysAwayIsGivenUp) {
  HttpTestServer server(InOrder({{.status = 503}}));
  BulkSender sender = SenderTo(server);
  const auto start = timer_.Now();
  EXPECT_FALSE(sender.Send(ChunkOf(kSafe), Events()));
  EXPECT_GT(timer_.Now() - start, std::chrono::minutes(4));
  EXPECT_LE(timer_.Now() - start, std::chrono::minutes(5));
}

TEST_F(BulkSenderTest, ARefusalIsFinal) {
  HttpTestServer server(
      InOrder({{.status = 401, .body = R"({"error":{"code":"Unauthorized","message":"No."}})"}}));
  BulkSender sender = SenderTo(server);
  const Status sent = sender.Send(ChunkOf(kSafe), Events());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().message, "the server answers 401 Unauthorized: No.");
  EXPECT_EQ(server.requests().size(), 1);
}

TEST_F(BulkSenderTest, AnAnswerThatIsNoSummaryIsTold) {
  HttpTestServer server(InOrder({{.body = R"({"lines":1})"}}));
  BulkSender sender = SenderTo(server);
  EXPECT_EQ(sender.Send(ChunkOf(kSafe), Events()).error().code, ErrorCode::kInternal);
}

TEST_F(BulkSenderTest, BatchIdsAreLookedForWhereTheyCount) {
  EXPECT_TRUE(HasBatchIds(""));
  EXPECT_TRUE(HasBatchIds(kSafe));
  EXPECT_FALSE(HasBatchIds(kUnsafe));
  EXPECT_FALSE(HasBatchIds("{\"batchId\":null}"));
  EXPECT_FALSE(HasBatchIds("\"batchId\"\n"));
  EXPECT_FALSE(HasBatchIds("{\"batchId\":\"1\"}\n{\"batchId\":"));
}

}  // namespace
}  // namespace rawhaul::client
