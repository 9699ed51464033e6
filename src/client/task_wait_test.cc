#include "client/task_wait.h"

#include <gtest/gtest.h>

#include "base/retry_timer_testing.h"
#include "client/rest_server_testing.h"

namespace rawhaul::client {
namespace {

using net::HttpTestServer;
using net::InOrder;
using std::chrono::milliseconds;
using std::chrono::minutes;

class TaskWaitTest : public ::testing::Test {
 protected:
  Result<ServerTask> WaitAt(const HttpTestServer& server, std::stop_token stop = {}) {
    RestClient rest(*http_, timer_, stop, AccessTo(server));
    ProgressDisplay display({.write = [this](std::string_view text) { shown_ += text; }, .width = {}}, timer_,
                            "task 17");
    return WaitForTask(rest, 17, display, timer_, stop);
  }
  size_t CountShown(std::string_view text) const {
    size_t count = 0;
    for (size_t at = shown_.find(text); at != std::string::npos; at = shown_.find(text, at + 1)) ++count;
    return count;
  }

  std::unique_ptr<net::HttpClient> http_ = net::MakeHttpClient({});
  FakeRetryTimer timer_;
  std::string shown_;
};

TEST_F(TaskWaitTest, ATaskIsWatchedToItsEnd) {
  HttpTestServer server(WithTokens(InOrder({{.body = TaskJson("Queued")},
                                            {.body = TaskJson("Started", 10)},
                                            {.body = TaskJson("Succeeded", 100)}})));
  const auto ended = WaitAt(server);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->task.state, TaskState::kSucceeded);
  EXPECT_EQ(shown_,
            "task 17 is queued\ntask 17: 10%, 100 rows, 1000 B\ntask 17: 100%, 1,000 rows, 9.8 KiB\n");
}

TEST_F(TaskWaitTest, ATaskThatFailedHasEnded) {
  HttpTestServer server(WithTokens(InOrder({{.body = TaskJson("Failed")}})));
  const auto ended = WaitAt(server);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->task.state, TaskState::kFailed);
}

TEST_F(TaskWaitTest, PausesGrowUpToTwoSeconds) {
  std::vector<net::ServerAnswer> answers(8, {.body = TaskJson("Queued")});
  answers.push_back({.body = TaskJson("Succeeded", 100)});
  HttpTestServer server(WithTokens(InOrder(answers)));
  ASSERT_TRUE(WaitAt(server));
  const std::vector<milliseconds> expected{milliseconds(100),  milliseconds(200),  milliseconds(400),
                                           milliseconds(800),  milliseconds(1600), milliseconds(2000),
                                           milliseconds(2000), milliseconds(2000)};
  EXPECT_EQ(timer_.sleeps(), expected);
  EXPECT_EQ(CountShown("is queued"), 1);
}

TEST_F(TaskWaitTest, ATaskThatWaitsForACredentialSaysWhatToDoOnce) {
  const std::string waiting =
      TaskJson("Started", 5, R"(,"waitingFor":"Credential","waitingUntil":"2016-05-02T10:00:00.000Z")");
  HttpTestServer server(
      WithTokens(InOrder({{.body = waiting}, {.body = waiting}, {.body = TaskJson("Succeeded", 100)}})));
  ASSERT_TRUE(WaitAt(server));
  EXPECT_EQ(CountShown("waits for another container URL until 2016-05-02T10:00:00.000Z"), 1);
  EXPECT_EQ(CountShown("rawhaul tasks renew 17 --container"), 1);
}

TEST_F(TaskWaitTest, AServerThatIsAwayForAWhileIsWaitedFor) {
  std::vector<net::ServerAnswer> answers{{.body = TaskJson("Started", 5)}};
  answers.insert(answers.end(), 40, {.status = 503});
  answers.push_back({.body = TaskJson("Succeeded", 100)});
  HttpTestServer server(WithTokens(InOrder(answers)));
  EXPECT_TRUE(WaitAt(server));
  EXPECT_EQ(CountShown("the server answers 503"), 1);
}

TEST_F(TaskWaitTest, AServerThatStaysAwayIsGivenUp) {
  HttpTestServer server(WithTokens(InOrder({{.body = TaskJson("Started", 5)}, {.status = 503}})));
  const auto start = timer_.Now();
  const auto ended = WaitAt(server);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kUnavailable);
  EXPECT_GT(timer_.Now() - start, minutes(5));
  EXPECT_LT(timer_.Now() - start, minutes(6));
}

TEST_F(TaskWaitTest, AnAnswerThatWillNotChangeEndsTheWait) {
  HttpTestServer server(WithTokens(InOrder({{.status = 404}})));
  const auto ended = WaitAt(server);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(timer_.sleeps().empty());
}

TEST_F(TaskWaitTest, AStopEndsTheWait) {
  std::stop_source stop;
  HttpTestServer server(WithTokens([&](const net::ServerRequest&) {
    stop.request_stop();
    return net::ServerAnswer{.body = TaskJson("Started", 5)};
  }));
  const auto ended = WaitAt(server, stop.get_token());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kCanceled);
}

}  // namespace
}  // namespace rawhaul::client
